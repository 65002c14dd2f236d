// What the device recorded around a capture: coverage, events, heartbeats, and the person's own notes. Opened on demand.

import { fetchSealed, MOST_AT_ONCE } from "../bundle.js";
import { COVERAGE_FORMAT, spellCoverage } from "../coverage.js";
import { spellShortTime } from "../page.js";
import { CAPTURE_FORMAT } from "../sealed-words.js";
import { getJson } from "../server.js";
import { nameOf } from "./rows.js";

const KINDS = { coverage: "Coverage", event: "Event", heartbeat: "Alive", gap: "Gap", note: "The person’s note" };

/** The records in the half hours around a capture, opened: [{ kind, recorded_at, event, text, details }]. */
export async function openAround(session, row) {
  const near = await getJson(`/v1/records/${nameOf(row)}/around`);
  const found = [];
  for (let from = 0; from < near.length; from += MOST_AT_ONCE) {
    const some = near.slice(from, from + MOST_AT_ONCE);
    const sealed = await fetchSealed(session, some, ["meta"], "view-around");
    found.push(...(await Promise.all(sealed.map((one, index) => openEvent(some[index], one)))));
  }
  return found.filter((one) => one !== null);
}

async function openEvent({ kind, recorded_at }, { record, parts, problem }) {
  if (problem !== undefined) return null;
  const words = await record.wordsIfReadable(parts.meta);
  if (words === null || words.format === CAPTURE_FORMAT) return null;
  if (words.format === COVERAGE_FORMAT) return { kind, recorded_at, event: kind, text: spellCoverage(words), details: {} };
  const { event, text, details } = words;
  return { kind, recorded_at, event, text, details };
}

/** Put them into a list: the person's notes first, then the rest in time, with the capture's own moment marked. */
export function showAround(list, records, capturedAt) {
  const notes = records.filter((one) => one.kind === "note").map(item);
  const others = records.filter((one) => one.kind !== "note");
  const moment = document.createElement("li");
  moment.className = "moment";
  moment.textContent = `${spellShortTime(capturedAt)}  this capture`;
  const after = others.findIndex((one) => one.recorded_at > capturedAt);
  const items = others.map(item);
  items.splice(after < 0 ? items.length : after, 0, moment);
  list.replaceChildren(...notes, ...items);
}

function item({ kind, recorded_at, event, text, details }) {
  const made = document.createElement("li");
  made.dataset.kind = kind;
  const time = document.createElement("time");
  time.dateTime = recorded_at;
  time.textContent = spellShortTime(recorded_at);
  const title = document.createElement("strong");
  title.textContent = KINDS[kind] ?? kind;
  const said = text || [event === kind ? "" : event.replaceAll("-", " "), spellDetails(details)].filter(Boolean).join(": ");
  made.append(time, " ", title, ` ${said}`);
  return made;
}

const spellDetails = (details) =>
  Object.entries(details)
    .slice(0, 6)
    .map(([name, value]) => `${name.replaceAll(/[_-]/g, " ")} ${value}`)
    .join(", ");
