// As little of what harms as the work needs: what is never shown, what is warned of, and a gentle limit on pictures.

import { getJson } from "../server.js";

const ASK_AGAIN = 20; // pictures after the limit until it is said again

/** Whether a capture holds a picture out of a set of known ones: such a picture is never shown, small or large. */
export const isKnownPicture = (meta) => meta.findings.some((one) => one.term === "known picture" && /^(pdq|phash)\b/.test(one.rule));

/** What a picture may show, in words: the classes of its findings, the most severe first. */
export function classesOf(meta) {
  const sorted = [...meta.findings].sort((a, b) => b.severity - a.severity);
  return [...new Set(sorted.map((one) => one.category.replaceAll("-", " ")))].slice(0, 3);
}

/** Counts the pictures that this officer opens; the server keeps the count, this only knows when to suggest a break. */
export class Exposure {
  constructor() {
    this.load = null;
    this.next = 0;
  }

  async begin() {
    this.load = await getJson("/v1/load/own");
    this.next = this.load.gentle_limit;
  }

  get today() {
    return this.load?.today ?? 0;
  }

  /** A picture was opened; returns whether it is time to suggest a break. */
  count(pictures) {
    if (this.load === null) return false;
    this.load.today += pictures;
    if (this.load.today < this.next) return false;
    this.next = this.load.today + ASK_AGAIN;
    return true;
  }
}
