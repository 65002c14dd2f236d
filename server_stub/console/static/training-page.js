// The training case's lessons: for each made-up capture that was decided, what an experienced officer would have weighed.
// A lesson is sealed with its capture; it is opened here, and told only when the capture was decided.

import { MOST_AT_ONCE, fetchSealed } from "./bundle.js";
import { at, make, run } from "./dom.js";
import { labelOf } from "./review/dispositions.js";
import { nameOf, readIndex } from "./review/rows.js";
import { getJson } from "./server.js";

const MOST_ROWS = 100; // a training case is small; of any other case no more is looked at
const MOST_DECISIONS = 500;
const FORMAT = "overt-lesson-1";
const TEXT = new TextDecoder();
const AGREES = {
  "as-most": "As most would",
  arguable: "Can be argued",
  differs: "Most would decide differently",
};

run(async (session) => {
  const captures = await readLessons(session);
  at("none").hidden = captures.length > 0;
  at("there").hidden = captures.length === 0;
  if (captures.length > 0) await show(captures);
});

/** The captures that hold a lesson: [{ place, why, lesson }]. */
async function readLessons(session) {
  const rows = readIndex(await getJson(`/v1/queue?show=all&limit=${MOST_ROWS}`));
  if (rows.length === 0) return [];
  const members = await getJson(`/v1/members?${rows.map((row) => `groups=${row.id}`).join("&")}`);
  const places = Object.values(members).flat().slice(0, 4 * MOST_AT_ONCE);
  const found = [];
  for (let from = 0; from < places.length; from += MOST_AT_ONCE) {
    const some = places.slice(from, from + MOST_AT_ONCE);
    const sealed = await fetchSealed(session, some, ["meta", "lesson"], "view-in-list");
    found.push(...(await Promise.all(sealed.map((one, index) => openLesson(some[index], one)))));
  }
  return found.filter((one) => one !== null);
}

async function openLesson(place, { record, parts, problem }) {
  if (problem !== undefined || parts.lesson.length === 0) return null;
  const [meta, lesson] = await Promise.all(["meta", "lesson"].map(async (name) => JSON.parse(TEXT.decode(await record.open(name, parts[name])))));
  return lesson.format === FORMAT ? { place, why: meta.why, lesson } : null;
}

async function show(captures) {
  const [decisions, { today }, notes] = await Promise.all([
    getJson(`/v1/decisions?limit=${MOST_DECISIONS}`),
    getJson("/v1/load/own"),
    getJson("/v1/case-notes"),
  ]);
  const standing = new Map();
  for (const decision of decisions) {
    if (decision.undone_at !== null) continue;
    for (const record of decision.records) if (!standing.has(nameOf(record))) standing.set(nameOf(record), decision);
  }
  showTried(decisions, today, notes);
  showLessons(captures, standing);
}

function showTried(decisions, pictures, notes) {
  const covers = decisions.some((one) => one.records.length > 1);
  const tried = [
    ["Decided with a key", decisions.length > 0],
    ["Undone a decision (U)", decisions.some((one) => one.undone_at !== null)],
    ["Covered several captures with one decision", covers],
    ["Written a note with a decision (N)", decisions.some((one) => one.note !== null && one.disposition !== "false-alarm")],
    ["Held a picture open (P)", pictures > 0],
    ["Proposed a fix for the library (F)", notes.some((one) => one.kind === "library-fix")],
    ["Noted a risk term of the person (Tuning)", notes.some((one) => one.kind === "risk-term")],
  ];
  at("tried").replaceChildren(...tried.map(([words, done]) => triedItem(words, done)));
}

function triedItem(words, done) {
  const item = make("li", { text: words });
  item.dataset.done = done;
  item.append(make("span", { className: "hidden-label", text: done ? " (done)" : " (not yet)" }));
  return item;
}

function showLessons(captures, standing) {
  const decided = captures.filter(({ place }) => standing.has(nameOf(place)));
  const left = captures.length - decided.length;
  at("left").textContent = left === 0 ? `All ${captures.length} are decided.` : `${left} of ${captures.length} captures wait for your decision.`;
  at("no-lessons").hidden = decided.length > 0;
  const when = ({ place }) => standing.get(nameOf(place)).decided_at;
  decided.sort((a, b) => (when(a) < when(b) ? 1 : -1));
  at("lessons").replaceChildren(...decided.map((one) => lessonCard(one, standing.get(nameOf(one.place)).disposition)));
}

function lessonCard({ place, why, lesson }, mine) {
  const agrees = mine === lesson.best ? "as-most" : lesson.also.includes(mine) ? "arguable" : "differs";
  const title = make("a", { text: why, href: `/captures/${nameOf(place)}` });
  const also = lesson.also.length === 0 ? "" : ` (can be argued: ${lesson.also.map((one) => labelOf(one).toLowerCase()).join(", ")})`;
  const verdict = make(
    "p",
    { className: "verdict" },
    make("span", {}, "You: ", make("strong", { text: labelOf(mine) })),
    make("span", {}, "Most officers: ", make("strong", { text: labelOf(lesson.best) }), also),
    make("span", { text: AGREES[agrees], className: agrees === "as-most" ? "good" : "" }),
  );
  const card = make("article", { className: "lesson" }, make("h3", {}, title), verdict, make("ul", {}, ...lesson.weigh.map((text) => make("li", { text }))), make("p", { className: "practise" }, make("strong", { text: "To try: " }), lesson.practise));
  Object.assign(card.dataset, { name: lesson.name, agrees });
  return card;
}
