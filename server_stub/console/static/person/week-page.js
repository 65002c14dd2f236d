// A person's week on one printed page, for a home visit: what to talk about first, then figures, hours, captures, signs.

import { make, at } from "../dom.js";
import { run, spellProvenance } from "../page.js";
import { labelOf } from "../review/dispositions.js";
import { compareWeeks, sharpDrop } from "./changes.js";
import { foldEvents, spellEvent } from "./events.js";
import { fillHeat } from "./heat.js";
import { Life } from "./life.js";
import { gapsOf, heatOf, leftOut } from "./parts.js";
import { readNames } from "./name.js";
import { spellMeaning } from "./standing-words.js";
import { addDays } from "./use.js";
import { count, coverageSentences, spellDay, spellDuration, spellMoment } from "./words.js";

const caseId = document.querySelector("main").dataset.case;
const MOST = { captures: 6, signs: 6, notes: 3, ask: 6, note: 160 }; // so much fits on one page of A4
const WEIGHTY = ["breach", "concern", "intelligence"];

run(async (session) => {
  const life = await Life.load(session, caseId);
  const names = await readNames(session);
  at("name").textContent = names.get(caseId) ?? caseId;
  await life.open((done, all) => (at("progress").textContent = `Opening ${done} of ${all} records in your browser …`));
  const standing = await life.decisions();
  show(life, standing);
  at("with-why").addEventListener("change", () => showCaptures(life, standing));
  at("print").addEventListener("click", () => window.print());
  at("progress").hidden = true;
});

function show(life, standing) {
  const compared = compareWeeks(life.weeks, life.today);
  const { from, until } = compared.week;
  const devices = life.person.devices.map((one) => `${one.device}: ${spellMeaning(one.meaning)}`);
  at("period").textContent = `${spellDay(from)} to ${spellDay(addDays(until, -1))} · ${at("name").textContent === caseId ? "" : `case ${caseId} · `}${devices.join(" · ") || "no device"}`;
  const gaps = life.person.devices.flatMap(({ device }) => gapsOf(life, device).told).filter((one) => one.until > from);
  at("ask").replaceChildren(...asking(life, compared, gaps).map((text) => make("li", { text })));
  at("figures").tBodies[0].replaceChildren(...compared.changes.map(figureRow));
  fillHeat(at("hours"), heatOf(life), from, until);
  at("coverage").replaceChildren(...coverageSentences(compared.week.sums).slice(0, 3).map((text) => make("li", { text })));
  showCaptures(life, standing);
  showSigns(life, gaps, from);
  at("foot").textContent = `Made ${spellMoment(life.now)} in the officer’s browser out of ${count(life.coverage.length + life.events.length + life.notes.length, "opened record")} and ${count(life.captures.length, "group")} of captures of the last five weeks. ${leftOut(life).map((one) => `${one} `).join("")}It ranks and explains; it decides nothing. Handle it as captures are handled.`;
}

/** What to talk about, each with its reason; good change too. */
function asking(life, compared, gaps) {
  const drop = sharpDrop(compared);
  const points = compared.changes.filter((one) => one.good !== null).sort((a, b) => Number(a.good) - Number(b.good));
  const found = [
    ...(drop === null ? [] : [`Use dropped to ${spellDuration(drop.now)} a day from ${spellDuration(drop.usual)}: is there another device?`]),
    ...gaps.filter((one) => one.kind !== "away").slice(0, 2).map((one) => `${one.title}, ${spellMoment(one.from)} to ${spellMoment(one.until)}: what happened?`),
    ...points.map((one) => `${one.good ? "Better, and worth saying" : "Worse"}: ${one.name.charAt(0).toLowerCase()}${one.name.slice(1)}: ${one.now}, ${one.words}.`),
    ...life.notes.filter((one) => one.at >= compared.week.from).slice(-1).map((one) => `The person’s own note of ${spellDay(one.at)} wants an answer.`),
  ];
  return found.length > 0 ? found.slice(0, MOST.ask) : ["Nothing out of the ordinary this week: worth saying as well."];
}

function figureRow({ name, now, short, good, direction }) {
  const told = make("td", { text: `${{ more: "▲ ", less: "▼ " }[direction] ?? ""}${short}` });
  told.dataset.good = good;
  return make("tr", {}, make("th", { scope: "row", text: name }), make("td", { className: "number", text: now }), told);
}

function showCaptures(life, standing) {
  const from = addDays(life.today, -7);
  const weight = ({ row, severity }) => severity + 10 * Number(WEIGHTY.includes(standing.of(row)?.disposition));
  const week = life.captures.filter((one) => one.at >= from && one.at < life.today);
  const chosen = [...week].sort((a, b) => weight(b) - weight(a) || b.at - a.at).slice(0, MOST.captures);
  at("captures").tBodies[0].replaceChildren(...chosen.map((one) => captureRow(one, standing.of(one.row))));
  const rest = week.length - chosen.length;
  if (rest > 0) at("captures").tBodies[0].append(make("tr", {}, make("td", { colSpan: 5, className: "hint", text: `and ${rest} more of less weight` })));
  if (week.length === 0) at("captures").tBodies[0].append(make("tr", {}, make("td", { colSpan: 5, text: "None in this week." })));
}

function captureRow({ meta, at: when, severity, provenance }, decision) {
  const libraries = [...new Set(meta.findings.map((one) => one.library_id))].join(", ");
  const conditions = [...new Set(meta.findings.map((one) => one.condition).filter(Boolean))];
  const about = `${libraries}${conditions.length > 0 ? `, condition ${conditions.join(", ")}` : ""}${meta.app ? `, in ${meta.app}` : ""}`;
  const words = at("with-why").checked ? shorten(meta.why) : about;
  const cells = [spellMoment(when), String(severity), words, spellProvenance(provenance), decision === null ? "not yet" : labelOf(decision.disposition)];
  return make("tr", {}, ...cells.map((text) => make("td", { text })));
}

function showSigns(life, gaps, from) {
  const events = foldEvents(life.events.filter((one) => one.at >= from && !["agent", "server"].includes(one.section)));
  const signs = [
    ...gaps.map((one) => `${spellMoment(one.from)}: ${one.title}, ${spellDuration((one.until - one.from) / 1000)}.`),
    ...events.map((one) => `${spellMoment(one.at)}: ${spellEvent(one)}${one.times > 1 ? ` (${one.times} times)` : ""}`),
  ];
  fill("signs", signs, MOST.signs, "None.");
  fill("notes", life.notes.filter((one) => one.at >= from).reverse().map((one) => `${spellMoment(one.at)}: “${shorten(one.text)}”`), MOST.notes, "None.");
}

const shorten = (text) => (text.length > MOST.note ? `${text.slice(0, MOST.note)} …` : text);

function fill(id, lines, most, none) {
  const rest = lines.length > most ? [`and ${lines.length - most} more`] : [];
  const shown = lines.length === 0 ? [none] : [...lines.slice(0, most), ...rest];
  at(id).replaceChildren(...shown.map((text) => make("li", { text })));
}
