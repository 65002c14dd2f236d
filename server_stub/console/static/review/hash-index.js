// Exact search by Hamming distance, as engine/image/index.py does it: hashes near each other share a nearly equal piece.
// Pure, no time: arrays in, { row, distance } out.

const KEYS = 65_536; // of a piece of 16 bits
const LINEAR_BELOW = 2000;
const FLIPS = [0, ...Array.from({ length: 16 }, (_, bit) => 1 << bit)];

export const RADIUS = { pdq: 31, phash: 6 };
export const TURNED_RADIUS = { pdq: 31, phash: 4 }; // of all lays but the first two
export const SIZE = { pdq: 32, phash: 8 };

/** How a picture lay, in the words of findings; the order is that of `lays`. */
export const TURNS = [
  "as it is", "mirrored", "upside down, mirrored", "turned by 180 degrees", "mirrored and turned by 90 degrees",
  "turned by 90 degrees to the left", "turned by 90 degrees to the right", "mirrored and turned by 270 degrees",
];

export class HashIndex {
  /** `hashes`: bytes, one hash of `size` bytes after the other. */
  constructor(hashes, size) {
    const bytes = hashes.slice(); // of its own, so that it can be looked at as words
    this.size = size;
    this.rows = bytes.length / size;
    this.words = new Uint32Array(bytes.buffer);
    this.pieces = new Uint16Array(bytes.buffer);
    this.sorted = [];
  }

  /** Sort by each piece; `pause()` is awaited in between, so that the page stays alive. */
  async build(pause = async () => {}) {
    if (this.rows < LINEAR_BELOW) return this;
    for (let piece = 0; piece < this.size / 2; piece += 1) {
      this.sorted.push(this.sortedBy(piece));
      await pause();
    }
    return this;
  }

  sortedBy(piece) {
    const { pieces, rows } = this;
    const wide = this.size / 2;
    const starts = new Uint32Array(KEYS + 1);
    for (let row = 0; row < rows; row += 1) starts[pieces[row * wide + piece] + 1] += 1;
    for (let key = 0; key < KEYS; key += 1) starts[key + 1] += starts[key];
    const next = starts.slice();
    const order = new Uint32Array(rows);
    for (let row = 0; row < rows; row += 1) order[next[pieces[row * wide + piece]]++] = row;
    return { starts, order };
  }

  /** The nearest hash at most `radius` bits away, the first of equals; null where there is none. */
  nearest(query, radius) {
    const bytes = query.slice();
    const words = new Uint32Array(bytes.buffer);
    const best = { row: -1, distance: radius + 1 };
    if (this.sorted.length === 0) {
      for (let row = 0; row < this.rows; row += 1) this.measure(words, row, best);
    } else {
      this.lookUp(words, new Uint16Array(bytes.buffer), radius, best);
    }
    return best.row < 0 ? null : best;
  }

  /** A piece looked up with its neighbours a bit away covers two of the radius, an exact one covers one. */
  lookUp(words, pieces, radius, best) {
    const covered = (radius + 1) >> 1;
    for (let piece = 0; piece < covered + ((radius + 1) & 1); piece += 1) {
      const { starts, order } = this.sorted[piece];
      for (const flip of piece < covered ? FLIPS : [0]) {
        const key = pieces[piece] ^ flip;
        for (let at = starts[key]; at < starts[key + 1]; at += 1) this.measure(words, order[at], best);
      }
    }
  }

  measure(words, row, best) {
    const wide = this.size / 4;
    let apart = 0;
    for (let word = 0, at = row * wide; word < wide && apart <= best.distance; word += 1, at += 1) apart += ones(words[word] ^ this.words[at]);
    if (apart < best.distance || (apart === best.distance && best.row > row)) Object.assign(best, { row, distance: apart });
  }
}

function ones(word) {
  let left = word - ((word >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * The hashes of a picture laid in eight ways, out of the hash of the picture as it lay: a mirror changes the sign of odd
 * frequencies, a turn also exchanges the axes. Near what hashing the turned picture would give, not always the same.
 */
export function lays(hash) {
  const side = Math.sqrt(8 * hash.length);
  const bit = (row, column) => {
    const at = side * side - 1 - (row * side + column);
    return (hash[at >> 3] >> (7 - (at & 7))) & 1;
  };
  const even = (at) => (at % 2 === 0 ? 1 : 0); // the first frequency is 1, and odd
  const laid = (turned, across, down) => {
    const found = new Uint8Array(hash.length);
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const sign = (across ? even(column) : 0) ^ (down ? even(row) : 0);
        const set = (turned ? bit(column, row) : bit(row, column)) ^ sign;
        const at = side * side - 1 - (row * side + column);
        found[at >> 3] |= set << (7 - (at & 7));
      }
    }
    return found;
  };
  return [[0, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]].map((one) => laid(...one));
}
