// Search in the words of captures. Everything is opened here, kept in memory only, and gone with the page.

import { nameOf } from "./cache.js";

const TOLD_EVERY = 200;

export class Search {
  constructor(opened, tell) {
    this.opened = opened;
    this.tell = tell;
    this.texts = new Map();
  }

  /** The rows whose words hold every word that is looked for. */
  async find(words, rows) {
    await this.index(rows);
    const wanted = words.toLowerCase().split(/\s+/);
    return rows.filter((row) => {
      const text = this.texts.get(nameOf(row)) ?? "";
      return wanted.every((word) => text.includes(word));
    });
  }

  async index(rows) {
    const missing = rows.filter((row) => !this.texts.has(nameOf(row)));
    for (let at = 0; at < missing.length; at += TOLD_EVERY) {
      if (missing.length > TOLD_EVERY) this.tell(`Opening ${at} of ${missing.length} captures for the search …`);
      await this.opened.wordsOf(missing.slice(at, at + TOLD_EVERY), (row, meta) => {
        this.texts.set(nameOf(row), [meta.why, meta.text, meta.title, meta.app, meta.url].filter(Boolean).join("\n").toLowerCase());
      });
    }
    if (missing.length > TOLD_EVERY) this.tell("");
  }
}
