// Opened records of the queue: fetched in bundles as they come into view, kept while there is room, newest use last.

import { OpenerError } from "./bytes.js";
import { SealedRecord } from "./records.js";
import { postForBytes } from "./server.js";

const MOST_WORDS = 4000;
const MOST_THUMBS = 400;
const AT_ONCE = 24; // records in one request

export const nameOf = ({ device, epoch, seq }) => `${device}/${epoch}/${seq}`;

/** A map that forgets what was used longest ago. */
class Recent {
  constructor(most, forget = () => {}) {
    this.most = most;
    this.forget = forget;
    this.map = new Map();
  }

  get(name) {
    const found = this.map.get(name);
    if (found !== undefined) {
      this.map.delete(name);
      this.map.set(name, found);
    }
    return found;
  }

  set(name, value) {
    this.map.set(name, value);
    if (this.map.size <= this.most) return;
    const [oldest, kept] = this.map.entries().next().value;
    this.map.delete(oldest);
    this.forget(kept);
  }
}

export class Opened {
  constructor(session) {
    this.session = session;
    this.words = new Recent(MOST_WORDS);
    this.thumbs = new Recent(MOST_THUMBS, (address) => URL.revokeObjectURL(address));
    this.wanted = new Map();
    this.timer = null;
  }

  /** What is known of a record now: { meta, problem, thumb }, any of them undefined. */
  peek(place) {
    const name = nameOf(place);
    return { ...this.words.get(name), thumb: this.thumbs.get(name) };
  }

  /** Open a record; `done` is called when it is known. Several calls become one request. */
  want(place, done) {
    const known = this.peek(place);
    if (known.meta !== undefined && (known.thumb !== undefined || known.meta.thumb === null)) return;
    this.wanted.set(nameOf(place), { place, done });
    this.timer ??= setTimeout(() => this.fetch(), 0);
  }

  /** Forget what was asked for and has not been sent: it is out of view. */
  forgetWanted() {
    this.wanted.clear();
  }

  /** Open the words of many rows, without pictures; `found(row, meta)` gets each that could be opened. */
  async wordsOf(rows, found) {
    for (let at = 0; at < rows.length; at += AT_ONCE) {
      const some = rows.slice(at, at + AT_ONCE);
      const records = some.map(({ device, epoch, seq }) => ({ device, epoch, seq }));
      const pieces = split(await postForBytes("/v1/bundle", { records, parts: ["meta"] }));
      await Promise.all(some.map((row, index) => this.openWords(row, pieces.slice(2 * index, 2 * index + 2), found)));
    }
  }

  async openWords(row, [head, meta], found) {
    try {
      found(row, await (await SealedRecord.read(this.session, row, head)).openMeta(meta));
    } catch (problem) {
      if (!(problem instanceof OpenerError)) throw problem;
    }
  }

  async fetch() {
    this.timer = null;
    const all = [...this.wanted.values()];
    this.wanted.clear();
    for (let at = 0; at < all.length; at += AT_ONCE) await this.fetchSome(all.slice(at, at + AT_ONCE));
  }

  async fetchSome(some) {
    let pieces;
    try {
      const records = some.map(({ place: { device, epoch, seq } }) => ({ device, epoch, seq }));
      pieces = split(await postForBytes("/v1/bundle", { records, parts: ["meta", "thumb"] }));
    } catch (problem) {
      for (const { place, done } of some) this.keep(place, { problem }, done);
      return;
    }
    await Promise.all(some.map((one, index) => this.open(one, pieces.slice(3 * index, 3 * index + 3))));
  }

  async open({ place, done }, [head, meta, thumb]) {
    try {
      const record = await SealedRecord.read(this.session, place, head);
      const words = await record.openMeta(meta);
      if (words.thumb !== null && thumb.length > 0) {
        const data = await record.open("thumb", thumb);
        this.thumbs.set(nameOf(place), URL.createObjectURL(new Blob([data], { type: words.thumb.media_type })));
      }
      this.keep(place, { meta: words, case: record.case }, done);
    } catch (problem) {
      if (!(problem instanceof OpenerError)) throw problem;
      this.keep(place, { problem }, done);
    }
  }

  keep(place, found, done) {
    this.words.set(nameOf(place), found);
    done(place);
  }
}

/** Split a bundle into its pieces: u32 length, bytes, and so on. */
function split(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces = [];
  for (let at = 0; at < bytes.length; ) {
    const size = view.getUint32(at);
    pieces.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return pieces;
}
