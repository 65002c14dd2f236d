// The dialog that loads a list of known pictures into this page and matches all captures with it.

import { MOST_AT_ONCE, fetchSealed } from "../bundle.js";
import { spellTime, tell } from "../page.js";
import { HashSetError, MOST_BYTES } from "./hash-set.js";
import { KnownList } from "./known-list.js";
import { count, element } from "./pieces.js";
import { nameOf } from "./rows.js";

const GROUPS_AT_ONCE = 50;
const MOST_SHOWN = 200;

const at = (id) => document.getElementById(id);
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));

export class ListDialog {
  constructor(desk) {
    this.desk = desk;
    this.list = null;
    this.run = null;
    at("list-file").addEventListener("change", () => this.chosen().catch((problem) => this.failed(problem)));
    at("list-forget").addEventListener("click", () => this.forget());
    at("list-filter").addEventListener("click", () => this.filter());
    window.addEventListener("pagehide", () => this.drop()); // a page that is kept for the way back keeps no list
  }

  open() {
    at("list-box").showModal();
    at("list-file").focus();
  }

  say(words) {
    at("list-said").textContent = words;
  }

  /** A file was chosen: read, index, match. */
  async chosen() {
    const [file] = at("list-file").files;
    if (file === undefined) return;
    this.forget();
    try {
      if (file.size > MOST_BYTES) throw new HashSetError(`it has more than ${MOST_BYTES / 2 ** 20} MB: match it with “overt hashes review”`);
      this.say("Reading the list …");
      this.list = await KnownList.read(new Uint8Array(await file.arrayBuffer()), pause);
    } catch (problem) {
      if (!(problem instanceof HashSetError)) throw problem;
      this.say(`${file.name}: ${problem.message}.`);
      return;
    } finally {
      at("list-file").value = "";
    }
    at("list-forget").disabled = false;
    await this.match();
  }

  failed(problem) {
    this.say("Not all was matched: it ended early. Choose the file again.");
    tell(problem);
  }

  /** Match every capture of every group; what is found is said by and by. Once the list is forgotten nothing more is opened. */
  async match() {
    const run = (this.run = { list: this.list, captures: 0, hashes: 0, unread: 0, found: [] });
    if (!this.desk.whole) await this.desk.look(); // until then only the top of the queue is here
    const rows = this.desk.rows;
    for (let from = 0; from < rows.length && run === this.run; from += GROUPS_AT_ONCE) {
      const some = rows.slice(from, from + GROUPS_AT_ONCE);
      await this.desk.members.ahead(some);
      for (const row of some) if (run === this.run) await this.matchGroup(run, row);
      if (run !== this.run) return;
      this.say(`Matched ${Math.min(from + GROUPS_AT_ONCE, rows.length).toLocaleString("en-GB")} of ${count(rows.length, "row")} …`);
      await pause();
    }
    if (run === this.run) this.done(run);
  }

  async matchGroup(run, row) {
    const captures = await this.desk.members.of(row);
    for (let from = 0; from < captures.length; from += MOST_AT_ONCE) {
      const some = captures.slice(from, from + MOST_AT_ONCE).map((one) => ({ ...one, case: row.case }));
      const opened = await fetchSealed(this.desk.session, some, ["meta"], "open-to-match");
      for (const [number, one] of opened.entries()) {
        const read = await readOne(run.list, one);
        if (run !== this.run) return;
        if (read === null) run.unread += 1;
        else this.take(run, row, some[number], read);
      }
    }
  }

  take(run, row, capture, { meta, findings }) {
    run.captures += 1;
    run.hashes += meta.pictures?.length ?? 0;
    if (findings.length === 0) return;
    run.found.push({ capture, meta, findings });
    this.desk.opened.matched(nameOf(row), findings);
  }

  done(run) {
    const unread = run.unread === 0 ? "" : ` ${count(run.unread, "capture")} could not be opened.`;
    const most = run.found.length > MOST_SHOWN ? ` The first ${MOST_SHOWN} are shown.` : "";
    this.say(
      `${this.list.name}, ${count(this.list.size, "hash", "hashes")}: ${count(run.found.length, "capture")} of ${run.captures.toLocaleString("en-GB")} ` +
        `${run.found.length === 1 ? "holds" : "hold"} a picture of the list (${count(run.hashes, "sealed hash", "sealed hashes")} compared).${unread}${most}`,
    );
    at("list-found").replaceChildren(...run.found.slice(0, MOST_SHOWN).map(foundItem));
    at("list-filter").disabled = run.found.length === 0;
    this.desk.listChanged(`Known pictures: list ${this.list.name}: ${count(run.found.length, "capture")}`);
  }

  /** Show the rows with matches alone. */
  filter() {
    at("search").value = `library:${this.list.about.set_id}`;
    at("show").value = "all";
    at("list-box").close();
    this.desk.filter(null).catch(tell);
  }

  forget() {
    this.drop();
    at("list-forget").disabled = at("list-filter").disabled = true;
    at("list-found").replaceChildren();
    this.say("No list is loaded.");
    this.desk.listChanged("");
  }

  drop() {
    this.run = this.list = null;
    this.desk.opened.forgetMatches();
  }
}

/** A capture's words, with what of it is on the list; null where it cannot be read. */
async function readOne(list, { record, parts, problem }) {
  if (problem !== undefined) return null;
  try {
    const meta = await record.openMeta(parts.meta);
    return { meta, findings: list.findings(meta) };
  } catch {
    return null; // the watched device wrote it: whatever is wrong with one must not end the match of all
  }
}

function foundItem({ capture, meta, findings }) {
  const item = element("li", "");
  const link = element("a", spellTime(meta.observed_at));
  link.href = `/captures/${nameOf(capture)}`;
  link.target = "_blank";
  link.setAttribute("aria-label", `open the capture of ${spellTime(meta.observed_at)} in another tab`);
  const told = findings.map((one) => `${one.category === "" ? "no category" : `category ${one.category}`}: row ${one.term_id}, ${one.rule}`);
  item.append(link, ` ${meta.app ?? ""} — ${told.join("; ")}`);
  return item;
}
