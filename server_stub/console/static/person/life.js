// One person's last weeks: what headers tell comes at once; coverage, events, notes and the words of captures are opened
// here, a batch at a time, and kept for the next visit as ciphertext only.

import { OpenerError } from "../bytes.js";
import { MOST_AT_ONCE, fetchSealed } from "../bundle.js";
import { CaseIndex } from "../case-index.js";
import { COVERAGE_FORMAT } from "../coverage.js";
import { Opened } from "../review/opened.js";
import { fetchRows } from "../review/queue-pages.js";
import { nameOf } from "../review/rows.js";
import { Standing } from "../review/standing.js";
import { CAPTURE_FORMAT } from "../sealed-words.js";
import { getJson } from "../server.js";
import { isStaffSafety, kindOf } from "./events.js";
import { addDays, dayOf, useByHour } from "./use.js";

export const DAYS = 35; // the last week, and the four before it
const MOST_CAPTURES = 1500; // groups whose words are opened for one person's page
const PURPOSE = "open-for-person";

export class Life {
  /** `caseId` of the officer's; `now` as a number. Throws RequestError where it is not his. */
  static async load(session, caseId, now = Date.now()) {
    const today = dayOf(now);
    const since = addDays(today, -DAYS);
    const address = `/v1/people/${caseId}?since=${encodeURIComponent(new Date(since).toISOString())}&until=${encodeURIComponent(new Date(now + 60_000).toISOString())}`;
    const [people, timeline] = await Promise.all([getJson("/v1/people"), getJson(address)]);
    const person = people.find((one) => one.case === caseId) ?? { case: caseId, devices: [], absences: [], waiting: 0 };
    return new Life(session, person, timeline, { now, today, since });
  }

  constructor(session, person, timeline, { now, today, since }) {
    Object.assign(this, { session, person, timeline, now, today, since });
    this.words = new CaseIndex(session.logInKey, "person");
    this.opened = new Opened(session, new CaseIndex(session.logInKey));
    this.problems = 0; // records that would not open
    this.coverage = []; // { device, ...record }
    this.events = []; // { device, kind, event, text, details, severity, at, section }
    this.notes = []; // { text, at }
    this.captures = []; // { row, meta, at, severity, provenance, staff }, one for each group
    this.unopened = 0; // groups beyond MOST_CAPTURES
  }

  /** Open everything; `told(done, all)` hears how far it is. */
  async open(told = () => {}) {
    await Promise.all([this.words.restore(), this.opened.index.restore()]);
    const groups = await this.groups();
    const missing = this.timeline.records.filter((one) => !this.words.has(nameOf(one)));
    const all = missing.length + groups.length;
    for (let from = 0; from < missing.length; from += MOST_AT_ONCE) {
      told(from, all);
      await this.openSome(missing.slice(from, from + MOST_AT_ONCE));
    }
    await this.words.keep();
    await this.opened.openWords(groups, PURPOSE, (done) => told(missing.length + done, all));
    this.read(groups);
    told(all, all);
  }

  async groups() {
    const mine = (await fetchRows("all")).filter((row) => row.case === this.person.case && row.last * 1000 >= this.since && row.first * 1000 <= this.now);
    const newest = mine.sort((a, b) => b.last - a.last);
    this.unopened = Math.max(0, newest.length - MOST_CAPTURES);
    return newest.slice(0, MOST_CAPTURES);
  }

  async openSome(records) {
    const found = await fetchSealed(this.session, records, ["meta"], PURPOSE);
    await Promise.all(found.map((one, number) => this.take(records[number], one)));
  }

  async take(place, { record, parts, problem }) {
    try {
      if (problem !== undefined) throw problem;
      const words = await record.words(parts.meta);
      if (words.format === CAPTURE_FORMAT) throw new OpenerError("format", "meta", "a capture among other records");
      this.words.add(nameOf(place), words);
    } catch (failed) {
      if (!(failed instanceof OpenerError)) throw failed;
      this.problems += 1;
    }
  }

  /** Sort what was opened. */
  read(groups) {
    for (const place of [...this.timeline.records].reverse()) {
      const words = this.words.get(nameOf(place));
      if (words !== undefined) this.sortIn(place, words);
    }
    this.hours = useByHour(this.coverage);
    for (const row of groups) {
      const meta = this.opened.meta(nameOf(row));
      if (meta === undefined) this.problems += 1;
      else this.captures.push({ row, meta, at: Date.parse(meta.observed_at), severity: row.severity, provenance: meta.provenance, staff: isStaffSafety(meta) });
    }
  }

  sortIn({ device, kind, severity, recorded_at }, words) {
    const at = Date.parse(recorded_at);
    if (words.format === COVERAGE_FORMAT) this.coverage.push({ device, ...words });
    else if (kind === "note") this.notes.push({ text: words.text, at });
    else this.events.push({ device, kind, severity, at, event: words.event, text: words.text, details: words.details, section: kindOf({ kind, event: words.event, severity }) });
  }

  /** What `compareWeeks` compares. Captures count one for each group of near-identical ones. */
  get weeks() {
    return { hours: this.hours, captures: this.captures, evasion: this.events.filter((one) => one.section === "evasion").map((one) => one.at) };
  }

  /** Decisions that stand, by the captures' places. */
  async decisions() {
    const standing = new Standing();
    await standing.load();
    return standing;
  }
}
