// The words of the captures that were opened here, for search, ranking and what is like what. In memory as the text that
// was sealed; kept over a reload only as ciphertext, under a key of this log-in that goes with it at log-out.

import { decryptWith, encryptWith } from "./log-in-key.js";

const NAME = "overt-index";
const STORES = ["chunks", "person"]; // what the desk opened; what a person's page opened beside captures
const KEEP_EVERY = 256; // records in one stored piece

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      for (const name of STORES) if (!request.result.objectStoreNames.contains(name)) request.result.createObjectStore(name, { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run(name, mode, action) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = action(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Forget every word, in this browser's storage too. */
export const wipe = () => Promise.all(STORES.map((name) => run(name, "readwrite", (store) => store.clear())));

export class CaseIndex {
  constructor(key, store = STORES[0]) {
    this.key = key;
    this.store = store;
    this.texts = new Map(); // name -> the sealed JSON as text
    this.byTerm = new Map(); // library/term -> names
    this.fresh = [];
  }

  /** Take back what was kept before a reload. */
  async restore() {
    for (const chunk of await run(this.store, "readonly", (store) => store.getAll())) {
      const text = await decryptWith(this.key, chunk);
      if (text === null) return wipe(); // another log-in's
      for (const [name, words] of JSON.parse(text)) this.set(name, words);
    }
  }

  set(name, text, words = JSON.parse(text)) {
    this.texts.set(name, text);
    for (const term of new Set((words.findings ?? []).map((one) => `${one.library_id}/${one.term_id}`))) {
      if (!this.byTerm.has(term)) this.byTerm.set(term, []);
      this.byTerm.get(term).push(name);
    }
  }

  get size() {
    return this.texts.size;
  }

  has(name) {
    return this.texts.has(name);
  }

  /** The words of a record as an object, undefined where it was not opened here. */
  get(name) {
    const text = this.texts.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** The names of the records in which a term fired, in the order in which they were opened. */
  withTerm(term) {
    return this.byTerm.get(term) ?? [];
  }

  /** Take the words of a record; they were checked. */
  add(name, words) {
    if (this.texts.has(name)) return;
    const text = JSON.stringify(words);
    this.set(name, text, words);
    this.fresh.push([name, text]);
    if (this.fresh.length >= KEEP_EVERY) this.keep();
  }

  /** Put what is new into storage, as ciphertext. */
  async keep() {
    const some = this.fresh.splice(0);
    if (some.length === 0) return;
    const chunk = await encryptWith(this.key, JSON.stringify(some));
    await run(this.store, "readwrite", (store) => store.add(chunk)).catch(() => {}); // a full disk costs a slower reload, no more
  }
}
