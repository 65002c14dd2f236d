// SHA3-256 and SHAKE256 (FIPS 202), which browsers do not offer yet: X-Wing needs a few hundred bytes of them.

const MASK = (1n << 64n) - 1n;
const RATE = 136; // bytes of a block in both
const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];
const ROUNDS = roundConstants();

const rotate = (lane, by) => ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK;

/** The constants of the 24 rounds, out of the shift register that defines them (FIPS 202, section 3.2.5). */
function roundConstants() {
  const constants = [];
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    let constant = 0n;
    for (let bit = 0; bit <= 6; bit += 1) {
      if (register & 1) constant |= 1n << ((1n << BigInt(bit)) - 1n);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
    constants.push(constant);
  }
  return constants;
}

function permute(lanes) {
  for (const constant of ROUNDS) {
    const columns = [0, 1, 2, 3, 4].map((x) => lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]);
    const mixed = lanes.map((lane, at) => lane ^ columns[(at + 4) % 5] ^ rotate(columns[(at + 1) % 5], 1));
    const moved = [];
    for (let x = 0; x < 5; x += 1) {
      for (let y = 0; y < 5; y += 1) moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(mixed[x + 5 * y], ROTATIONS[x + 5 * y]);
    }
    for (let at = 0; at < 25; at += 1) {
      const row = at - (at % 5);
      lanes[at] = moved[at] ^ (~moved[row + ((at + 1) % 5)] & MASK & moved[row + ((at + 2) % 5)]);
    }
    lanes[0] ^= constant;
  }
}

function sponge(message, domain, size) {
  const padded = new Uint8Array(Math.ceil((message.length + 1) / RATE) * RATE);
  padded.set(message);
  padded[message.length] = domain;
  padded[padded.length - 1] |= 0x80;
  const lanes = new Array(25).fill(0n);
  const view = new DataView(padded.buffer);
  for (let block = 0; block < padded.length; block += RATE) {
    for (let lane = 0; lane < RATE / 8; lane += 1) lanes[lane] ^= view.getBigUint64(block + 8 * lane, true);
    permute(lanes);
  }
  const out = new DataView(new ArrayBuffer(RATE)); // at most one block is ever asked for
  for (let lane = 0; lane < RATE / 8; lane += 1) out.setBigUint64(8 * lane, lanes[lane], true);
  return new Uint8Array(out.buffer, 0, size);
}

export const sha3 = (message) => sponge(message, 0x06, 32);

/** SHAKE256 with `size` bytes of output, at most 136. */
export const shake256 = (message, size) => sponge(message, 0x1f, size);
