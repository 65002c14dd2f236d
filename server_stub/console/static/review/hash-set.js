// A set of hashes of known pictures, as `overt hashes import` writes it: one stored zip of about.json and NumPy arrays.
// Pure: bytes in, values out. Nothing of it is kept anywhere but in memory.

import { concat, sha256, toHex, utf8 } from "../bytes.js";

const FORMAT = "overt-hashes-1";
const KINDS = { pdq: 32, phash: 8, md5: 16, sha1: 20, sha256: 32 }; // bytes a hash, in the order of the digest
export const MOST_BYTES = 512 * 1024 * 1024;
const MOST_ABOUT = 1_000_000;
const TEXT = new TextDecoder();

export class HashSetError extends Error {}

/** Read a set file: { about, digest, columns: { pdq: { hashes, codes, rows }, phash } }. Throws HashSetError in plain words. */
export async function readSet(bytes) {
  const files = entries(bytes);
  const about = readAbout(files.get("about.json"));
  const columns = {};
  for (const [kind, size] of Object.entries(KINDS)) {
    if (files.has(`${kind}.hashes.npy`)) columns[kind] = column(files, kind, size, about.categories.length);
  }
  if ((await digestOf(columns)) !== about.digest) throw new HashSetError("its digest is not that of its hashes: get the file again");
  const { pdq, phash } = columns;
  if (pdq === undefined && phash === undefined) throw new HashSetError("it holds no hashes of pictures by likeness (PDQ, pHash): nothing here can be matched with it");
  return { about, columns: Object.fromEntries(Object.entries({ pdq, phash }).filter(([, one]) => one !== undefined)) };
}

const damaged = () => new HashSetError("it is no set of hashes, or damaged: make it with “overt hashes import”");

/** The files of a zip without compression: name -> bytes. */
function entries(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const end = endOf(view);
    const found = new Map();
    for (let at = view.getUint32(end + 16, true), left = view.getUint16(end + 10, true); left > 0; left -= 1) {
      const [method, size, name, extra, note, start] = [10, 24, 28, 30, 32, 42].map((field) => (field === 24 || field === 42 ? view.getUint32(at + field, true) : view.getUint16(at + field, true)));
      const data = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
      if (method !== 0 || data + size > bytes.length) throw damaged();
      found.set(TEXT.decode(bytes.subarray(at + 46, at + 46 + name)), bytes.subarray(data, data + size));
      at += 46 + name + extra + note;
    }
    return found;
  } catch (problem) {
    if (problem instanceof RangeError) throw damaged();
    throw problem;
  }
}

function endOf(view) {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  throw damaged();
}

function readAbout(bytes) {
  if (bytes === undefined || bytes.length > MOST_ABOUT) throw damaged();
  let about;
  try {
    about = JSON.parse(TEXT.decode(bytes));
  } catch {
    throw damaged();
  }
  if (about?.format !== FORMAT) throw new HashSetError(`its format is not ${FORMAT}: it was made by another version of this program`);
  const told = ["set_id", "version", "source"].every((name) => typeof about[name] === "string") && Array.isArray(about.categories);
  if (!told || !(about.severity >= 1 && about.severity <= 5)) throw damaged();
  return about;
}

function column(files, kind, size, categories) {
  const [hashes, codes, quality] = ["hashes", "codes", "quality"].map((name) => array(files.get(`${kind}.${name}.npy`)));
  const rows = hashes.shape[0];
  const fits = hashes.type === "|u1" && hashes.shape[1] === size && codes.type === "<u2" && codes.shape[0] === rows && quality.shape[0] === rows;
  if (!fits || hashes.data.length !== rows * size || codes.data.length !== 2 * rows) throw damaged();
  const numbers = new Uint16Array(codes.data.slice().buffer);
  if (numbers.some((code) => code >= categories)) throw damaged();
  return { hashes: hashes.data, codes: numbers, rows, parts: [hashes.data, codes.data, quality.data] };
}

/** A NumPy array of version 1 or 2, rows one after the other: { type, shape, data }. */
function array(bytes) {
  if (bytes === undefined || TEXT.decode(bytes.subarray(1, 6)) !== "NUMPY") throw damaged();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const head = TEXT.decode(bytes.subarray(start, start + length));
  const type = /'descr': '([^']+)'/u.exec(head)?.[1];
  const shape = /'shape': \(([^)]*)\)/u.exec(head)?.[1].split(",").filter((one) => one.trim() !== "").map(Number);
  if (type === undefined || shape === undefined || !head.includes("'fortran_order': False")) throw damaged();
  return { type, shape, data: bytes.subarray(start + length) };
}

async function digestOf(columns) {
  const parts = Object.entries(columns).flatMap(([kind, one]) => [utf8(kind), ...one.parts]);
  return toHex(await sha256(concat(...parts)));
}
