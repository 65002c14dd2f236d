// Opened captures of the queue: words go into the case index, small pictures and heads are kept while there is room.

import { OpenerError } from "../bytes.js";
import { MOST_AT_ONCE, fetchSealed } from "../bundle.js";
import { Recent } from "../recent.js";
import { RequestError } from "../server.js";
import { isKnownPicture } from "./exposure.js";
import { nameOf } from "./rows.js";
import { veil } from "./veil.js";

const MOST_THUMBS = 2000;
const MOST_HEADS = 600;
const IN_VIEW = 10; // records in one request: what can be seen at once on a small screen
const OUT_OF_VIEW = 32; // records in the requests after that
const CALM_MS = 500; // after the officer last moved, until work in the background goes on

export class Opened {
  constructor(session, index) {
    this.session = session;
    this.index = index;
    this.problems = new Map();
    this.parsed = new Recent(400);
    this.thumbs = new Recent(MOST_THUMBS);
    this.heads = new Recent(MOST_HEADS);
    this.wanted = new Map();
    this.timer = null;
    this.busy = 0;
    this.lastWanted = 0;
    this.flying = new Map();
    this.matches = new Map(); // name -> findings of a list that was loaded into this page
  }

  /** The words of a capture, with what a loaded list found in its group; undefined where they were not opened here. */
  meta(name) {
    const known = this.parsed.get(name) ?? this.index.get(name);
    if (known !== undefined) this.parsed.set(name, known);
    return known === undefined ? undefined : this.withMatches(name, known);
  }

  /** The same for a search through all of them: nothing is kept parsed. */
  words(name) {
    const known = this.index.get(name);
    return known === undefined ? undefined : this.withMatches(name, known);
  }

  withMatches(name, meta) {
    const found = this.matches.get(name);
    return found === undefined ? meta : { ...meta, findings: [...meta.findings, ...found] };
  }

  /** Take what a list found in a capture's group; a known picture has no veil any more. */
  matched(name, findings) {
    this.matches.set(name, [...(this.matches.get(name) ?? []), ...findings]);
    this.thumbs.set(name, null);
  }

  /** The list is gone, and what it found; veils are fetched again when they come into view. */
  forgetMatches() {
    for (const name of this.matches.keys()) this.thumbs.set(name, undefined);
    this.matches.clear();
  }

  /** What is known of a row now: { meta, problem, thumb }; `thumb`: the dots of its veil, null where there is none to show. */
  peek(row) {
    const name = nameOf(row);
    return { meta: this.meta(name), problem: this.problems.get(name), thumb: this.thumbs.get(name) };
  }

  /** Open a row that is in view; `done` is called when it is known. Several calls become one request. */
  want(row, done) {
    const { problem, thumb } = this.peek(row);
    if (problem !== undefined || thumb !== undefined) return;
    const asked = this.flying.get(nameOf(row)) ?? this.wanted.get(nameOf(row));
    if (asked !== undefined) {
      asked.done.add(done);
      return;
    }
    this.wanted.set(nameOf(row), { row, done: new Set([done]) });
    this.lastWanted = performance.now();
    this.timer ??= Promise.resolve().then(() => this.fetchWanted()); // when all that came into view has asked
  }

  /** Wait until what is in view was fetched. */
  async inView() {
    while (this.busy > 0 || this.timer !== null) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Wait until nothing that is in view is being fetched: background work gives way. */
  async rest() {
    while (this.busy > 0 || this.timer !== null || performance.now() - this.lastWanted < CALM_MS) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Forget what was asked for and has not been sent: it is out of view. */
  forget(row) {
    this.wanted.delete(nameOf(row));
  }

  /** What is in view first; what lies around it when that is there. */
  async fetchWanted(most = IN_VIEW) {
    this.timer = null;
    const some = [...this.wanted.values()].slice(0, most);
    some.forEach((one) => this.wanted.delete(nameOf(one.row)));
    await this.fetchSome(some);
    if (this.wanted.size > 0) this.timer ??= Promise.resolve().then(() => this.fetchWanted(OUT_OF_VIEW));
  }

  async fetchSome(some) {
    const rows = some.map((one) => one.row);
    this.busy += 1;
    some.forEach((one) => this.flying.set(nameOf(one.row), one));
    try {
      const found = await fetchSealed(this.session, rows, ["meta", "thumb"], "view-in-list");
      await Promise.all(found.map((one, index) => this.keep(some[index], one)));
    } catch (problem) {
      // No network: the rows stay sealed, and are asked for again when they come into view.
      if (!(problem instanceof RequestError)) throw problem;
    } finally {
      this.busy -= 1;
      rows.forEach((row) => this.flying.delete(nameOf(row)));
    }
  }

  async keep({ row, done }, { record, parts, problem }) {
    const name = nameOf(row);
    try {
      if (problem !== undefined) throw problem;
      const meta = await this.takeWords(name, record, parts.meta);
      this.thumbs.set(name, await openThumb(record, meta, parts.thumb));
    } catch (failed) {
      if (!(failed instanceof OpenerError)) throw failed;
      this.problems.set(name, failed);
    }
    done.forEach((tell) => tell(row));
  }

  async takeWords(name, record, ciphertext) {
    if (!this.index.has(name)) this.index.add(name, await record.openMeta(ciphertext));
    this.heads.set(name, record);
    return this.meta(name);
  }

  /** Open only the words of many rows; `told(opened)` hears how far it is. Throws RequestError. */
  async openWords(rows, purpose, told = () => {}) {
    const missing = rows.filter((row) => !this.index.has(nameOf(row)) && !this.problems.has(nameOf(row)));
    for (let at = 0; at < missing.length; at += MOST_AT_ONCE) {
      const some = missing.slice(at, at + MOST_AT_ONCE);
      const found = await fetchSealed(this.session, some, ["meta"], purpose);
      await Promise.all(found.map((one, number) => this.keepWords(some[number], one)));
      told(Math.min(at + MOST_AT_ONCE, missing.length), missing.length);
    }
    if (missing.length > 0) await this.index.keep();
  }

  async keepWords(row, { record, parts, problem }) {
    const name = nameOf(row);
    try {
      if (problem !== undefined) throw problem;
      await this.takeWords(name, record, parts.meta);
    } catch (failed) {
      if (!(failed instanceof OpenerError)) throw failed;
      this.problems.set(name, failed);
    }
  }

  /** The verified record of a row, for its pictures. Throws OpenerError or RequestError. */
  async record(row) {
    const name = nameOf(row);
    const known = this.heads.get(name);
    if (known !== undefined) return known;
    const [{ record, parts, problem }] = await fetchSealed(this.session, [row], ["meta"], "view-in-list");
    if (problem !== undefined) throw problem;
    await this.takeWords(name, record, parts.meta);
    return record;
  }
}

/** The veil of the small picture; null where there is none, or where it is a known picture and is never shown. */
async function openThumb(record, meta, ciphertext) {
  if (meta.thumb === null || ciphertext.length === 0 || isKnownPicture(meta)) return null;
  return veil(await record.open("thumb", ciphertext));
}
