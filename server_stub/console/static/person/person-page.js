// One person: how the devices stand, what changed, use hour by hour, silences with what is known of each, events, notes.

import { newId } from "../bytes.js";
import { make, at, button, doing, fieldTime, moment, onSubmit, say } from "../dom.js";
import { openNote, sealNote } from "../notes.js";
import { run, showSeverity } from "../page.js";
import { nameOf } from "../review/rows.js";
import { deleteJson, getJson, postJson } from "../server.js";
import { daysOf, drawDays, drawWeeks } from "./bars.js";
import { compareWeeks, sharpDrop } from "./changes.js";
import { deviceBlock } from "./device-block.js";
import { SECTIONS, foldEvents, listOf, spellEvent } from "./events.js";
import { fillHeat } from "./heat.js";
import { DAYS, Life } from "./life.js";
import { keepName, readNames } from "./name.js";
import { gapsOf, heatOf, leftOut } from "./parts.js";
import { addDays, between, total } from "./use.js";
import { count, coverageSentences, spellClock, spellDay, spellDuration, spellMoment, spellShare } from "./words.js";

const caseId = document.querySelector("main").dataset.case;
const MOST_LISTED = 30;
const WEEK_MS = 7 * 24 * 3600_000;

run(async (session) => {
  const life = await Life.load(session, caseId);
  await showName(session);
  showHeaders(session, life);
  prepareForms(session);
  await life.open(progress);
  showOpened(life);
  progress(0, 0, life);
});

function progress(done, all, life) {
  const opening = `Opening ${done.toLocaleString("en-GB")} of ${all.toLocaleString("en-GB")} records in your browser …`;
  const words = life === undefined ? [opening] : leftOut(life);
  at("progress").textContent = words.join(" ");
  at("progress").hidden = words.length === 0;
}

async function showName(session) {
  const name = (await readNames(session)).get(caseId);
  at("name").textContent = name ?? caseId;
  at("call-name").value = name ?? "";
}

// --- what headers tell ---

function showHeaders(session, life) {
  const { devices, waiting } = life.person;
  const link = make("a", { href: "/captures", text: waiting === 0 ? "no capture waits for a decision" : `${count(waiting, "capture")} to decide` });
  at("who").replaceChildren(`Case ${caseId} · ${count(devices.length, "device")} · `, link);
  at("standing").replaceChildren(...devices.map((one) => make("li", {}, deviceBlock(one))));
  if (devices.length === 0) at("standing").append(make("li", { text: "No device was judged yet: it is done every ten minutes." }));
  showAbsences(session, life.person.absences);
  showCourt(devices);
}

async function showAbsences(session, absences) {
  const items = await Promise.all(absences.map((one) => absenceItem(session, one)));
  at("absences").replaceChildren(...items);
}

async function absenceItem(session, absence) {
  const note = absence.note === null ? null : await openNote(session.cases[caseId] ?? [], absence.note);
  const words = `Away from ${spellMoment(absence.since)} to ${spellMoment(absence.until)}${note?.why ? `: ${note.why}` : ""}. `;
  const back = button("Take back", async () => {
    await deleteJson(`/v1/absences/${absence.id}`);
    await refresh(session);
    say("Taken back. It stays in the record.");
  });
  back.setAttribute("aria-label", `Take back: ${words}`);
  return make("li", {}, words, back);
}

async function refresh(session) {
  const person = (await getJson("/v1/people")).find((one) => one.case === caseId);
  await showAbsences(session, person.absences);
}

function showCourt(devices) {
  const lines = devices.map(({ device }) => `overt evidence export --data SERVER --device ${device} --officer NAME --out pack\novert evidence report pack --out report.html`);
  at("court-commands").replaceChildren(...lines.map((text) => make("pre", { text, tabIndex: 0, ariaLabel: "The commands to type" })));
}

// --- what was opened here ---

function showOpened(life) {
  const compared = compareWeeks(life.weeks, life.today);
  showChanges(compared);
  const days = daysOf(life, life.since, addDays(life.today, 1), addDays(life.today, -7));
  at("days").replaceChildren(drawDays(days));
  at("days-table").tBodies[0].replaceChildren(...[...days].reverse().map(dayRow));
  fillHeat(at("hours"), heatOf(life), addDays(life.today, -27), addDays(life.today, 1));
  showCoverage(life, compared);
  showGaps(life);
  showEvents(life);
  showNotes(life);
}

function showChanges(compared) {
  const said = compared.changes.filter((one) => ["more", "less"].includes(one.direction));
  const drop = sharpDrop(compared);
  const items = said.map((one) => changeItem(one));
  if (drop !== null) items.unshift(dropItem(drop));
  if (items.length === 0) items.push(make("li", { text: sameWords(compared) }));
  at("changed").replaceChildren(...items);
  at("changes").tBodies[0].replaceChildren(...compared.changes.map(changeRow));
}

const sameWords = ({ changes }) =>
  changes.every((one) => one.direction === "unknown") ? "Too little is known yet to compare weeks." : "Nothing lies outside of the four weeks before.";

function dropItem({ now, usual }) {
  const words = `Use dropped sharply: ${spellDuration(now)} a day, where ${spellDuration(usual)} are usual. Possibly there is a second device; it may be harmless.`;
  const item = make("li", { text: words });
  item.dataset.good = "false";
  return item;
}

function changeItem({ name, now, words, good }) {
  const item = make("li", {}, make("strong", { text: good === true ? "Better: " : good === false ? "Worse: " : "Changed: " }), `${name}: ${now}, ${words}.`);
  item.dataset.good = good;
  return item;
}

function changeRow({ name, now, value, values, weeks, words, good, direction }) {
  const numbers = [...weeks, now].map((text) => make("td", { className: "number", text }));
  const sign = { more: "▲ ", less: "▼ ", same: "", unknown: "" }[direction];
  const told = make("td", { text: sign + words });
  told.dataset.good = good;
  return make("tr", {}, make("th", { scope: "row", text: name }), ...numbers, make("td", {}, drawWeeks(values, value)), told);
}

function dayRow({ day, use, night, sums, captures }) {
  const watched = use === 0 ? "–" : spellShare((sums.states.watched ?? 0) / use);
  const cells = [spellDuration(use), spellDuration(night), watched, spellDuration(sums.unexplained), String(captures)];
  return make("tr", {}, make("th", { scope: "row", text: spellDay(day) }), ...cells.map((text) => make("td", { className: "number", text })));
}

function showCoverage(life, { week }) {
  const month = total(between(life.hours, addDays(life.today, -28), life.now));
  const now = [make("strong", { text: "Last seven days. " }), coverageSentences(week.sums).join(" ")];
  const all = [make("strong", { text: "Last four weeks. " }), coverageSentences(month).join(" ")];
  at("coverage").replaceChildren(make("li", {}, ...now), make("li", {}, ...all));
}

function showGaps(life) {
  const each = life.person.devices.map(({ device }) => gapsOf(life, device));
  const told = each.flatMap((one) => one.told).sort((a, b) => b.from - a.from);
  const ordinary = each.reduce((all, one) => all + one.ordinary, 0);
  at("gaps-said").textContent = `${told.length === 0 ? "Nothing out of the ordinary." : `${count(told.length, "silence")} to know of.`} ${count(ordinary, "ordinary one", "ordinary ones")} (nights, times off) ${ordinary === 1 ? "is" : "are"} left out.`;
  at("gaps").replaceChildren(...told.slice(0, MOST_LISTED).map(gapItem));
}

function gapItem({ kind, title, from, until, evidence }) {
  const item = make("li", {}, make("strong", { text: title }), ` ${spellMoment(from)} – ${spellSameDay(from, until)}`, make("ul", { className: "signs" }, ...evidence.map((text) => make("li", { text }))));
  item.dataset.kind = kind;
  return item;
}

const spellSameDay = (from, until) => (new Date(from).toDateString() === new Date(until).toDateString() ? spellClock(until) : spellMoment(until));

function showEvents(life) {
  const staff = make("section", {}, make("h3", { text: "Staff safety" }), staffList(life));
  const others = SECTIONS.map(({ kind, title }) => eventSection(title, foldEvents(life.events.filter((one) => one.section === kind)), kind === "agent"));
  at("events").replaceChildren(staff, ...others);
}

function staffList(life) {
  const hits = life.captures.filter((one) => one.staff).sort((a, b) => b.at - a.at);
  if (hits.length === 0) return make("p", { className: "hint", text: `No capture of the last ${count(DAYS, "day")} concerns the people who supervise.` });
  return make("ul", { className: "eventlist" }, ...hits.slice(0, MOST_LISTED).map(({ row, meta, at: when }) => make("li", {}, make("time", { text: spellMoment(when) }), " ", make("a", { href: `/captures/${nameOf(row)}`, text: meta.why }))));
}

function eventSection(title, events, folded) {
  const lately = events.filter((one) => one.last > Date.now() - WEEK_MS).length;
  const heading = `${title}: ${events.length === 0 ? "none" : `${count(events.length, "entry", "entries")}, ${lately} in the last seven days`}`;
  const list = make("ul", { className: "eventlist" }, ...events.slice(0, MOST_LISTED).map(eventItem));
  if (events.length > MOST_LISTED) list.append(make("li", { className: "hint", text: `and ${events.length - MOST_LISTED} older ones` }));
  if (folded) return make("details", {}, make("summary", { text: heading }), list);
  return make("section", {}, make("h3", { text: heading }), list);
}

function eventItem(event) {
  const severity = make("span", { className: "severity" });
  if (event.severity > 0) showSeverity(severity, event.severity, { short: true });
  const times = event.times > 1 ? ` ${event.times} times, until ${spellMoment(event.last)}` : "";
  const lines = listOf(event).map((text) => make("li", { text }));
  const list = lines.length === 0 ? [] : [make("details", {}, make("summary", { text: `The list: ${count(lines.length, "entry", "entries")}` }), make("ul", {}, ...lines))];
  return make("li", {}, make("time", { text: spellMoment(event.at) }), " ", spellEvent(event), times, " ", severity, ...list);
}

function showNotes(life) {
  const notes = [...life.notes].sort((a, b) => b.at - a.at);
  at("notes").replaceChildren(...notes.map(({ text, at: when }) => make("li", {}, make("time", { text: spellMoment(when) }), " ", make("q", { text }))));
  if (notes.length === 0) at("notes").append(make("li", { className: "hint", text: "None in the last five weeks." }));
}

// --- what an officer notes ---

function prepareForms(session) {
  at("away-since").value = fieldTime(new Date());
  at("away-until").value = fieldTime(new Date(Date.now() + WEEK_MS));
  onSubmit(at("away"), () => noteAway(session));
  at("call").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(at("call").querySelector("button"), async () => {
      await keepName(session, caseId, at("call-name").value.trim());
      await showName(session);
    });
  });
}

async function noteAway(session) {
  const why = at("away-why").value.trim();
  const note = why === "" ? null : await sealNote(session.cases[caseId][0], { format: "overt-absence-1", why });
  await postJson("/v1/absences", { id: newId(), case: caseId, since: moment(at("away-since")), until: moment(at("away-until")), note });
  at("away-why").value = "";
  await refresh(session);
  say("Noted. The silence is judged anew within ten minutes.");
}
