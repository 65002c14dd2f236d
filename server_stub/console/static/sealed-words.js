// What a sealed record says, checked before a page builds on it: whoever holds the device's key seals what he likes, and
// one record that is not of its form is told as such, and ends no page. evidence/SPEC.md 5 has the forms; here stands
// what the console relies on. Pure, no time: text in, values out.

import { OpenerError } from "./bytes.js";
import { COVERAGE_FORMAT } from "./coverage.js";

export const CAPTURE_FORMAT = "overt-capture-1";
const EVENT_FORMAT = "overt-event-1";
const MOST_MINUTES = 31 * 24 * 60; // that a coverage record tells of, as evidence/coverage.py has it
const MINUTE = 60_000;
const CAPTURE_TEXTS = ["why", "text", "observed_at", "source", "provenance"];
const FINDING_TEXTS = ["library_id", "term_id", "term", "rule", "category", "explanation"];
const FRAME_NUMBERS = ["monitor", "left", "top", "width", "height"];

/** The value of a record's part `meta`: a capture, coverage, or an event. Throws OpenerError where it is none of these. */
export function readWords(text) {
  const words = parse(text);
  const check = { [CAPTURE_FORMAT]: checkCapture, [COVERAGE_FORMAT]: checkCoverage, [EVENT_FORMAT]: checkEvent }[words.format];
  demand(check !== undefined, "of no known format");
  check(words);
  return words;
}

function parse(text) {
  let words = null;
  try {
    words = JSON.parse(text);
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem;
  }
  demand(isObject(words), "not an object");
  return words;
}

function demand(holds, problem) {
  if (!holds) throw new OpenerError("format", "meta", problem);
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const areTexts = (value, names) => isObject(value) && names.every((name) => typeof value[name] === "string");
const areAll = (list, fits) => Array.isArray(list) && list.every(fits);
const isFinding = (one) => areTexts(one, FINDING_TEXTS) && Number.isInteger(one.severity);
const isFrame = (one) => areTexts(one, ["part"]) && FRAME_NUMBERS.every((name) => Number.isInteger(one[name]));

function checkCapture(words) {
  demand(areTexts(words, CAPTURE_TEXTS) && areTexts(words.decision, ["reason"]), "a capture without its words");
  demand(Number.isInteger(words.severity) && !Number.isNaN(Date.parse(words.observed_at)), "a capture without severity or time");
  demand(areAll(words.findings, isFinding), "findings that are none");
  demand(areAll(words.suppressed, (one) => isFinding(one) && typeof one.reason === "string"), "suppressed findings that are none");
  demand(areAll(words.frames, isFrame) && (words.thumb === null || isObject(words.thumb)), "pictures that are none");
}

function checkCoverage(words) {
  const minutes = (Date.parse(words.until) - Date.parse(words.since)) / MINUTE;
  demand(minutes > 0 && minutes <= MOST_MINUTES, "coverage of no time, or of too long a one");
  for (const columns of [words.states, words.reasons]) {
    demand(isObject(columns) && Object.values(columns).every((runs) => isColumn(runs, minutes + 2)), "coverage whose minutes are none");
  }
}

/** Runs [how often, seconds], for at most so many minutes. */
function isColumn(runs, most) {
  const isRun = (run) => Array.isArray(run) && run.every(Number.isInteger) && run[0] > 0 && run[1] >= 0 && run[1] <= 60;
  return areAll(runs, isRun) && runs.reduce((all, [times]) => all + times, 0) <= most;
}

function checkEvent(words) {
  demand(areTexts(words, ["event", "text"]) && isObject(words.details), "an event without its words");
}
