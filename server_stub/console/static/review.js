// The review queue: the list at the left, the chosen capture at the right, one key decides and moves on.

import { Opened } from "./cache.js";
import { DISPOSITIONS, Outbox, labelOf } from "./decisions.js";
import { Detail } from "./detail.js";
import { sealNote } from "./notes.js";
import { run, showSeverity, spellShortTime, tell } from "./page.js";
import { SealedRecord } from "./records.js";
import { Search } from "./search.js";
import { getJson } from "./server.js";
import { VirtualList } from "./virtual-list.js";

const ROW_HEIGHT = 96;
const PLACE = "overt-place";
const TEXT_ONLY = "overt-text-only";
const MOST_UNDO = 100;
const KEYS = [
  ["J or ↓", "next"],
  ["K or ↑", "the one before"],
  ["1 – 6", "decide, and go on to the next"],
  ["U", "undo the last decision"],
  ["P", "show or hide the picture"],
  ["N", "a note with the next decision"],
  ["/", "search in the words"],
  ["T", "text only: no pictures at all"],
  ["Home, End", "first, last"],
];

const at = (id) => document.getElementById(id);

class Review {
  constructor(session) {
    this.session = session;
    this.opened = new Opened(session);
    this.detail = new Detail();
    this.rows = [];
    this.shown = [];
    this.index = -1;
    this.members = [];
    this.record = null;
    this.note = "";
    this.undoable = [];
    this.outbox = new Outbox((waiting, problem) => this.heard(waiting, problem));
    this.list = new VirtualList(at("list"), ROW_HEIGHT, {
      make: () => this.makeRow(),
      fill: (element, index) => this.fillRow(element, index),
    });
    this.search = new Search(this.opened, (progress) => this.say(progress));
    this.setTextOnly(localStorage.getItem(TEXT_ONLY) === "true");
    this.bind();
  }

  // --- the list ---

  async load() {
    const place = readPlace();
    if (place.show !== undefined) at("show").value = place.show;
    const found = await getJson(`/v1/queue?show=${at("show").value}`);
    this.rows = found.map((row) => ({ ...row, left: row.undecided, decided: null }));
    await this.filter(place.group);
  }

  /** Show the rows that the search lets through, and choose one: the given group, or the first. */
  async filter(group) {
    const words = at("search").value.trim();
    this.shown = words === "" ? this.rows : await this.search.find(words, this.rows);
    this.list.setLength(this.shown.length);
    this.summarise();
    const index = Math.max(0, this.shown.findIndex((row) => row.id === group));
    at("detail").hidden = this.shown.length === 0;
    at("empty").hidden = this.shown.length > 0;
    at("empty").textContent = words === "" ? EMPTY[at("show").value] : "No capture has these words.";
    if (this.shown.length > 0) await this.choose(index);
  }

  summarise() {
    const groups = this.shown.filter((row) => row.left > 0 || at("show").value !== "undecided");
    const captures = groups.reduce((sum, row) => sum + row.captures, 0);
    at("summary").textContent = `${count(groups.length, "row")}, ${count(captures, "capture")}, most severe first`;
  }

  makeRow() {
    const row = at("row").content.firstElementChild.cloneNode(true);
    row.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
      event.preventDefault();
      this.choose(Number(row.dataset.index)).catch(tell);
    });
    return row;
  }

  fillRow(element, index) {
    const row = this.shown[index];
    element.dataset.index = index;
    element.href = `/captures/${row.device}/${row.epoch}/${row.seq}`;
    element.classList.toggle("done", row.left === 0);
    if (index === this.index) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
    showSeverity(element.querySelector(".severity"), row.severity, { short: true });
    const time = element.querySelector("time");
    time.dateTime = row.last_at;
    time.textContent = spellShortTime(row.last_at);
    element.querySelector(".count").textContent = row.decided !== null ? labelOf(row.decided) : row.captures > 1 ? `${row.captures} alike` : "";
    this.fillWords(element, row, index);
  }

  fillWords(element, row, index) {
    const { meta, problem, thumb } = this.opened.peek(row);
    const why = element.querySelector(".why");
    const image = element.querySelector("img");
    const pictured = thumb !== undefined && !this.textOnly;
    image.hidden = !pictured;
    if (pictured && image.getAttribute("src") !== thumb) image.src = thumb;
    if (meta !== undefined) {
      why.textContent = meta.why;
      element.querySelector(".where").textContent = [meta.title, meta.app].filter(Boolean).join(" · ");
    } else {
      why.textContent = problem === undefined ? "Sealed …" : `This capture could not be opened: ${problem.message}`;
      element.querySelector(".where").textContent = "";
    }
    if (problem === undefined) this.opened.want(row, () => this.list.refresh(index));
  }

  // --- the chosen row ---

  async choose(index) {
    const before = this.index;
    this.index = index;
    const row = this.shown[index];
    writePlace({ group: row.id, show: at("show").value });
    this.list.reveal(index);
    this.list.refresh(before);
    this.list.refresh(index);
    at("detail").dataset.state = "loading";
    const [record, members] = await Promise.all([SealedRecord.fetch(this.session, row), getJson(`/v1/groups/${row.id}`)]);
    const meta = await record.meta();
    if (this.shown[this.index] !== row) return; // somebody moved on
    Object.assign(this, { record, meta, members: members.map((one) => ({ ...one, covered: one.disposition === null })) });
    await this.detail.show(record, meta);
    this.showStrip();
    this.showDecided();
    at("sheet").scrollTop = 0;
    at("detail").dataset.state = "ready";
  }

  showStrip() {
    at("strip-box").hidden = this.members.length < 2;
    at("strip").replaceChildren(...this.members.map((member) => this.stripItem(member)));
  }

  stripItem(member) {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = member.covered;
    box.disabled = member.disposition !== null;
    box.addEventListener("change", () => (member.covered = box.checked));
    const link = document.createElement("a");
    link.href = `/captures/${member.device}/${member.epoch}/${member.seq}`;
    link.textContent = "open";
    const decided = member.disposition === null ? "" : ` · ${labelOf(member.disposition)}`;
    label.append(box, ` ${spellShortTime(member.recorded_at)} · severity ${member.severity}${decided} `);
    item.append(label, link);
    return item;
  }

  showDecided() {
    const standing = [...new Set(this.members.map((one) => one.disposition).filter(Boolean))];
    at("decided").textContent = standing.map(labelOf).join(", ");
  }

  // --- deciding ---

  async decide(disposition) {
    const row = this.shown[this.index];
    const covered = this.members.filter((one) => one.covered);
    if (row === undefined || at("detail").dataset.state !== "ready") return;
    if (covered.length === 0) {
      this.say("Nothing is left to decide here. Undo takes a decision back.");
      return;
    }
    const note = await this.sealedNote(disposition);
    const records = covered.map(({ device, epoch, seq }) => ({ device, epoch, seq }));
    const id = this.outbox.decide(disposition, records, note);
    this.undoable.push({ id, row, count: covered.length, label: labelOf(disposition) });
    if (this.undoable.length > MOST_UNDO) this.undoable.shift();
    row.left -= covered.length;
    row.decided = row.left === 0 ? disposition : null;
    at("undo").disabled = false;
    this.say(`${labelOf(disposition)}: ${count(covered.length, "capture")}. U undoes it.`);
    await this.goOn();
  }

  /** What is noted with a decision: the officer's words, and for a false alarm the terms at fault. */
  async sealedNote(disposition) {
    const terms = this.meta.findings.map(({ library_id, library_version, term_id, term }) => ({ library_id, library_version, term_id, term }));
    const text = this.note;
    this.note = "";
    at("note").classList.remove("kept");
    if (text === "" && disposition !== "false-alarm") return null;
    return sealNote(this.record.caseKey, { format: "overt-note-1", text, terms });
  }

  /** Go to the next row that is undecided; stay where there is none. */
  async goOn() {
    this.list.refresh(this.index);
    this.summarise();
    const ahead = this.shown.findIndex((row, index) => index > this.index && row.left > 0);
    const next = ahead >= 0 ? ahead : this.shown.findIndex((row) => row.left > 0);
    if (next >= 0) await this.choose(next);
    else {
      this.members.forEach((one) => (one.covered = false));
      this.say("All decided. U undoes the last one.");
    }
  }

  async undo() {
    const last = this.undoable.pop();
    if (last === undefined) return;
    this.outbox.undo(last.id);
    last.row.left += last.count;
    last.row.decided = null;
    at("undo").disabled = this.undoable.length === 0;
    this.say(`Undone: ${last.label}.`);
    this.summarise();
    await this.outbox.settled();
    const index = this.shown.indexOf(last.row);
    if (index >= 0) await this.choose(index);
  }

  heard(waiting, problem) {
    if (problem !== null) {
      if (problem.status === 401) tell(problem);
      else this.say(`${problem.message} ${count(waiting, "decision")} kept here until then.`);
    } else if (waiting > 0) this.say(`${count(waiting, "decision")} on the way …`);
  }

  say(words) {
    at("said").textContent = words;
  }

  // --- keys and buttons ---

  bind() {
    at("dispositions").replaceChildren(...DISPOSITIONS.map((one) => this.dispositionButton(one)));
    at("keys").replaceChildren(...KEYS.flatMap(([key, words]) => [element("dt", key), element("dd", words)]));
    at("undo").addEventListener("click", () => this.undo().catch(tell));
    at("note").addEventListener("click", () => this.askNote());
    at("help").addEventListener("click", () => at("help-box").showModal());
    at("show").addEventListener("change", () => {
      writePlace({ show: at("show").value });
      this.load().catch(tell);
    });
    at("search").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.filter().catch(tell), 250);
    });
    at("note-box").querySelector("form").addEventListener("submit", (event) => this.keepNote(event.submitter?.value));
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  dispositionButton({ key, name, label }) {
    const button = element("button", `${label} `);
    button.type = "button";
    button.dataset.disposition = name;
    button.setAttribute("aria-keyshortcuts", key);
    button.append(element("kbd", key));
    button.addEventListener("click", () => this.decide(name).catch(tell));
    return button;
  }

  askNote() {
    at("note-text").value = this.note;
    at("note-box").showModal();
    at("note-text").focus();
  }

  keepNote(choice) {
    if (choice === "keep") this.note = at("note-text").value.trim();
    at("note").classList.toggle("kept", this.note !== "");
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && event.target === at("search")) {
      at("search").value = "";
      at("search").blur();
      this.filter().catch(tell);
      return;
    }
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const action = this.actionOf(event.key);
    if (action === undefined) return;
    event.preventDefault();
    Promise.resolve(action()).catch(tell);
  }

  actionOf(key) {
    const disposition = DISPOSITIONS.find((one) => one.key === key);
    if (disposition !== undefined) return () => this.decide(disposition.name);
    const actions = {
      j: () => this.move(1),
      ArrowDown: () => this.move(1),
      k: () => this.move(-1),
      ArrowUp: () => this.move(-1),
      Home: () => this.choose(0),
      End: () => this.choose(this.shown.length - 1),
      u: () => this.undo(),
      p: () => at("show-picture").click(),
      n: () => this.askNote(),
      t: () => this.setTextOnly(!this.textOnly),
      "/": () => at("search").focus(),
      "?": () => at("help-box").showModal(),
    };
    return actions[key];
  }

  move(by) {
    const index = Math.min(this.shown.length - 1, Math.max(0, this.index + by));
    return index === this.index || this.shown.length === 0 ? undefined : this.choose(index);
  }

  setTextOnly(on) {
    this.textOnly = on;
    localStorage.setItem(TEXT_ONLY, String(on));
    document.body.classList.toggle("text-only", on);
    this.list.refresh();
  }
}

const EMPTY = {
  undecided: "Nothing waits for a decision.",
  decided: "Nothing was decided yet.",
  all: "Nothing was captured yet.",
};

const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

const readPlace = () => JSON.parse(localStorage.getItem(PLACE) ?? "{}");
const writePlace = (place) => localStorage.setItem(PLACE, JSON.stringify(place));

run(async (session) => {
  const review = new Review(session);
  review.outbox.send();
  await review.outbox.settled();
  await review.load();
});
