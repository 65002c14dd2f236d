// Use of a device hour by hour, out of opened coverage records: what each second was, added up by the officer's own clock.
// evidence/SPEC.md 5.1 has the form: columns of runs [how often, seconds], one number for each minute of the UTC clock.

const MINUTE = 60_000;
const NIGHT = { from: 23, until: 5 };

/** The beginning of the local hour that a moment lies in, as a number. */
export const hourOf = (moment) => new Date(moment).setMinutes(0, 0, 0);

/** The beginning of the local day that a moment lies in, as a number. */
export const dayOf = (moment) => new Date(moment).setHours(0, 0, 0, 0);

/** The beginning of the day so many days later (or earlier), also over a change of the clocks. */
export function addDays(day, number) {
  const moved = new Date(day);
  moved.setDate(moved.getDate() + number);
  return moved.getTime();
}

export const isNight = (moment) => {
  const hour = new Date(moment).getHours();
  return hour >= NIGHT.from || hour < NIGHT.until;
};

const blank = () => ({ states: {}, reasons: {}, unexplained: 0, covered: 0 });

function* expand(runs) {
  for (const [times, seconds] of runs) for (let number = 0; number < times; number += 1) yield seconds;
}

/** Minutes of a record: [{ at, length, states, reasons }], the last two in seconds. */
export function minutesOf({ since, until, states, reasons }) {
  const [begin, end] = [Date.parse(since), Date.parse(until)];
  const first = Math.floor(begin / MINUTE) * MINUTE;
  const minutes = [];
  for (let at = first; at < end; at += MINUTE) {
    const length = Math.ceil((Math.min(end, at + MINUTE) - Math.max(begin, at)) / 1000);
    minutes.push({ at, length, states: {}, reasons: {} });
  }
  for (const [name, columns] of Object.entries({ states, reasons })) {
    for (const [column, runs] of Object.entries(columns)) {
      let index = 0;
      for (const seconds of expand(runs)) {
        if (seconds > 0 && index < minutes.length) minutes[index][name][column] = seconds;
        index += 1;
      }
    }
  }
  return minutes;
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
const addTo = (sums, more) => Object.entries(more).forEach(([name, seconds]) => (sums[name] = (sums[name] ?? 0) + seconds));

/** Sums for every local hour that some record covers: Map hour → { states, reasons, unexplained, covered } in seconds. */
export function useByHour(records) {
  const hours = new Map();
  for (const record of records) {
    for (const { at, length, states, reasons } of minutesOf(record)) {
      const hour = hourOf(at);
      if (!hours.has(hour)) hours.set(hour, blank());
      const sums = hours.get(hour);
      addTo(sums.states, states);
      addTo(sums.reasons, reasons);
      sums.covered += length;
      sums.unexplained += Math.max(0, length - sum(Object.values(states)));
    }
  }
  return hours;
}

/** Seconds in use: what could be watched, and what could not. */
export const inUse = ({ states }) => (states.watched ?? 0) + (states.unwatched ?? 0);

/** Add hours up: all of a day, a week, or whatever `hours` yields. */
export function total(hours) {
  const all = blank();
  for (const one of hours) {
    addTo(all.states, one.states);
    addTo(all.reasons, one.reasons);
    all.unexplained += one.unexplained;
    all.covered += one.covered;
  }
  return all;
}

/** The hours of [from, until) that are known. */
export const between = (hours, from, until) => [...hours].filter(([hour]) => hour >= from && hour < until).map(([, one]) => one);

/** The same, only those at night. */
export const atNight = (hours, from, until) =>
  [...hours].filter(([hour]) => hour >= from && hour < until && isNight(hour)).map(([, one]) => one);
