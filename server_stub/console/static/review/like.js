// Earlier decisions on like captures: same term and much the same words, among those that were opened here.

import { nameOf } from "./rows.js";
import { termKey } from "./risk.js";

const MOST = 5;
const WORD = /[\p{L}\p{N}]{2,}/gu;

/** The decided captures most like one: [{ row, meta, disposition, alike }], `alike` from 0 to 1, the most alike first. */
export function likeCaptures(row, meta, rows, opened, dispositionOf) {
  const terms = new Set(meta.findings.map(termKey));
  const words = wordsNear(meta);
  const found = [];
  for (const other of rows) {
    const disposition = other === row ? null : dispositionOf(other);
    const its = disposition === null ? undefined : opened.meta(nameOf(other));
    if (its === undefined || !its.findings.some((one) => terms.has(termKey(one)))) continue;
    found.push({ row: other, meta: its, disposition, alike: shareOf(words, wordsNear(its)) });
  }
  return found.sort((a, b) => b.alike - a.alike || b.row.last - a.row.last).slice(0, MOST);
}

/** The words of the text and the title; the text of a capture is what stood around the match already. */
const wordsNear = (meta) => new Set(`${meta.title ?? ""} ${meta.text.slice(0, 600)}`.toLowerCase().match(WORD) ?? []);

/** Words in both, of the words in either (Jaccard's index). */
function shareOf(a, b) {
  const both = [...a].filter((word) => b.has(word)).length;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}
