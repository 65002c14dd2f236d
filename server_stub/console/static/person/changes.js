// What changed in the last seven days against the four weeks before, one measure at a time, the good with the bad.
// A change is only said where the week lies outside of all four weeks before it, and by enough to matter.

import { addDays, atNight, between, inUse, isNight, total } from "./use.js";

export const WEEKS = 4;
const LEAST_KNOWN = 4; // days of a week on which the device was heard of; with fewer the week tells nothing
const ENOUGH = 0.25; // a change smaller than this share of the usual is none; counts vary by their square root besides (Poisson)
const DROP = 0.4; // as evidence/silence.py has it
const LEAST_USUAL = 3600; // seconds a day, below which nothing can drop sharply

const hours = (seconds) => `${(seconds / 3600).toFixed(1)} h`;
const plain = (number) => number.toLocaleString("en-GB", { maximumFractionDigits: 1 });
const percent = (share) => `${Math.round(share * 100)} %`;

// `good`: which direction is good news; "" where it is neither. `least`: a smaller difference is none.
const MEASURES = [
  { id: "use", name: "Use a day", good: "", least: 900, spell: hours, of: (week) => week.use / 7 },
  { id: "night", name: "Use at night, 23:00 to 05:00, in the week", good: "less", least: 1800, spell: hours, of: (week) => week.night },
  { id: "captures", name: "Captures", counts: true, good: "less", least: 3, spell: plain, of: (week) => week.captures.length },
  { id: "severe", name: "Captures of severity 4 and 5", counts: true, good: "less", least: 1, spell: plain, of: (week) => week.captures.filter((one) => one.severity >= 4).length },
  { id: "late", name: "Captures at night", counts: true, good: "less", least: 2, spell: plain, of: (week) => week.captures.filter((one) => isNight(one.at)).length },
  { id: "typed", name: "Captures of words that were typed or pasted", counts: true, good: "less", least: 2, spell: plain, of: (week) => week.captures.filter((one) => ["typed", "pasted"].includes(one.provenance)).length },
  { id: "staff", name: "Staff-safety hits", counts: true, good: "less", least: 1, spell: plain, of: (week) => week.captures.filter((one) => one.staff).length },
  { id: "evasion", name: "Signs of evasion", counts: true, good: "less", least: 1, spell: plain, of: (week) => week.evasion },
  { id: "watched", name: "Share of use that could be watched", good: "more", share: true, least: 0.03, spell: percent, of: (week) => (week.use === 0 ? null : week.watched / week.use) },
];

/** Sums of the seven days that begin at `from`. `known`: days of these of which anything is known. */
export function sumWeek({ hours: all, captures, evasion }, from) {
  const until = addDays(from, 7);
  const sums = total(between(all, from, until));
  const known = new Set([...all.keys()].filter((hour) => hour >= from && hour < until).map((hour) => new Date(hour).toDateString()));
  const inside = (at) => at >= from && at < until;
  return {
    from,
    until,
    known: known.size,
    use: inUse(sums),
    watched: sums.states.watched ?? 0,
    night: inUse(total(atNight(all, from, until))),
    captures: captures.filter((one) => inside(one.at)),
    evasion: evasion.filter(inside).length,
    sums,
  };
}

/**
 * Compare the seven days before `today` (a local midnight) with the four weeks before them. `life`: { hours, captures:
 * [{ at, severity, provenance, staff }], evasion: [moments] }. Returns { week, before, changes }; a change is
 * { id, name, now, usual, direction: "more" | "less" | "same" | "unknown", good: true | false | null, words }.
 */
export function compareWeeks(life, today) {
  const week = sumWeek(life, addDays(today, -7));
  const before = Array.from({ length: WEEKS }, (_, number) => sumWeek(life, addDays(today, -7 * (number + 2)))).reverse();
  const changes = MEASURES.map((one) => change(one, week, before));
  const fell = changes.find((one) => one.id === "use").direction === "less";
  return { week, before, changes: fell ? changes.map((one, index) => qualify(one, MEASURES[index], week, before)) : changes };
}

/** Fewer captures are no good news by themselves where use fell as well: then an hour of use must have fewer, too. */
function qualify(found, measure, week, before) {
  if (!measure.counts || found.direction !== "less") return found;
  const rate = (one) => (one.use === 0 ? Infinity : measure.of(one) / one.use);
  if (rate(week) < Math.min(...before.map(rate))) return found;
  return { ...found, good: null, words: `${found.words}; but use fell as well, and an hour of use has as many as before` };
}

/** A week of which too little is known can have more of something than others, as far as is known; never less, nor a share. */
const tellsNothing = (week, direction, { share = false }) => week.known < LEAST_KNOWN && (share || direction !== "more");

function change(measure, week, before) {
  const now = measure.of(week);
  const told = before.filter((one) => one.known >= LEAST_KNOWN).map(measure.of).filter((one) => one !== null);
  const values = before.map((one) => (one.known >= LEAST_KNOWN ? measure.of(one) : null));
  const found = { id: measure.id, name: measure.name, now: now === null ? "–" : measure.spell(now), value: now, values, weeks: values.map((one) => (one === null ? "–" : measure.spell(one))) };
  const unknown = (words) => ({ ...found, direction: "unknown", good: null, words: `too little is known: ${words}`, short: "too little known" });
  if (now === null || told.length < WEEKS) return unknown(`${told.length} of the ${WEEKS} weeks before`);
  const direction = directionOf(now, told, measure);
  if (tellsNothing(week, direction, measure)) return unknown(`${week.known} of these seven days`);
  const good = direction === "same" || measure.good === "" ? null : direction === measure.good;
  return { ...found, direction, good, words: spellChange(direction, told, measure), short: spellShort(direction, told, measure) };
}

function directionOf(now, told, { least, counts = false, share = false }) {
  const mean = told.reduce((all, one) => all + one, 0) / told.length;
  const needed = Math.max(least, share ? 0 : ENOUGH * mean, counts ? Math.sqrt(mean) : 0);
  const enough = Math.abs(now - mean) >= needed;
  if (now > Math.max(...told) && enough) return "more";
  if (now < Math.min(...told) && enough) return "less";
  return "same";
}

function spellRange(told, { spell }) {
  const [low, high] = [spell(Math.min(...told)), spell(Math.max(...told))];
  return low === high ? low : `${low} to ${high}`;
}

const spellShort = (direction, told, measure) => `${{ same: "as before", more: "more", less: "less" }[direction]} (${spellRange(told, measure)})`;

function spellChange(direction, told, measure) {
  const range = spellRange(told, measure);
  if (direction === "same") return `as in the weeks before (${range})`;
  return `${direction} than in any of the four weeks before (${range})`;
}

/** Whether use dropped so sharply that there may be a second device: { now, usual } in seconds a day; null where it did not. */
export function sharpDrop({ week, before }) {
  const told = before.filter((one) => one.known >= LEAST_KNOWN);
  if (told.length < WEEKS || week.known < LEAST_KNOWN) return null;
  const usual = told.reduce((all, one) => all + one.use, 0) / (7 * told.length);
  const now = week.use / 7;
  return usual >= LEAST_USUAL && now <= DROP * usual ? { now, usual } : null;
}
