// The captures of groups: asked for ahead of the officer, so that a lost network does not stop him.

import { getJson } from "../server.js";

const AHEAD = 100;

export class Members {
  constructor() {
    this.known = new Map(); // id of a group -> its captures
  }

  /** The captures of a group, each with `covered`: whether a decision made now is about it. Throws RequestError. */
  async of(row) {
    const found = alone(row) ?? this.known.get(row.id) ?? (await this.fetch([row]))[row.id];
    return found.map((one) => ({ ...one, covered: one.disposition === null }));
  }

  forget(row) {
    this.known.delete(row.id);
  }

  /** Fetch what will be needed next; a failure only means that it is asked for again. */
  async ahead(rows) {
    const missing = rows.filter((row) => alone(row) === null && !this.known.has(row.id)).slice(0, AHEAD);
    if (missing.length > 0) await this.fetch(missing).catch(() => {});
  }

  async fetch(rows) {
    const found = await getJson(`/v1/members?${rows.map((row) => `groups=${row.id}`).join("&")}`);
    for (const [id, captures] of Object.entries(found)) this.known.set(Number(id), captures);
    return found;
  }
}

/** A group of one undecided capture is its row; no need to ask. */
function alone(row) {
  if (row.captures !== 1 || row.left !== 1) return null;
  const { device, epoch, seq, severity } = row;
  return [{ device, epoch, seq, severity, recorded_at: new Date(row.first * 1000).toISOString(), disposition: null }];
}
