// Earlier decisions on like captures: same term and much the same words, among those that were opened here.

import { termKey } from "./risk.js";

const MOST = 5;
const LEAST = 0.2; // less in common is no likeness
const LOOKED_AT = 200; // the newest decided captures of the same terms
const WORD = /[\p{L}\p{N}]{2,}/gu;

/**
 * The decided captures most like one: [{ row, meta, disposition, alike }], `alike` from 0 to 1, the most alike first.
 * `index` holds the opened words, `byName` the rows by name; `dispositionOf(row)` is null while a row is undecided.
 */
export function likeCaptures(row, meta, { index, byName, dispositionOf }) {
  const words = wordsNear(meta);
  const found = decidedWith(new Set(meta.findings.map(termKey)), row, index, byName, dispositionOf).map((one) => {
    const its = index.get(one.name);
    return { ...one, meta: its, alike: shareOf(words, wordsNear(its)) };
  });
  const like = found.filter((one) => one.alike >= LEAST);
  return like.sort((a, b) => b.alike - a.alike || b.row.last - a.row.last).slice(0, MOST);
}

function decidedWith(terms, row, index, byName, dispositionOf) {
  const names = new Set([...terms].flatMap((term) => index.withTerm(term)));
  const found = [];
  for (const name of names) {
    const other = byName.get(name);
    const disposition = other === undefined || other === row ? null : dispositionOf(other);
    if (disposition !== null) found.push({ name, row: other, disposition });
  }
  return found.sort((a, b) => b.row.last - a.row.last).slice(0, LOOKED_AT);
}

/** The words of the text and the title; the text of a capture is what stood around the match already. */
const wordsNear = (meta) => new Set(`${meta.title ?? ""} ${meta.text.slice(0, 600)}`.toLowerCase().match(WORD) ?? []);

/** Words in both, of the words in either (Jaccard's index). */
function shareOf(a, b) {
  const both = [...a].filter((word) => b.has(word)).length;
  return both === 0 ? 0 : both / (a.size + b.size - both);
}
