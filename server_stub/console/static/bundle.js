// Many sealed records in one request: heads and named parts. Pages that show lists of records stand on this.

import { OpenerError } from "./bytes.js";
import { SealedRecord } from "./records.js";
import { postForBytes } from "./server.js";

export const MOST_AT_ONCE = 64;

/**
 * Fetch records, { device, epoch, seq } each, with some of their parts. `purpose` is what the audit record will say:
 * view-in-list, open-to-rank, open-to-search, open-to-match, open-to-count, open-for-person, view-around. Returns for each
 * { record, parts: { name: ciphertext } } or { problem } where the signature or the key did not fit. Throws RequestError.
 */
export async function fetchSealed(session, places, parts, purpose) {
  const records = places.map(({ device, epoch, seq }) => ({ device, epoch, seq }));
  const pieces = split(await postForBytes("/v1/bundle", { records, parts, purpose }));
  const each = parts.length + 1;
  return Promise.all(places.map((place, index) => read(session, place, parts, pieces.slice(each * index, each * (index + 1)))));
}

async function read(session, place, parts, [head, ...sealed]) {
  try {
    const record = await SealedRecord.read(session, place, head.slice()); // heads are kept; the bundle is not, by them
    return { record, parts: Object.fromEntries(parts.map((name, index) => [name, sealed[index]])) };
  } catch (problem) {
    if (!(problem instanceof OpenerError)) throw problem;
    return { problem };
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
