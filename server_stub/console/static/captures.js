// The list: newest first. Each row is opened here; what cannot be opened says so in its place.

import { OpenerError } from "./bytes.js";
import { run, showSeverity, spellTime, tell } from "./page.js";
import { SealedRecord } from "./records.js";
import { RequestError, getJson } from "./server.js";

const AT_ONCE = 6; // rows that are opened side by side
const list = document.getElementById("captures");
const older = document.getElementById("older");
const summary = document.getElementById("summary");

function newRow(capture) {
  const row = document.getElementById("row").content.firstElementChild.cloneNode(true);
  row.querySelector("a").href = `/captures/${capture.device}/${capture.epoch}/${capture.seq}`;
  row.querySelector(".why").textContent = "Sealed …";
  showSeverity(row.querySelector(".severity"), capture.severity);
  const time = row.querySelector("time");
  time.dateTime = capture.recorded_at;
  time.textContent = spellTime(capture.recorded_at);
  const like = capture.group_size > 1 ? `one of ${capture.group_size} alike` : "";
  row.querySelector(".group").textContent = capture.origin === "replay" ? `${like} replayed pictures` : like;
  return row;
}

async function fill(session, row, capture) {
  try {
    const record = await SealedRecord.fetch(session, capture);
    const meta = await record.meta();
    row.querySelector(".why").textContent = meta.why;
    row.querySelector(".where").textContent = [meta.title, meta.app, meta.url].filter(Boolean).join(" · ");
    if (meta.thumb !== null) {
      const image = row.querySelector("img");
      image.src = await record.picture("thumb", meta.thumb.media_type);
      image.hidden = false;
    }
  } catch (problem) {
    if (!(problem instanceof OpenerError || problem instanceof RequestError)) throw problem;
    row.querySelector(".why").textContent = `This capture could not be opened: ${problem.message}`;
  }
}

async function showPage(session, before) {
  const cursor = before === null ? "" : `?before=${before}`;
  const { captures, next } = await getJson(`/v1/captures${cursor}`);
  const waiting = captures.map((capture) => ({ capture, row: newRow(capture) }));
  list.append(...waiting.map(({ row }) => row));
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await fill(session, one.row, one.capture);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  summary.textContent = list.children.length === 0 ? "Nothing was captured yet." : `${list.children.length} shown, newest first`;
  older.hidden = next === null;
  older.onclick = () => showPage(session, next).catch(tell);
}

run((session) => showPage(session, null));
