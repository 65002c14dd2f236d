// The times in which a device told nothing, or was not used, each with what the opened records say of it: switched off,
// without a network, ended from outside, stopped in order, noted as away; and what nobody can tell, as that.

import { minutesOf } from "./use.js";
import { count, spellDuration, spellMoment } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATE = 15 * MINUTE; // as evidence/silence.py has it
const LEAST = { off: 2 * HOUR, stopped: 2 * HOUR, killed: 2 * MINUTE, unexplained: 10 * MINUTE, silent: 30 * MINUTE };
const USUAL_SHARE = 0.9;
const BEYOND = 1.5;
const NEAR = 15 * MINUTE; // how near an event must stand to be evidence

const CLASSES = { off: "off", asleep: "off", stopped: "stopped", down: "killed", suspended: "killed" };

export const TITLES = {
  off: "Switched off, longer than usual",
  stopped: "Agent stopped in order, longer than usual",
  killed: "Agent ended or held still from outside",
  unexplained: "Unexplained: the device knows of no reason",
  silent: "No record at all",
  offline: "Without a network: recorded, and delivered later",
  away: "Noted as away",
};

/** What a minute was: a class above, "there" where the device was on and watched over, or "unexplained". */
function classOf({ states, length }) {
  const [name, seconds] = Object.entries(states).sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
  if (seconds * 2 < length) return "unexplained";
  return CLASSES[name] ?? "there";
}

/** Runs of minutes of one class, oldest first: [{ kind, from, until }]; between records without one: "silent". */
export function stretches(coverage, now) {
  const found = [];
  const put = (kind, from, until) => {
    const last = found.at(-1);
    if (last !== undefined && last.kind === kind && from <= last.until + MINUTE) last.until = Math.max(last.until, until);
    else if (until > from) found.push({ kind, from, until });
  };
  for (const record of [...coverage].sort((a, b) => Date.parse(a.since) - Date.parse(b.since))) {
    const since = Date.parse(record.since);
    const end = found.at(-1)?.until;
    if (end !== undefined && since - end > MINUTE) put("silent", end, since);
    for (const minute of minutesOf(record)) put(classOf(minute), Math.max(minute.at, since), minute.at + MINUTE);
  }
  const end = found.at(-1)?.until;
  if (end !== undefined && now - end > MINUTE) put("silent", end, now);
  return found;
}

/** The length that nine in ten are not longer than; null where there is none. */
export function usualLength(lengths) {
  if (lengths.length === 0) return null;
  return [...lengths].sort((a, b) => a - b)[Math.max(0, Math.ceil(lengths.length * USUAL_SHARE) - 1)];
}

/**
 * What an officer should know of one device's silences, newest first: [{ kind, title, from, until, evidence: [sentences] }],
 * and how many ordinary ones were left out: { told, ordinary, usual }. `events`: [{ event, text, at }]; `records`:
 * [{ recorded_at, received_at }]; `absences`: [{ since, until }].
 */
export function explainGaps({ coverage, events, records, absences, now }) {
  const all = stretches(coverage, now);
  const quiet = all.filter((one) => ["off", "stopped"].includes(one.kind) && one.until - one.from >= LEAST.off);
  const usual = usualLength(quiet.filter((one) => !isAway(one, absences)).map((one) => one.until - one.from));
  const told = all.filter((one) => isTold(one, usual, now)).map((one) => explain(one, { events, absences, usual, now }));
  const found = [...told, ...offline(records)].sort((a, b) => b.from - a.from);
  return { told: found, ordinary: quiet.filter((one) => !isTold(one, usual, now)).length, usual };
}

function isTold({ kind, from, until }, usual, now) {
  if (kind === "there" || until - from < LEAST[kind]) return false;
  const mayBeOrdinary = ["off", "stopped"].includes(kind) || (kind === "silent" && until >= now - MINUTE); // the present one too
  return !mayBeOrdinary || usual === null || until - from > BEYOND * usual;
}

const isAway = ({ from, until }, absences) => absences.find((one) => Date.parse(one.since) < until && Date.parse(one.until) > from);

function explain({ kind, from, until }, { events, absences, usual, now }) {
  const evidence = [`It lasted ${spellDuration((until - from) / 1000)}${usual === null || kind === "killed" ? "" : `; nine in ten ordinary silences last at most ${spellDuration(usual / 1000)}`}.`];
  const before = events.filter((one) => Math.abs(one.at - from) <= NEAR).at(-1);
  const after = events.find((one) => one.at >= until - MINUTE && one.at <= until + NEAR && one.event === "agent-cut-off");
  if (before !== undefined && kind !== "killed") evidence.push(`At its beginning the device recorded: ${before.event.replaceAll("-", " ")}. ${before.text}`.trim());
  if (after !== undefined) evidence.push(`At its end the device recorded: ${after.text}`);
  const away = isAway({ from, until }, absences);
  if (away !== undefined) {
    evidence.push(`An officer noted that the person is away from ${spellMoment(away.since)} to ${spellMoment(away.until)}.`);
    return { kind: "away", title: TITLES.away, from, until, evidence };
  }
  if (kind === "off") evidence.push("The device's own coverage says that the system was off or asleep.");
  if (kind === "killed") evidence.push("The system ran, and the agent did not: its coverage says so.");
  if (kind === "unexplained") evidence.push("Cannot tell: a power cut, a clock that was set, or something else.");
  if (kind === "silent") evidence.push(silentWords(until >= now - MINUTE, before));
  return { kind, title: TITLES[kind], from, until, evidence };
}

function silentWords(goesOn, before) {
  if (!goesOn) return "Cannot tell: the records of this time never came, or were destroyed.";
  if (before?.event === "agent-stopped") return "It ended in order, as when a device is switched off. What happens since then it will tell at its return.";
  return "Cannot tell yet: killed, a power cut, or no network. What it records at its return will tell.";
}

/** Times in which records were made that arrived late, one for each stretch of them. */
export function offline(records) {
  const late = records
    .map((one) => ({ made: Date.parse(one.recorded_at), received: Date.parse(one.received_at) }))
    .filter((one) => one.received - one.made > LATE)
    .sort((a, b) => a.made - b.made);
  const found = [];
  for (const { made, received } of late) {
    const last = found.at(-1);
    if (last !== undefined && made - last.until <= HOUR) Object.assign(last, { until: made, received: Math.max(last.received, received), number: last.number + 1 });
    else found.push({ from: made, until: made, received, number: 1 });
  }
  return found
    .filter((one) => one.number > 1)
    .map(({ from, until, received, number }) => ({
      kind: "offline",
      title: TITLES.offline,
      from,
      until,
      evidence: [`${count(number, "record")} of this time arrived later, the last on ${spellMoment(received)}: the device was on and could not reach the server.`],
    }));
}
