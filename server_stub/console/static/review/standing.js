// What was decided about which record, as far as this browser knows: the server's list, and what is done here since.

import { getJson } from "../server.js";
import { nameOf } from "./rows.js";

const PAGE = 2000;

/** All decisions, the newest first, in pages: no answer is large. */
async function fetchAll() {
  const all = [];
  for (let page = null; page === null || page.length === PAGE; ) {
    page = await getJson(`/v1/decisions?limit=${PAGE}${all.length === 0 ? "" : `&before=${all.at(-1).id}`}`);
    all.push(...page);
  }
  return all;
}

export class Standing {
  constructor() {
    this.by = new Map(); // name of a record -> [{ id, disposition, at, officer, note, case }], the newest last
    this.loaded = null;
  }

  /** Load the server's list, once. Throws RequestError. */
  load() {
    this.loaded ??= this.take().catch((problem) => {
      this.loaded = null; // asked for again by the next who needs it
      throw problem;
    });
    return this.loaded;
  }

  async take() {
    for (const decision of (await fetchAll()).reverse()) if (decision.undone_at === null) this.add(decision);
  }

  add({ id, disposition, records, officer, note, decided_at, case: caseId }) {
    for (const record of records) {
      const name = nameOf(record);
      if (!this.by.has(name)) this.by.set(name, []);
      const list = this.by.get(name);
      if (!list.some((one) => one.id === id)) list.push({ id, disposition, officer, note, at: decided_at, case: caseId });
    }
  }

  undo(id) {
    for (const list of this.by.values()) {
      const index = list.findIndex((one) => one.id === id);
      if (index >= 0) list.splice(index, 1);
    }
  }

  /** The decision that stands for a record, null while it is undecided. */
  of(row) {
    return this.by.get(nameOf(row))?.at(-1) ?? null;
  }
}
