// Library fixes that a false alarm suggests, each measured on the captures that were opened here. Pure: it proposes, and
// somebody who may change libraries decides.

export const CONFIRMED = ["intelligence", "concern", "breach"];
const WORD = /[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu;

/** The fixes that could have kept this finding away: { kind, scope, words, toml, removes(meta) }. */
export function candidates(meta, finding) {
  return [...phrasesAround(meta.text, finding).map((phrase) => allow(finding, phrase)), quieter(finding), drop(finding)];
}

function allow(finding, phrase) {
  return {
    kind: "allow",
    scope: "everyone",
    words: `Never fire inside “${phrase}”`,
    toml: `# libraries/${finding.library_id}.toml, in the term ${finding.term_id}: add to its list\nallow = [${quote(phrase)}]\nmiss = [${quote(phrase)}]\n`,
    removes: (meta, one) => sameTerm(one, finding) && standsIn(meta.text, one, phrase),
  };
}

function quieter(finding) {
  return {
    kind: "severity",
    scope: "this person",
    words: `Only count “${finding.term}”, without a capture`,
    toml: `[[change]]\nlibrary = ${quote(finding.library_id)}\nterm = ${quote(finding.term_id)}\nseverity = 1\nwhy = "False alarms at review."\n`,
    removes: (_meta, one) => sameTerm(one, finding),
  };
}

function drop(finding) {
  return {
    kind: "drop",
    scope: "this person",
    words: `Do not look for “${finding.term}” at all`,
    toml: `[[drop]]\nlibrary = ${quote(finding.library_id)}\nterm = ${quote(finding.term_id)}\nwhy = "False alarms at review."\n`,
    removes: (_meta, one) => sameTerm(one, finding),
  };
}

const sameTerm = (a, b) => a.library_id === b.library_id && a.term_id === b.term_id;
const quote = (text) => JSON.stringify(text);

/** What a fix would have changed, over [{ meta, disposition }] of groups: one goes only where every finding of it goes. */
export function effect(fix, captures) {
  const sum = { looked: 0, removed: 0, falseAlarms: 0, lost: 0, undecided: 0 };
  for (const { meta, disposition } of captures) {
    sum.looked += 1;
    if (!meta.findings.every((one) => fix.removes(meta, one))) continue;
    sum.removed += 1;
    if (disposition === null) sum.undecided += 1;
    if (disposition === "false-alarm" || disposition === "no-concern") sum.falseAlarms += 1;
    if (CONFIRMED.includes(disposition)) sum.lost += 1;
  }
  return sum;
}

/** "removes 412 of 1,290 groups, 398 of them decided harmless; would have lost 1 confirmed" */
export function spellEffect({ looked, removed, falseAlarms, lost, undecided }) {
  const number = (value) => value.toLocaleString("en-GB");
  const harmless = falseAlarms === 0 ? "" : `, ${number(falseAlarms)} of them decided harmless`;
  const open = undecided === 0 ? "" : `, ${number(undecided)} undecided`;
  const cost = lost === 0 ? "would have lost none that was confirmed" : `would have lost ${number(lost)} confirmed`;
  return `removes ${number(removed)} of ${number(looked)} groups${harmless}${open}; ${cost}`;
}

/** The matched words with the word before, the word after, and both. */
export function phrasesAround(text, { start, end }) {
  const letters = Array.from(text);
  const line = { before: letters.slice(0, start).join(""), matched: letters.slice(start, end).join(""), after: letters.slice(end).join("") };
  const before = [...line.before.split(/[\n.!?;:]/).at(-1).matchAll(WORD)].at(-1)?.[0];
  const after = line.after.split(/[\n.!?;:]/)[0].match(WORD)?.[0];
  const matched = line.matched.trim();
  if (matched === "") return [];
  const phrases = [];
  if (before !== undefined) phrases.push(`${before} ${matched}`);
  if (after !== undefined) phrases.push(`${matched} ${after}`);
  if (before !== undefined && after !== undefined) phrases.push(`${before} ${matched} ${after}`);
  return phrases.map((one) => one.toLowerCase());
}

/** Whether a match stands inside a phrase, whatever the letter case and the spaces. */
function standsIn(text, { start, end }, phrase) {
  const letters = Array.from(text);
  const reach = phrase.length + 8;
  const around = letters.slice(Math.max(0, start - reach), end + reach).join("").toLowerCase().replace(/\s+/g, " ");
  return wordsOf(around).includes(wordsOf(phrase));
}

const wordsOf = (text) => ` ${(text.toLowerCase().match(WORD) ?? []).join(" ")} `;
