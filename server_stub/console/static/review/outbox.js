// What an officer decided and the server may not have yet: kept in IndexedDB, written before the next capture is shown.
// Each entry has a name that this browser made, so that one that is sent twice counts once. Notes in it are sealed.

import { newId } from "../bytes.js";
import { RequestError, deleteJson, postJson } from "../server.js";

const NAME = "overt-outbox";
const STORE = "waiting";
const RETRY_MS = 3000;
const MOST_VIEWS = 64; // in one request

let database = null;

function opened() {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "number", autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  database.catch(() => (database = null)); // opened anew with the next try
  return database;
}

async function run(mode, action) {
  const transaction = (await opened()).transaction(STORE, mode, { durability: "strict" });
  return new Promise((resolve, reject) => {
    const request = action(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Everything that one officer did here and that was not sent, in order. */
export async function waitingOf(officer) {
  return (await run("readonly", (store) => store.getAll())).filter((one) => one.officer === officer);
}

/** How many decisions and assignments wait in this browser, whoever made them. */
export async function countAll() {
  return (await run("readonly", (store) => store.getAll())).filter((one) => one.what !== "view").length;
}

/** Sends in the order in which things were done. `onChange(waiting, problem, entry)` hears how many are not at the server yet. */
export class Outbox {
  constructor(officer, onChange) {
    this.officer = officer;
    this.onChange = onChange;
    this.sending = null;
    this.writing = 0; // done, and not yet safe here
    window.addEventListener("online", () => this.send());
  }

  /** Decide about records; resolves to the decision's name when it is safe here. `group` is for this browser only. */
  async decide(disposition, records, note, group) {
    const id = newId();
    await this.add({ what: "decide", id, disposition, records, note, group });
    return id;
  }

  undo(id, group) {
    return this.add({ what: "undo", id, group });
  }

  /** Give groups to somebody, escalate, hand over or free them. */
  assign(what, groups, to, note) {
    return this.add({ what: "assign", id: newId(), body: { what, groups, to, note } });
  }

  /** Note that a capture was read: the audit record hears of it, also when it was read without a network. */
  view(record) {
    return this.add({ what: "view", record });
  }

  /** Wait until what is being sent was sent or failed. */
  async settled() {
    await this.send();
  }

  async add(entry) {
    this.writing += 1;
    this.onChange(this.writing, null, null); // at least these wait, until sending tells how many
    try {
      await run("readwrite", (store) => store.add({ ...entry, officer: this.officer }));
    } finally {
      this.writing -= 1;
      this.send(); // where nothing was kept, it tells how many wait without this
    }
  }

  waiting() {
    return waitingOf(this.officer);
  }

  /** Send what waits; resolves when everything was sent or something failed. Tried again by itself after a lost network. */
  send() {
    this.again = true;
    this.sending ??= this.sendAll();
    return this.sending;
  }

  async sendAll() {
    try {
      // Nothing is awaited between the last look at `again` and the end: what is added then would wait for nobody.
      while (this.again) await this.sendAlone();
    } finally {
      this.sending = null;
    }
  }

  /** One tab sends at a time: two would keep the order no better than none. */
  async sendAlone() {
    await navigator.locks.request(NAME, async () => {
      this.again = false;
      await this.sendWaiting();
    });
  }

  async sendWaiting() {
    let left = await this.waiting();
    if (left.length === 0) this.onChange(this.writing, null, null); // another tab sent them
    while (left.length > 0) {
      const now = nextOf(left);
      const [first] = now;
      const problem = await deliver(now).then(() => null, (failed) => failed);
      if (problem !== null && !isRefused(problem)) return this.failed(left.length, problem);
      await run("readwrite", (store) => now.map((one) => store.delete(one.number)).at(-1));
      left = left.slice(now.length);
      if (left.length === 0) left = await this.waiting();
      this.onChange(left.length + this.writing, problem, first);
    }
  }

  failed(left, problem) {
    if (problem.status !== 401) setTimeout(() => this.send(), RETRY_MS); // an ended session waits for the next log-in
    this.onChange(left, problem, null);
  }
}

/** An answer that would be the same next time: trying again would only hold up the others. */
const isRefused = (problem) => problem instanceof RequestError && problem.status >= 400 && problem.status < 500 && ![401, 408, 429].includes(problem.status);

/** What is sent next: views that follow each other go together. */
function nextOf(entries) {
  const other = entries.findIndex((one) => one.what !== "view");
  return other === 0 ? entries.slice(0, 1) : entries.slice(0, other < 0 ? MOST_VIEWS : Math.min(other, MOST_VIEWS));
}

function deliver(entries) {
  const [{ what, id, disposition, records, note, body }] = entries;
  if (what === "view") return postJson("/v1/views", { records: entries.map((one) => one.record) });
  if (what === "undo") return deleteJson(`/v1/decisions/${id}`);
  if (what === "assign") return postJson("/v1/assignments", { id, ...body });
  return postJson("/v1/decisions", { id, disposition, records, note });
}
