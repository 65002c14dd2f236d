// Canonical JSON as in evidence/SPEC.md: one value, one spelling. Reading refuses every other spelling.

import { OpenerError, utf8 } from "./bytes.js";

const DEEPEST = 8;
const KEY = /^[A-Za-z0-9_.-]{1,64}$/;

const escape = (character) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0");

function spell(value, place, depth) {
  if (depth < 0) throw new OpenerError("format", place, `nested deeper than ${DEEPEST}`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return spellText(value, place);
  if (typeof value === "number") return spellInteger(value, place);
  if (Array.isArray(value)) {
    return "[" + value.map((one, index) => spell(one, `${place}[${index}]`, depth - 1)).join(",") + "]";
  }
  const keys = Object.keys(value).sort();
  if (!keys.every((key) => KEY.test(key))) throw new OpenerError("format", place, "a key outside the format");
  return "{" + keys.map((key) => `"${key}":` + spell(value[key], `${place}.${key}`, depth - 1)).join(",") + "}";
}

function spellText(value, place) {
  if (/\p{Surrogate}/u.test(value)) throw new OpenerError("format", place, "half of a surrogate pair");
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escape);
}

function spellInteger(value, place) {
  if (!Number.isSafeInteger(value)) throw new OpenerError("format", place, "not an integer within 2^53-1");
  return String(value);
}

/** The one spelling of a value, as a string of ASCII. */
export function encode(value, place = "value") {
  return spell(value, place, DEEPEST);
}

/** Read bytes, at most `limit` of them; throws an OpenerError naming `place`. */
export function decode(bytes, place, limit) {
  if (bytes.length > limit) throw new OpenerError("format", place, `more than ${limit} bytes`);
  if (bytes.some((byte) => byte > 0x7f)) throw new OpenerError("format", place, "not ASCII");
  const text = new TextDecoder().decode(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OpenerError("format", place, "not JSON");
  }
  if (encode(value, place) !== text) throw new OpenerError("format", place, "not canonical");
  return value;
}

export const encodeBytes = (value, place) => utf8(encode(value, place));
