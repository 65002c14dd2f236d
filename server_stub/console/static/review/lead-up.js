// What led up to a capture, in sequence: the records before it in the device's chain, opened on demand, heartbeats between
// them counted and not shown. The chain's own numbers stand beside each, so that nothing can be missing unseen.

import { MOST_AT_ONCE, fetchSealed } from "../bundle.js";
import { COVERAGE_FORMAT, spellCoverage } from "../coverage.js";
import { spellClock, spellDuration } from "../person/words.js";
import { spellEvent } from "../person/events.js";
import { spellShortTime } from "../page.js";
import { CAPTURE_FORMAT } from "../sealed-words.js";
import { getJson } from "../server.js";
import { nameOf } from "./rows.js";

const TITLES = { capture: "Capture", coverage: "Coverage", event: "Event", gap: "Gap", note: "The person’s note" };
const PAUSE = 30 * 60; // seconds between two records from which on a pause is said

/** The records before a capture and itself, opened, oldest first: [{ place, kind, at, words, between }]. */
export async function openLeadUp(session, row) {
  const places = await getJson(`/v1/records/${nameOf(row)}/lead-up`);
  const found = [];
  for (let from = 0; from < places.length; from += MOST_AT_ONCE) {
    const some = places.slice(from, from + MOST_AT_ONCE);
    const sealed = await fetchSealed(session, some, ["meta"], "view-around");
    found.push(...(await Promise.all(sealed.map((one, index) => openOne(some[index], one)))));
  }
  return found.map((one, index) => ({ ...one, ...sinceBefore(found[index - 1], one) }));
}

async function openOne(place, { record, parts, problem }) {
  const known = { place, kind: place.kind, at: Date.parse(place.recorded_at) };
  const words = problem === undefined ? await record.wordsIfReadable(parts.meta) : null;
  if (words === null) return { ...known, words: "could not be opened with your keys, did not verify, or is not of its form" };
  if (words.format === CAPTURE_FORMAT) return { ...known, words: words.why, severity: words.severity };
  if (words.format === COVERAGE_FORMAT) return { ...known, words: spellCoverage(words) };
  return { ...known, words: spellEvent(words) };
}

/** How many heartbeats stand between two records, and how long it was. */
export function sinceBefore(before, one) {
  if (before === undefined) return { beats: 0, pause: 0 };
  return { beats: one.place.seq - before.place.seq - 1, pause: Math.max(0, (one.at - before.at) / 1000) };
}

export function showLeadUp(list, records) {
  list.replaceChildren(...records.flatMap((one, index) => [between(one), item(one, index === records.length - 1)].filter(Boolean)));
  list.lastElementChild?.scrollIntoView({ block: "nearest" });
}

function between({ beats, pause }) {
  if (beats === 0 && pause < PAUSE) return null;
  const made = document.createElement("li");
  made.className = "between";
  const alive = beats === 0 ? "" : `${beats} heartbeat${beats === 1 ? "" : "s"}`;
  made.textContent = [alive, pause >= PAUSE ? `${spellDuration(pause)} later` : ""].filter(Boolean).join(", ");
  return made;
}

function item({ place, kind, at, words }, last) {
  const made = document.createElement("li");
  made.dataset.kind = kind;
  if (last) made.className = "moment";
  const time = document.createElement("time");
  time.dateTime = place.recorded_at;
  time.textContent = new Date(at).toDateString() === new Date().toDateString() ? spellClock(at) : spellShortTime(place.recorded_at);
  const title = document.createElement("strong");
  title.textContent = last ? "This capture" : (TITLES[kind] ?? kind);
  const text = kind === "capture" && !last ? document.createElement("a") : document.createElement("span");
  if (text.href !== undefined) text.href = `/captures/${nameOf(place)}`;
  text.textContent = words;
  const number = document.createElement("span");
  number.className = "number";
  number.textContent = `№ ${place.seq}`;
  made.append(time, " ", title, " ", text, " ", number);
  return made;
}
