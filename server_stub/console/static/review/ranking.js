// Puts the groups in order of risk. The server orders by what is in the clear; here the sealed words refine the order, as
// they are opened in the background, and only below what the officer has in view.

import { capturesBefore, clearReasons, reorder, sealedReasons, termKey, total } from "./risk.js";
import { nameOf } from "./rows.js";

const MOST_OPENED = 2000; // undecided groups whose words are opened for the order; a search opens the rest
const NONE_BEFORE = { captures: 0, usual: 0 };
const AT_ONCE = 16;
const RANKED_AT_ONCE = 4000;
const REST_MS = 150;

export class Ranking {
  constructor(opened) {
    this.opened = opened;
    this.riskTerms = new Set(); // words and keys of terms that the officers noted
    this.firsts = null; // term -> name of its first group; null until every group was opened
  }

  /** Rank by the clear headers, and by whatever was opened before. `whole`: these are all the groups there are. */
  async begin(rows, whole = true) {
    this.rows = rows;
    this.whole = whole;
    this.before = capturesBefore(rows);
    this.findFirsts();
    for (let at = 0; at < rows.length; at += RANKED_AT_ONCE) {
      if (at > 0) await new Promise((resolve) => setTimeout(resolve)); // whoever scrolls meanwhile is not held up
      rows.slice(at, at + RANKED_AT_ONCE).forEach((row) => this.rank(row));
    }
  }

  rank(row) {
    row.points = total(this.reasons(row));
  }

  /** Why a row stands where it stands: [{ points, short, words }]. */
  reasons(row) {
    const name = nameOf(row);
    const clear = clearReasons(row, this.before.get(row.id) ?? NONE_BEFORE);
    const meta = this.opened.index.has(name) ? this.opened.meta(name) : undefined;
    return meta === undefined ? clear : [...clear, ...sealedReasons(meta, name, this)];
  }

  /** "For the first time" can only be said when everything was opened. */
  findFirsts() {
    if (!this.whole || this.firsts !== null || !this.rows.every((row) => this.opened.index.has(nameOf(row)))) return;
    const firsts = new Map();
    for (const row of [...this.rows].sort((a, b) => b.first - a.first)) {
      for (const finding of this.opened.index.get(nameOf(row)).findings) firsts.set(termKey(finding), nameOf(row));
    }
    this.firsts = firsts;
  }

  /** Open words in the background, first what the server put first; `refined()` is called when the order may change. */
  async run(refined) {
    const todo = this.rows.filter((row) => row.left > 0).slice(0, MOST_OPENED);
    const others = this.rows.length <= MOST_OPENED ? this.rows.filter((row) => row.left === 0) : [];
    const all = [...todo, ...others].filter((row) => !this.opened.index.has(nameOf(row)));
    for (let at = 0; at < all.length; at += AT_ONCE) {
      await this.opened.rest();
      const some = all.slice(at, at + AT_ONCE);
      await this.opened.openWords(some, "open-to-rank");
      some.forEach((row) => this.rank(row));
      if ((at / AT_ONCE) % 8 === 7) refined();
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
    this.findFirsts();
    if (this.firsts !== null) this.rows.forEach((row) => this.rank(row));
    refined();
  }

  /** Open the words of the first groups at once and rank them: what the officer sees first stands in its place. */
  async first(rows) {
    await this.opened.openWords(rows, "open-to-rank");
    this.findFirsts();
    rows.forEach((row) => this.rank(row));
  }

  order(rows, kept) {
    return reorder(rows, kept);
  }
}
