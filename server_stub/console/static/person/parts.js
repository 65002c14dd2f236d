// What more than one page of a person takes out of an opened life.

import { explainGaps } from "./gaps.js";
import { hourOf } from "./use.js";
import { count } from "./words.js";

/** What the hours' table is made of. */
export function heatOf(life) {
  const captures = new Map();
  for (const { begin, captures: number } of life.timeline.captures) {
    const hour = hourOf(Date.parse(begin));
    captures.set(hour, (captures.get(hour) ?? 0) + number);
  }
  return { hours: life.hours, captures, alive: new Set(life.timeline.alive.map((one) => hourOf(Date.parse(one.begin)))) };
}

/** What is to be known of one device's silences. */
export function gapsOf(life, device) {
  const mine = (one) => one.device === device;
  return explainGaps({
    coverage: life.coverage.filter(mine),
    events: life.events.filter(mine),
    records: life.timeline.records.filter(mine),
    absences: life.person.absences,
    now: life.now,
  });
}

/** What a life was not opened of, in sentences: nobody is to take the rest for all. */
export function leftOut({ problems, timeline, unopened }) {
  const words = [];
  if (problems > 0) words.push(`${count(problems, "record")} could not be opened with your keys or did not verify.`);
  if (timeline.more) words.push("There are older records of this time that were left out.");
  if (unopened > 0) words.push(`The words of ${count(unopened, "older capture")} were not opened.`);
  return words;
}
