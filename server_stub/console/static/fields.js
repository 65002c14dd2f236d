// Reads the fields of a decoded object one by one; wrong types, limits and unknown fields are refused with their place.

import { OpenerError } from "./bytes.js";

export class Fields {
  #left;
  #place;

  constructor(value, place) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new OpenerError("format", place, "not an object");
    }
    this.#left = new Map(Object.entries(value));
    this.#place = place;
  }

  fail(name, problem) {
    throw new OpenerError("format", `${this.#place}.${name}`, problem);
  }

  take(name) {
    if (!this.#left.has(name)) this.fail(name, "missing");
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  text(name, pattern) {
    const value = this.take(name);
    if (typeof value !== "string") this.fail(name, "not a string");
    if (!pattern.test(value)) this.fail(name, `not of the form ${pattern.source}`);
    return value;
  }

  choice(name, choices) {
    const value = this.take(name);
    if (!choices.includes(value)) this.fail(name, `none of ${choices.join(", ")}`);
    return value;
  }

  integer(name, low, high) {
    const value = this.take(name);
    if (!Number.isSafeInteger(value) || value < low || value > high) this.fail(name, `not from ${low} to ${high}`);
    return value;
  }

  /** A list of objects, each read by `read(fields)` and then checked for unknown fields. */
  objects(name, least, most, read) {
    const value = this.take(name);
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      this.fail(name, `not a list of ${least} to ${most}`);
    }
    return value.map((one, index) => {
      const fields = new Fields(one, `${this.#place}.${name}[${index}]`);
      const found = read(fields);
      fields.done();
      return found;
    });
  }

  done() {
    for (const name of this.#left.keys()) this.fail(name, "unknown field");
  }
}
