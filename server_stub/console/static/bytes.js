// Bytes: hex, joining, comparing, digests. What every other module of the opener stands on.

const HEX = /^(?:[0-9a-f]{2})*$/;

/** Thrown by every module of the opener. `code` is one of the outcomes in evidence/SPEC.md; `place` says where. */
export class OpenerError extends Error {
  constructor(code, place, problem) {
    super(`${place}: ${problem}`);
    this.name = "OpenerError";
    this.code = code;
    this.place = place;
  }
}

export const utf8 = (text) => new TextEncoder().encode(text);

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A name of 32 hex digits that nobody else will make. */
export const newId = () => toHex(crypto.getRandomValues(new Uint8Array(16)));

export function fromHex(text, place = "hex") {
  if (typeof text !== "string" || !HEX.test(text)) throw new OpenerError("format", place, "not lower-case hex");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function concat(...arrays) {
  const joined = new Uint8Array(arrays.reduce((size, one) => size + one.length, 0));
  let at = 0;
  for (const one of arrays) {
    joined.set(one, at);
    at += one.length;
  }
  return joined;
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
