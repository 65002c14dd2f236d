// The officer's desk: the queue at the left, the chosen capture at the right, one key decides and moves on.

import { tell } from "../page.js";
import { sealNote, openNote } from "../notes.js";
import { RequestError, arrived, getJson } from "../server.js";
import { showAround, openAround } from "./around.js";
import { AssignDialog } from "./assign-dialog.js";
import { Background } from "./background.js";
import { DISPOSITIONS, labelOf } from "./dispositions.js";
import { Exposure, isKnownPicture } from "./exposure.js";
import { FilterError, needsWords, parseFilter, passes } from "./filter.js";
import { FixDialog } from "./fix-dialog.js";
import { likeCaptures } from "./like.js";
import { ListDialog } from "./list-dialog.js";
import { ListView } from "./list-view.js";
import { Members } from "./members.js";
import { Outbox } from "./outbox.js";
import { Picture } from "./picture.js";
import { Place } from "./place.js";
import { Ranking } from "./ranking.js";
import { byRisk } from "./risk.js";
import { count, element, historyItem, likeItem, spellReasons, stripItem } from "./pieces.js";
import { fetchRows, fetchState, fetchTop } from "./queue-pages.js";
import { readRiskTerms } from "./risk-terms.js";
import { nameOf, placeOf, takeNews } from "./rows.js";
import { showSheet } from "./sheet.js";
import { HELP, listen } from "./shortcuts.js";
import { Standing } from "./standing.js";
import { Team } from "./team.js";
import { ViewTime } from "./view-time.js";

const MOST_UNDO = 100;
const AHEAD = 40; // rows whose words and group are made ready before the officer gets there
const TOP = 200; // rows of the first, short request
const FIRST_RANKED = 40;
const LOOK_EVERY_MS = 60_000;
const DARK_EVERY_MS = 300_000; // the server judges silences every ten minutes
const FOUND_EVERY = 512;

const at = (id) => document.getElementById(id);

const SHOWN = {
  undecided: (row) => row.left > 0 || row.decided !== null,
  decided: (row) => row.left === 0,
  escalated: (row) => row.escalated,
  all: () => true,
};

const EMPTY = {
  undecided: "Nothing waits for a decision.",
  mine: "Nothing waits for you in particular.",
  escalated: "Nothing is escalated.",
  decided: "Nothing was decided yet.",
  all: "Nothing was captured yet.",
};

const REFUSED = {
  decide: "The capture is back in the queue.",
  undo: "The decision stands.",
  assign: "It stays with whom it was.",
  view: "The look at this capture is not in the audit record.",
};

export class Desk {
  /** `riskTerms`: a promise of the words that the officers noted; of null where they could not be read. */
  constructor(session, opened, riskTerms) {
    this.session = session;
    this.riskTerms = riskTerms;
    this.opened = opened;
    this.place = new Place(session.officer);
    this.standing = new Standing();
    this.members = new Members();
    this.exposure = new Exposure();
    this.team = new Team(session);
    this.ranking = new Ranking(opened);
    this.viewTime = new ViewTime(session.csrf);
    this.picture = new Picture((pictures) => this.pictureOpened(pictures), (is) => this.viewTime.uncovered(is));
    this.list = new ListView(at("list"), at("row"), {
      opened,
      standing: this.standing,
      choose: (index) => this.choose(index).catch(tell),
      reasonsOf: (row) => this.ranking.reasons(row),
    });
    this.outbox = new Outbox(session.officer, (waiting, problem, entry) => this.heard(waiting, problem, entry));
    this.background = new Background((names) => this.notKnown(names));
    this.fixes = new FixDialog(this);
    this.assigning = new AssignDialog(this);
    this.lists = new ListDialog(this);
    this.rows = [];
    this.shown = [];
    this.index = -1;
    this.captures = [];
    this.meta = null;
    this.note = "";
    this.undoable = [];
    this.bind();
  }

  // --- the list ---

  async load() {
    const place = this.place.read();
    at("show").value = place.show;
    this.setTextOnly(place.textOnly);
    await Promise.all([this.loadFirst(place), this.opened.index.restore()]);
    await this.recallWaiting();
    const riskTerms = await this.riskTerms;
    this.ranking.riskTerms = riskTerms ?? new Set();
    await this.ranking.begin(this.rows, this.whole);
    this.showRows(this.inView().sort(byRisk));
    await this.opened.inView();
    await this.ranking.first(this.shown.slice(0, FIRST_RANKED));
    this.showRows(this.ranking.order(this.shown, 0));
    await this.chooseGroup(place.group);
    await this.recallNote(place.draft);
    if (riskTerms === null) this.background.read("the people’s risk terms", () => this.takeRiskTerms());
    this.later();
  }

  /** The top of the queue comes first; a long rest follows when the officer can read already. */
  async loadFirst({ show, group }) {
    const top = show === "undecided" ? await fetchTop(TOP) : [];
    const there = group === null || top.some((row) => row.id === group);
    this.whole = !there || top.length < TOP;
    this.rows = this.whole ? await fetchRows("all") : top;
  }

  /** What need not be there before the first capture can be read. */
  later() {
    this.background.read("earlier decisions and notes", () => this.standing.load().then(() => this.refreshShown()));
    this.background.read("your pictures of today", () => this.exposure.begin());
    this.background.read("your colleagues", () => this.team.load().then(() => this.refreshShown()));
    this.background.read("the rest of the queue", () => this.loadRest());
    this.showDark();
    every(LOOK_EVERY_MS, () => this.lookAgain());
    every(DARK_EVERY_MS, () => this.showDark());
  }

  showDark() {
    this.background.read("whose device went quiet", async () => (await arrived(import("./dark.js"))).showDark(this.session));
  }

  /** What is new, what was not known, and the rows in view that are still sealed. */
  lookAgain() {
    this.background.again();
    this.background.read("what came in since", () => this.look({ quiet: true }));
    this.list.refresh();
  }

  async takeRiskTerms() {
    this.ranking.riskTerms = await readRiskTerms(this.session);
    this.rows.forEach((row) => this.ranking.rank(row));
    this.refine();
  }

  notKnown(names) {
    at("not-known").hidden = names.length === 0;
    at("not-known").textContent = names.length === 0 ? "" : `Not known now: ${names.join("; ")}. It is asked for again every minute.`;
  }

  async loadRest() {
    if (!this.whole) await this.look({ quiet: true });
    await this.ranking.run(() => this.refine());
  }

  /** The rows that the choice at the top lets through. */
  inView() {
    const show = at("show").value;
    if (show === "mine") return this.rows.filter((row) => row.assignee === this.session.officer && row.left > 0);
    return this.rows.filter(SHOWN[show]);
  }

  showRows(rows) {
    this.shown = rows;
    this.list.show(rows);
    this.summarise();
    at("detail").hidden = rows.length === 0;
    at("empty").hidden = rows.length > 0;
    at("empty").textContent = at("search").value.trim() === "" ? EMPTY[at("show").value] : "No capture has these words.";
  }

  /** Show what the choice and the search let through; the words are opened for it as far as it needs them. */
  async filter(group) {
    const parts = parseFilter(at("search").value);
    const asked = (this.asked = Symbol("search"));
    const rows = this.inView().sort(byRisk);
    if (parts.some((one) => one.field === "decision")) await this.standing.load();
    const words = needsWords(parts);
    const found = () => rows.filter((row) => (!words || this.opened.index.has(nameOf(row))) && this.passes(parts, row, words));
    if (words) await this.openFor(rows, asked, () => this.showRows(found()));
    if (asked !== this.asked) return; // another search began
    this.showRows(found());
    await this.chooseGroup(group);
  }

  passes(parts, row, words) {
    const meta = words ? this.opened.words(nameOf(row)) : undefined;
    return passes(parts, row, meta, this.standing.of(row)?.disposition ?? null);
  }

  async openFor(rows, asked, found) {
    const missing = rows.filter((row) => !this.opened.index.has(nameOf(row)));
    for (let from = 0; from < missing.length && asked === this.asked; from += FOUND_EVERY) {
      this.progress(`Opening ${from.toLocaleString("en-GB")} of ${missing.length.toLocaleString("en-GB")} captures for the search …`);
      await this.opened.openWords(missing.slice(from, from + FOUND_EVERY), "open-to-search");
      if (asked === this.asked) found();
    }
    this.progress("");
  }

  progress(words) {
    at("progress").textContent = words;
    at("progress").hidden = words === "";
  }

  async chooseGroup(group) {
    this.index = -1;
    if (this.shown.length === 0) return;
    const known = this.shown.findIndex((row) => row.id === group);
    await this.choose(Math.max(0, known));
  }

  summarise() {
    const waiting = this.shown.filter((row) => row.left > 0 || at("show").value !== "undecided");
    const captures = waiting.reduce((sum, row) => sum + (at("show").value === "undecided" ? row.left : row.captures), 0);
    at("summary").textContent = this.whole ? `${count(waiting.length, "row")}, ${count(captures, "capture")}` : "Counting …";
  }

  /** The order became better known: what lies below the officer's eyes moves, and nothing else. */
  refine() {
    if (this.shown.length === 0) return;
    const chosen = this.shown[this.index];
    this.shown = this.ranking.order(this.shown, this.list.seen);
    this.list.rows = this.shown;
    this.index = this.shown.indexOf(chosen);
    this.list.refresh();
  }

  /** Look for captures that came in; they are put where they belong, below what the officer has in view. */
  async look({ quiet = false } = {}) {
    const state = await fetchState(); // before the rows: what changes while they come is news the next time
    if (this.whole && state === this.state) return quiet ? undefined : this.say("Nothing new came in.");
    const newer = await fetchRows("all");
    this.state = state;
    const rest = !this.whole; // of the first load: no news
    this.whole = true;
    const added = takeNews(this.rows, newer);
    await this.recallWaiting();
    await this.ranking.begin(this.rows);
    if (at("search").value.trim() === "") {
      const chosen = this.shown[this.index];
      const visible = new Set(this.inView());
      this.showRows(this.ranking.order([...this.shown, ...added.filter((row) => visible.has(row))], this.list.seen));
      if (chosen === undefined) await this.chooseGroup(null);
    }
    if (rest) return;
    if (added.length > 0) this.say(`${count(added.length, "new row")} came in, put in order below.`);
    else if (!quiet) this.say("Nothing new came in.");
    await this.ranking.first(added.slice(0, FIRST_RANKED));
    this.refine();
  }

  /** Decisions that are still in this browser count already. */
  async recallWaiting() {
    this.byName = new Map(this.rows.map((row) => [nameOf(row), row]));
    const byId = new Map(this.rows.map((row) => [row.id, row]));
    for (const one of await this.outbox.waiting()) {
      const row = byId.get(one.group);
      if (one.what !== "decide" || row === undefined) continue;
      row.left = Math.max(0, row.left - one.records.length);
      row.decided = row.left === 0 ? one.disposition : null;
      this.standing.add({ ...one, officer: this.session.officer, decided_at: null, case: row.case });
    }
  }

  // --- the chosen row ---

  async choose(index) {
    const row = this.shown[index];
    this.index = index;
    this.place.write({ group: row.id, show: at("show").value });
    this.list.mark(index);
    at("detail").dataset.state = "loading";
    if (this.opened.meta(nameOf(row)) === undefined) await this.opened.record(row);
    const captures = await this.members.of(row);
    if (this.shown[this.index] !== row) return; // somebody moved on
    const meta = this.opened.meta(nameOf(row));
    Object.assign(this, { meta, captures });
    this.kept(() => this.outbox.view(placeOf(row)));
    this.viewTime.begin(placeOf(row));
    this.showChosen(row, meta);
    at("detail").dataset.state = "ready";
    this.ahead(index);
  }

  showChosen(row, meta) {
    showSheet(row, meta);
    at("reasons").hidden = false;
    at("reasons").replaceChildren(...spellReasons(this.ranking.reasons(row)));
    const { thumb } = this.opened.peek(row);
    this.picture.begin(row, meta, thumb ?? null, (frame) => this.loadFrame(row, frame));
    if (thumb === undefined) this.opened.want(row, () => this.thumbCame(row));
    for (const id of ["around", "lead"]) {
      at(`${id}-box`).open = false;
      at(id).replaceChildren();
    }
    this.showStrip();
    this.refreshChosen();
    at("sheet").scrollTop = 0;
  }

  thumbCame(row) {
    this.list.refresh();
    const { thumb } = this.opened.peek(row);
    if (this.shown[this.index] === row && thumb) this.picture.setThumb(thumb);
  }

  async loadFrame(row, frame) {
    if (isKnownPicture(this.meta)) throw new Error("a known picture is never opened");
    return (await this.opened.record(row)).picture(frame.part);
  }

  /** While a capture is still being chosen there is nothing to refresh: it is shown with what is known by then. */
  refreshShown() {
    if (at("detail").dataset.state === "ready") this.refreshChosen();
  }

  /** What hangs on decisions and on the team: shown when these are known. */
  refreshChosen() {
    const row = this.shown[this.index];
    if (row === undefined || this.meta === null) return;
    this.showDecided(row);
    const like = likeCaptures(row, this.meta, {
      index: this.opened.index,
      byName: this.byName,
      dispositionOf: (one) => this.standing.of(one)?.disposition ?? null,
    });
    at("like-box").hidden = like.length === 0;
    at("like").replaceChildren(...like.map(likeItem));
    this.showHistory(row).catch(tell);
  }

  showDecided(row) {
    const standing = [...new Set(this.captures.map((one) => this.standing.of(one)?.disposition ?? one.disposition).filter(Boolean))];
    at("decided").textContent = [
      row.assignee === null ? "" : `for ${this.team.nameOf(row.assignee)}`,
      row.escalated ? "escalated" : "",
      standing.map(labelOf).join(", "),
    ].filter(Boolean).join(" · ");
  }

  async showHistory(row) {
    const notes = this.captures.map((one) => this.standing.of(one)).filter((one) => one?.note);
    const { handed, unread } = await handOvers(row);
    const entries = [...new Set(notes), ...handed];
    const items = await Promise.all(entries.map(async (one) => historyItem(one, await this.readNote(row, one.note), this.team)));
    if (unread !== null) items.push(element("li", `Hand-overs could not be read: ${unread.message}`));
    if (this.shown[this.index] !== row) return;
    at("history-box").hidden = items.length === 0;
    at("history").replaceChildren(...items);
  }

  readNote(row, note) {
    return note === null || note === undefined ? null : openNote(this.session.cases[row.case] ?? [], note);
  }

  async showAround() {
    const row = this.shown[this.index];
    if (!at("around-box").open || at("around").childElementCount > 0) return;
    const records = await openAround(this.session, row);
    if (this.shown[this.index] === row) showAround(at("around"), records, this.meta.observed_at);
  }

  async showLeadUp() {
    const row = this.shown[this.index];
    if (!at("lead-box").open || at("lead").childElementCount > 0) return;
    const { openLeadUp, showLeadUp } = await arrived(import("./lead-up.js"));
    const records = await openLeadUp(this.session, row);
    if (this.shown[this.index] === row) showLeadUp(at("lead"), records);
  }

  showStrip() {
    at("strip-box").hidden = this.captures.length < 2;
    at("strip").replaceChildren(...this.captures.map(stripItem));
  }

  /** Make ready what the officer will come to next. */
  ahead(index) {
    const next = this.shown.slice(index + 1, index + 1 + AHEAD);
    this.members.ahead(next);
    this.opened.openWords(next, "open-to-rank").catch(() => {});
  }

  // --- deciding ---

  async decide(disposition) {
    const row = this.shown[this.index];
    const covered = this.captures.filter((one) => one.covered);
    if (row === undefined || at("detail").dataset.state !== "ready") return;
    if (covered.length === 0) {
      this.say("Nothing is left to decide here. U takes the last decision back.");
      return;
    }
    at("detail").dataset.state = "deciding";
    const records = covered.map(placeOf);
    const note = await this.sealedNote(row, disposition);
    const id = await this.kept(() => this.outbox.decide(disposition, records, note, row.id));
    if (id === null) {
      at("detail").dataset.state = "ready";
      return;
    }
    this.setNote("");
    this.place.write({ draft: null }); // it went with this decision: after a reload it would go with another one
    this.standing.add({ id, disposition, records, officer: this.session.officer, note, decided_at: null, case: row.case });
    this.remember({ id, row, count: covered.length, disposition });
    row.left -= covered.length;
    row.decided = row.left === 0 ? disposition : null;
    this.members.forget(row);
    const term = disposition === "false-alarm" ? ` (“${this.meta.findings[0]?.term ?? "?"}”; F proposes a fix)` : "";
    this.say(`${labelOf(disposition)}: ${count(covered.length, "capture")}${term}. U undoes it.`);
    await this.goOn();
  }

  /** Do what this browser keeps on its disk until it is sent; null, and told, where the disk is full or closed to it. */
  async kept(act) {
    try {
      return await act();
    } catch (problem) {
      console.warn(problem);
      this.say("This browser could not keep what you did. Is its disk full? Make room, and do it again.");
      return null;
    }
  }

  remember(decision) {
    this.last = { meta: this.meta, row: decision.row };
    this.undoable.push(decision);
    if (this.undoable.length > MOST_UNDO) this.undoable.shift();
    at("undo").disabled = false;
  }

  /** What is noted with a decision: the officer's words, and for a false alarm the terms at fault. */
  async sealedNote(row, disposition) {
    const terms = this.meta.findings.map(({ library_id, library_version, term_id, term }) => ({ library_id, library_version, term_id, term }));
    const text = this.note;
    if (text === "" && disposition !== "false-alarm") return null;
    return this.seal(row.case, { format: "overt-note-1", text, terms });
  }

  seal(caseId, value) {
    return sealNote(this.session.cases[caseId][0], value);
  }

  /** Go to the next row that is undecided; stay where there is none. */
  async goOn() {
    this.list.refresh(this.index);
    this.summarise();
    const ahead = this.shown.findIndex((row, index) => index > this.index && row.left > 0);
    const next = ahead >= 0 ? ahead : this.shown.findIndex((row) => row.left > 0);
    if (next >= 0) {
      await this.choose(next);
      return;
    }
    this.captures.forEach((one) => (one.covered = false));
    at("detail").dataset.state = "ready";
    this.refreshChosen();
    this.say("All decided. U undoes the last one.");
  }

  async undo() {
    const last = this.undoable.pop() ?? (await this.lastOnServer());
    if (last === undefined) {
      this.say("There is nothing to undo.");
      return;
    }
    if ((await this.kept(() => this.outbox.undo(last.id, last.row.id))) === null) {
      this.undoable.push(last);
      return;
    }
    this.standing.undo(last.id);
    last.row.left += last.count;
    last.row.decided = null;
    this.members.forget(last.row);
    this.say(`Undone: ${labelOf(last.disposition)}.`);
    await this.outbox.settled();
    const index = this.shown.indexOf(last.row);
    if (index >= 0) await this.choose(index);
    else await this.filter(last.row.id);
    this.summarise();
  }

  /** This officer's last decision that stands: after a reload the list in memory is gone, the decision is not. */
  async lastOnServer() {
    const [last] = await getJson("/v1/decisions?mine=true&limit=1");
    const names = new Set((last?.records ?? []).map(nameOf));
    const row = this.rows.find((one) => names.has(nameOf(one)));
    return row === undefined ? undefined : { id: last.id, row, count: last.records.length, disposition: last.disposition };
  }

  heard(waiting, problem, entry) {
    if (problem?.status === 401) tell(problem);
    else if (problem !== null && entry !== null) this.refused(problem, entry);
    else if (problem !== null) this.say(`${problem.message} ${count(waiting, "entry", "entries")} kept here until then.`);
    at("said").dataset.waiting = waiting;
  }

  /** The server will not have it: what was changed here is put back, and it is said why. */
  refused(problem, entry) {
    const row = this.rows.find((one) => one.id === entry.group);
    if (entry.what === "decide" && row !== undefined) {
      this.standing.undo(entry.id);
      row.left = Math.min(row.captures, row.left + entry.records.length);
      row.decided = null;
      this.members.forget(row);
      this.list.refresh();
    } else if (entry.what !== "view") {
      this.state = null; // the rows as the server has them
      this.background.read("what came in since", () => this.look({ quiet: true }));
    }
    this.say(`Not accepted by the server: ${problem.message}. ${REFUSED[entry.what]}`);
  }

  say(words) {
    at("said").textContent = words;
  }

  // --- notes, assignments, text only, exposure ---

  setNote(text) {
    this.note = text;
    at("note").classList.toggle("kept", text !== "");
  }

  async keepNote(choice) {
    if (choice !== "keep") return;
    this.setNote(at("note-text").value.trim());
    const row = this.shown[this.index];
    const text = this.note;
    const draft = text === "" ? null : { case: row.case, sealed: await this.seal(row.case, { text }) };
    if (this.note === text) this.place.write({ draft }); // it may have gone with a decision meanwhile
  }

  /** A note that was begun before a crash. */
  async recallNote(draft) {
    if (draft === null || this.session.cases[draft.case] === undefined) return;
    const note = await openNote(this.session.cases[draft.case], draft.sealed);
    if (note !== null) this.setNote(note.text);
  }

  /** Do what the dialog asked for; the rows change at once, the server hears of it when it can. */
  async assign(what, to, text) {
    const row = this.shown[this.index];
    const mine = (one) => one.assignee === this.session.officer && one.left > 0 && one.case === row.case;
    const rows = what === "hand-over" ? this.rows.filter(mine) : [row];
    if (rows.length === 0) {
      this.say("Nothing in this case waits for you in particular.");
      return;
    }
    const note = text === "" ? null : await this.seal(row.case, { format: "overt-note-1", text, terms: [] });
    const names = rows.map((one) => one.id);
    if ((await this.kept(() => this.outbox.assign(what, names, to, note))) === null) return;
    for (const one of rows) Object.assign(one, { assignee: what === "free" ? null : to, escalated: what === "escalate" });
    rows.forEach((one) => this.ranking.rank(one));
    this.list.refresh();
    await this.outbox.settled();
    this.refreshChosen();
    const whom = to === null ? "the team" : this.team.nameOf(to);
    this.say(`${count(rows.length, "row")} ${{ assign: "assigned to", escalate: "escalated to", "hand-over": "handed over to", free: "given back to" }[what]} ${whom}.`);
  }

  setTextOnly(on) {
    this.list.textOnly = on;
    this.place.write({ textOnly: on });
    document.body.classList.toggle("text-only", on);
    this.list.refresh();
  }

  pictureOpened(pictures) {
    if (!this.exposure.count(pictures)) return;
    const { today, gentle_limit } = this.exposure.load;
    at("break-words").textContent =
      `You have opened ${today} pictures today; ${gentle_limit} is where we suggest a pause. Nobody is judged by this number. ` +
      "Most decisions can be made from the words alone.";
    this.picture.cover();
    at("break-box").showModal();
  }

  /** A list of known pictures was matched or forgotten: what is shown follows, and covers what is known now. */
  listChanged(words) {
    at("list-state").textContent = words;
    at("list-state").hidden = words === "";
    this.list.refresh();
    const row = this.shown[this.index];
    if (row === undefined || at("detail").dataset.state !== "ready") return;
    this.meta = this.opened.meta(nameOf(row));
    this.showChosen(row, this.meta);
  }

  // --- keys and buttons ---

  bind() {
    at("dispositions").replaceChildren(...DISPOSITIONS.map((one) => this.dispositionButton(one)));
    at("keys").replaceChildren(...HELP.flatMap(([key, words]) => [element("dt", key), element("dd", words)]));
    const click = (id, action) => at(id).addEventListener("click", () => Promise.resolve(action()).catch(tell));
    click("undo", () => this.undo());
    click("note", () => this.askNote());
    click("fix", () => this.fixes.open());
    click("assign", () => this.assigning.open("assign"));
    click("escalate", () => this.assigning.open("escalate"));
    click("list-open", () => this.lists.open());
    click("help", () => at("help-box").showModal());
    at("lead-box").addEventListener("toggle", () => this.showLeadUp().catch(tell));
    at("around-box").addEventListener("toggle", () => this.showAround().catch(tell));
    at("show").addEventListener("change", () => this.filter(null).catch(tell));
    at("search").addEventListener("input", () => this.typed());
    at("search").addEventListener("keydown", (event) => event.key === "Escape" && this.endSearch());
    // Not when the dialog has closed: that is told later, and a key pressed meanwhile would decide without the note.
    const noteForm = at("note-box").querySelector("form");
    noteForm.addEventListener("submit", ({ submitter }) => this.keepNote(submitter?.value ?? "keep").catch(tell));
    at("break-box").addEventListener("close", () => at("break-box").returnValue === "text" && this.setTextOnly(true));
    window.addEventListener("online", () => this.backOnline().catch(tell));
    listen(this.actions(), { p: { down: () => this.picture.hold(), up: () => this.picture.release() } }, tell);
  }

  actions() {
    const decide = Object.fromEntries(DISPOSITIONS.map(({ key, name }) => [key, () => this.decide(name)]));
    return {
      ...decide,
      j: () => this.move(1),
      ArrowDown: () => this.move(1),
      k: () => this.move(-1),
      ArrowUp: () => this.move(-1),
      Home: () => this.shown.length > 0 && this.choose(0),
      End: () => this.shown.length > 0 && this.choose(this.shown.length - 1),
      u: () => this.undo(),
      P: () => at("show-picture").click(),
      n: () => this.askNote(),
      f: () => this.fixes.open(),
      a: () => this.assigning.open("assign"),
      e: () => this.assigning.open("escalate"),
      h: () => this.assigning.open("hand-over"),
      g: () => at("strip").querySelector("input")?.focus(),
      l: () => this.lists.open(),
      t: () => this.setTextOnly(!this.list.textOnly),
      r: () => this.look(),
      "/": () => at("search").focus(),
      "?": () => at("help-box").showModal(),
    };
  }

  /** A capture that could not be opened without a network is opened now. */
  async backOnline() {
    at("problem").hidden = true;
    this.lookAgain();
    if (at("detail").dataset.state === "loading" && this.shown[this.index] !== undefined) await this.choose(this.index);
  }

  dispositionButton({ key, name, label, help }) {
    const button = element("button", `${label} `);
    button.type = "button";
    button.title = help;
    button.dataset.disposition = name;
    button.setAttribute("aria-keyshortcuts", key);
    button.append(element("kbd", key));
    button.addEventListener("click", () => this.decide(name).catch(tell));
    return button;
  }

  askNote() {
    at("note-text").value = this.note;
    at("note-box").returnValue = "";
    at("note-box").showModal();
    at("note-text").focus();
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.search().catch(tell), 250);
  }

  async search() {
    try {
      await this.filter(null);
    } catch (problem) {
      if (!(problem instanceof FilterError)) throw problem;
      this.progress(problem.message);
    }
  }

  endSearch() {
    at("search").value = "";
    at("search").blur();
    this.progress("");
    this.filter(this.place.read().group).catch(tell);
  }

  move(by) {
    const index = Math.min(this.shown.length - 1, Math.max(0, this.index + by));
    return index === this.index || this.shown.length === 0 ? undefined : this.choose(index);
  }
}

/** What happened to a group: { handed, unread }; `unread` is why it is not known, null where it is. */
async function handOvers(row) {
  if (row.assignee === null && !row.escalated) return { handed: [], unread: null };
  try {
    return { handed: await getJson(`/v1/groups/${row.id}/assignments`), unread: null };
  } catch (problem) {
    if (!(problem instanceof RequestError) || problem.status === 401) throw problem;
    return { handed: [], unread: problem };
  }
}

/** Do something every so often while the page can be seen. */
function every(milliseconds, action) {
  setInterval(() => document.visibilityState === "visible" && action(), milliseconds);
}
