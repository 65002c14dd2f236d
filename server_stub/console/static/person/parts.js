// What more than one page of a person takes out of an opened life.

import { explainGaps } from "./gaps.js";
import { hourOf } from "./use.js";

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
