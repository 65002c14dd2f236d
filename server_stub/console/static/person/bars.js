// Small drawings in SVG: use and captures day by day, and one measure over five weeks. Shapes differ, not only colours.

import { addDays, atNight, between, inUse, total } from "./use.js";
import { count, spellDay, spellDuration } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const HEIGHT = 190;
const FOOT = 34; // room for the names of the days
const HEAD = 26; // room for the captures' numbers
const LEFT = 34;

function draw(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Bars of use with their part at night, and captures above them. `days`: [{ day, use, night, captures, severe }]. */
export function drawDays(days) {
  const most = Math.max(3600, ...days.map((one) => one.use));
  const scale = (HEIGHT - FOOT - HEAD) / most;
  const step = (WIDTH - LEFT) / days.length;
  const label = `Use and captures on ${days.length} days: ${days.map(spellOne).join("; ")}`;
  const picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "days" });
  picture.append(...axis(most, scale), ...days.flatMap((one, index) => dayShapes(one, LEFT + index * step, step, scale)));
  return picture;
}

const spellOne = ({ day, use, captures }) => `${spellDay(day)} ${spellDuration(use)}, ${count(captures, "capture")}`;

function axis(most, scale) {
  const hours = Math.max(1, Math.ceil(most / 3600 / 3));
  const lines = [];
  for (let hour = 0; hour * 3600 <= most; hour += hours) {
    const y = HEIGHT - FOOT - hour * 3600 * scale;
    lines.push(draw("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "grid" }), draw("text", { x: LEFT - 6, y: y + 4, class: "axis", "text-anchor": "end" }, `${hour} h`));
  }
  return lines;
}

function dayShapes({ day, use, night, captures, severe, week }, x, step, scale) {
  const base = HEIGHT - FOOT;
  const [width, middle] = [step * 0.62, x + step / 2];
  const shapes = [
    draw("rect", { x: middle - width / 2, y: base - use * scale, width, height: use * scale, class: "use" }),
    draw("rect", { x: middle - width / 2, y: base - night * scale, width, height: night * scale, class: "night" }),
  ];
  if (captures > 0) {
    const y = base - use * scale - 7;
    shapes.push(draw("text", { x: middle, y, class: severe ? "captures severe" : "captures", "text-anchor": "middle" }, severe ? `▲${captures}` : String(captures)));
  }
  if (week) shapes.push(draw("line", { x1: x, x2: x, y1: HEAD / 2, y2: base + 6, class: "week" }));
  if (new Date(day).getDay() === 1 || week) shapes.push(draw("text", { x: middle, y: HEIGHT - 12, class: "axis", "text-anchor": "middle" }, new Date(day).toLocaleDateString("en-GB", { day: "numeric", month: "short" })));
  return shapes;
}

/** Five bars: the four weeks before, paler, and the last one. Unknown ones are a stroke on the ground. */
export function drawWeeks(values, now) {
  const all = [...values, now];
  const most = Math.max(...all.map((one) => one ?? 0)) || 1;
  const picture = draw("svg", { viewBox: "0 0 100 26", class: "spark", "aria-hidden": "true" });
  all.forEach((value, index) => {
    const height = Math.max(1, ((value ?? 0) / most) * 24);
    const kind = index === all.length - 1 ? "now" : "past";
    picture.append(draw("rect", { x: index * 20 + 2, y: 25 - height, width: 14, height, class: value === null ? "unknown" : kind }));
  });
  return picture;
}

/** Days of a life from its hours and captures, oldest first; `week` marks where the last seven days begin. */
export function daysOf({ hours, captures }, from, until, weekFrom) {
  const days = [];
  for (let day = from; day < until; day = addDays(day, 1)) {
    const next = addDays(day, 1);
    const some = captures.filter((one) => one.at >= day && one.at < next);
    const sums = total(between(hours, day, next));
    days.push({
      day,
      sums,
      use: inUse(sums),
      night: inUse(total(atNight(hours, day, next))),
      captures: some.length,
      severe: some.some((one) => one.severity >= 4),
      week: day === weekFrom,
    });
  }
  return days;
}
