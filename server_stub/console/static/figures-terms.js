// False alarms by term, counted in the browser that can open the captures. The same rule as the server's figures: a
// number to which fewer people contribute than the page tells is not shown. No totals stand beside these, so nothing is
// subtracted.

import { CaseIndex } from "./case-index.js";
import { Opened } from "./review/opened.js";
import { fetchRows } from "./review/queue-pages.js";
import { nameOf } from "./review/rows.js";
import { Standing } from "./review/standing.js";

export const TERM_COLUMNS = ["Term", "Decided captures", "False alarms", "Share"];

/** Open what was decided in the officer's cases and was seen in a month (2026-11), and count it: { terms, leftOut }. */
export async function countTerms(session, { month, least }, told) {
  const standing = new Standing();
  const [all] = await Promise.all([fetchRows("all"), standing.load()]);
  const rows = all.filter((row) => standing.of(row) !== null && monthOf(row) === month);
  const words = new CaseIndex(session.logInKey);
  await words.restore();
  await new Opened(session, words).openWords(rows, "open-to-count", told);
  const known = rows.filter((row) => words.has(nameOf(row)));
  return shareByTerm(known.map((row) => ({ case: row.case, captures: row.captures - row.left, disposition: standing.of(row).disposition, meta: words.get(nameOf(row)) })), least);
}

const monthOf = (row) => new Date(row.last * 1000).toISOString().slice(0, 7);

/** [{ case, captures, disposition, meta }] to { terms: [{ term, decided, falseAlarms, share }], leftOut }. Pure. */
export function shareByTerm(groups, least) {
  const byTerm = new Map();
  for (const group of groups) for (const term of new Set(group.meta.findings.map((one) => `${one.library_id}: ${one.term}`))) count(byTerm, term, group);
  const all = [...byTerm].map(([term, sides]) => ({ term, ...sides }));
  const enough = ({ captures, people }) => captures === 0 || people.size >= least;
  const terms = all.filter(({ wrong, right }) => enough(wrong) && enough(right)).map(spelled);
  return { terms: terms.sort((a, b) => b.falseAlarms - a.falseAlarms || a.term.localeCompare(b.term)), leftOut: all.length - terms.length };
}

function count(byTerm, term, { case: person, captures, disposition }) {
  if (!byTerm.has(term)) byTerm.set(term, { wrong: { captures: 0, people: new Set() }, right: { captures: 0, people: new Set() } });
  const side = byTerm.get(term)[disposition === "false-alarm" ? "wrong" : "right"];
  side.captures += captures;
  side.people.add(person);
}

function spelled({ term, wrong, right }) {
  const decided = wrong.captures + right.captures;
  return { term, decided, falseAlarms: wrong.captures, share: (100 * wrong.captures) / decided };
}

/** A file for a spreadsheet; a term that looks like a formula is made harmless (CWE-1236). */
export function spellTermsCsv(month, terms) {
  const lines = terms.map(({ term, decided, falseAlarms, share }) => [month, quoted(term), decided, falseAlarms, share.toFixed(1)].join(","));
  return ["month,term,decided,false_alarms,share_percent", ...lines].map((line) => `${line}\r\n`).join("");
}

const quoted = (text) => `"${(/^[=+\-@\t\r]/u.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
