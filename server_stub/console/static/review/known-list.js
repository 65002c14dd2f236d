// The list that an officer loaded: matched here, in this browser, with the hashes that devices sealed into captures. For
// lists that may not lie on a device. It is in the memory of this page alone: leaving the page or logging out ends it.

import { fromHex } from "../bytes.js";
import { HashIndex, RADIUS, SIZE, TURNED_RADIUS, TURNS, lays } from "./hash-index.js";
import { readSet } from "./hash-set.js";

const GOOD_QUALITY = 50; // below it a hash says little
const NAMES = { pdq: "PDQ", phash: "pHash" };

export class KnownList {
  /** Read and index the bytes of a set file. Throws HashSetError. */
  static async read(bytes, pause) {
    const { about, columns } = await readSet(bytes);
    const indexes = [];
    for (const [kind, { hashes, codes }] of Object.entries(columns)) {
      indexes.push({ kind, codes, index: await new HashIndex(hashes, SIZE[kind]).build(pause) });
    }
    return new KnownList(about, indexes);
  }

  constructor(about, indexes) {
    this.about = about;
    this.indexes = indexes;
  }

  get name() {
    return `${this.about.set_id} ${this.about.version}`;
  }

  get size() {
    return Math.max(...this.indexes.map((one) => one.index.rows));
  }

  /** What of a capture is on the list, in the form of a finding. `meta` is its opened record. */
  findings(meta) {
    const found = new Map(); // a picture is told once, by its nearest
    for (const picture of meta.pictures ?? []) {
      if (picture.quality < GOOD_QUALITY) continue;
      for (const { kind, codes, index } of this.indexes) {
        const near = nearest(index, fromHex(picture[kind]), kind);
        if (near === null) continue;
        const name = `${kind} ${near.row}`;
        if ((found.get(name)?.distance ?? Infinity) > near.distance) found.set(name, { ...near, kind, place: picture.place, category: this.about.categories[codes[near.row]] });
      }
    }
    return [...found.values()].map((one) => this.finding(one));
  }

  finding({ kind, row, distance, turn, place, category }) {
    const { set_id, version, source, severity, condition } = this.about;
    return {
      library_id: set_id,
      library_version: version,
      term_id: `${kind}-${row}`,
      term: "known picture",
      rule: `${kind}, distance ${distance}, ${turn}, matched at review`,
      category,
      severity,
      condition: condition ?? null,
      start: 0,
      end: 0,
      place,
      explanation:
        `The picture at ${place.left},${place.top} (${place.width} x ${place.height}), ${turn}, is a known one: its ${NAMES[kind]} hash, sealed by ` +
        `the device, differs from row ${row} of the list ${set_id} ${version} (${source}) in ${distance} of ${8 * SIZE[kind]} bits. Matched in this browser.`,
    };
  }
}

function nearest(index, hash, kind) {
  let best = null;
  lays(hash).forEach((laid, at) => {
    const near = index.nearest(laid, at < 2 ? RADIUS[kind] : TURNED_RADIUS[kind]);
    if (near !== null && (best === null || near.distance < best.distance)) best = { ...near, turn: TURNS[at] };
  });
  return best;
}
