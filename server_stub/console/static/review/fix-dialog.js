// The dialog that proposes a library fix for a false alarm, with what it would have changed on the captures opened here.

import { tell } from "../page.js";
import { addCaseNote } from "../case-notes.js";
import { candidates, effect, spellEffect } from "./fix.js";
import { element } from "./pieces.js";
import { nameOf, placeOf } from "./rows.js";

const at = (id) => document.getElementById(id);

export class FixDialog {
  constructor(desk) {
    this.desk = desk;
    at("fix-term").addEventListener("change", () => this.measure());
    at("fix-box").addEventListener("close", () => this.closed().catch(tell));
  }

  /** For the last false alarm while it is fresh, otherwise for the chosen capture. */
  async open() {
    const last = this.desk.last?.row.decided === "false-alarm" ? this.desk.last : null;
    const row = last?.row ?? this.desk.shown[this.desk.index];
    if (row === undefined) return;
    this.row = row;
    this.meta = last?.meta ?? this.desk.meta;
    this.desk.last = null;
    at("fix-term").replaceChildren(...this.meta.findings.map((one, index) => new Option(`${one.term} (${one.library_id})`, index)));
    await this.desk.standing.load().catch(() => {}); // without a network it is measured on what is known here
    this.measure();
    at("fix-box").returnValue = "";
    at("fix-box").showModal();
    at("fix-choices").querySelector("input:checked").focus(); // the arrows choose, Enter proposes
  }

  /** The captures that were opened here, with what was decided. */
  past() {
    const { desk } = this;
    return desk.rows
      .filter((row) => row.case === this.row.case && desk.opened.index.has(nameOf(row)))
      .map((row) => ({ meta: desk.opened.index.get(nameOf(row)), disposition: desk.standing.of(row)?.disposition ?? null }));
  }

  measure() {
    const past = this.past();
    const all = this.desk.rows.filter((row) => row.case === this.row.case).length;
    at("fix-measured").textContent = `Measured on ${past.length.toLocaleString("en-GB")} of this person’s ${all.toLocaleString("en-GB")} groups that were opened here.`;
    const finding = this.meta.findings[Number(at("fix-term").value)];
    this.finding = finding;
    this.fixes = candidates(this.meta, finding).map((fix) => ({ fix, measured: effect(fix, past) }));
    // What loses nothing comes first; then the narrow fix before the wide one, for much is undecided; then what removes most.
    const width = ({ fix }) => ["allow", "severity", "drop"].indexOf(fix.kind);
    this.fixes.sort((a, b) => a.measured.lost - b.measured.lost || width(a) - width(b) || b.measured.removed - a.measured.removed);
    at("fix-choices").replaceChildren(...this.fixes.map((one, index) => choice(one, index)));
  }

  async closed() {
    if (at("fix-box").returnValue !== "keep") return;
    const { fix, measured } = this.fixes[Number(at("fix-choices").querySelector("input:checked").value)];
    const { library_id, library_version, term_id, term } = this.finding;
    const value = {
      format: "overt-fix-1", kind: fix.kind, scope: fix.scope, words: fix.words, toml: fix.toml, measured: spellEffect(measured),
      library_id, library_version, term_id, term, capture: placeOf(this.row),
    };
    await addCaseNote(this.desk.session, this.row.case, "library-fix", value);
    this.desk.say(`Proposed: ${fix.words}; ${spellEffect(measured)}.`);
  }
}

/** Good is what is known to have cost nothing: an undecided one may be what matters. */
function toneOf({ lost, undecided }) {
  if (lost > 0) return "effect costly";
  return undecided > 0 ? "effect open" : "effect";
}

function choice({ fix, measured }, index) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "radio";
  box.name = "fix";
  box.value = index;
  box.checked = index === 0;
  const words = element("span", "", "choice");
  words.append(element("strong", fix.words), element("span", `for ${fix.scope}`, "scope"), element("span", spellEffect(measured), toneOf(measured)));
  label.append(box, words);
  return label;
}
