// A table of days and hours: the darker, the longer in use; numbers are captures. It is its own text for a screen reader.

import { make } from "../dom.js";
import { addDays, inUse } from "./use.js";
import { count, spellDay, spellDuration } from "./words.js";

const HOURS = 24;
const LEVELS = [0, 900, 1800, 2700]; // seconds from which the next darker shade begins

const levelOf = (seconds) => LEVELS.filter((one) => seconds > one).length;

/**
 * Fill a table with the days [from, until), the newest on top. `hours`: opened use; `captures`: Map hour → how many;
 * `alive`: hours in which there was a heartbeat.
 */
export function fillHeat(table, { hours, captures, alive }, from, until) {
  const heads = Array.from({ length: HOURS }, (_, hour) => make("th", { scope: "col", text: String(hour).padStart(2, "0") }));
  table.tHead.replaceChildren(make("tr", {}, make("th", { scope: "col" }, make("span", { className: "hidden-label", text: "Day" })), ...heads));
  const rows = [];
  for (let day = addDays(until, -1); day >= from; day = addDays(day, -1)) rows.push(dayRow(day, { hours, captures, alive }));
  table.tBodies[0].replaceChildren(...rows);
}

function dayRow(day, life) {
  const cells = Array.from({ length: HOURS }, (_, hour) => cell(new Date(day).setHours(hour, 0, 0, 0), life));
  const row = make("tr", {}, make("th", { scope: "row", text: spellDay(day) }), ...cells);
  row.dataset.weekend = [0, 6].includes(new Date(day).getDay());
  return row;
}

function cell(hour, { hours, captures, alive }) {
  const known = hours.get(hour);
  const seconds = known === undefined ? 0 : inUse(known);
  const number = captures.get(hour) ?? 0;
  const made = make("td", {});
  made.dataset.level = levelOf(seconds);
  const mark = number > 0 ? String(number) : markOf(known, seconds, alive.has(hour));
  const said = [wordsOf(known, seconds, alive.has(hour)), number > 0 ? count(number, "capture") : ""].filter(Boolean).join(", ");
  if (number > 0) made.dataset.captures = number;
  made.append(make("span", { text: mark, ariaHidden: "true" }), make("span", { className: "hidden-label", text: said }));
  if (said !== "") made.title = said;
  return made;
}

function markOf(known, seconds, alive) {
  if (seconds > 0) return "";
  if (known !== undefined && (known.states.idle ?? 0) > 0) return "·";
  return alive && known === undefined ? "–" : "";
}

function wordsOf(known, seconds, alive) {
  if (seconds > 0) return `${spellDuration(seconds)} in use`;
  if (known !== undefined && (known.states.idle ?? 0) > 0) return "on, not used";
  return alive && known === undefined ? "on, use not known" : "";
}
