// Alerts that nobody has taken on, and where the officer is told of them.

import { MOST_AT_ONCE, fetchSealed } from "./bundle.js";
import { make } from "./dom.js";
import { keepFresh, run, showSeverity, spellTime, tell } from "./page.js";
import { readNames } from "./person/name.js";
import { nameOf } from "./review/rows.js";
import { getJson, postJson } from "./server.js";

const STEPS = ["the rule’s address", "who is on duty", "the team’s supervisors"];
const REFRESH = 20_000; // ms
const at = (id) => document.getElementById(id);
const reasons = new Map(); // name of a capture -> the sentence why, opened here

run(async (session) => {
  at("address").value = (await getJson("/v1/contact")).address;
  at("contact").addEventListener("submit", keepContact);
  await show(session);
  keepFresh(() => show(session), REFRESH);
});

async function show(session) {
  const [found, names] = await Promise.all([getJson("/v1/alerts"), readNames(session)]);
  await openReasons(session, found);
  at("alerts").replaceChildren(...found.map((alert) => row(session, alert, names)));
  at("waiting").hidden = found.length === 0;
  at("none").hidden = found.length > 0;
}

/** Open the sentences of captures that are new here. A supervisor who has no key of the case sees that there is one. */
async function openReasons(session, alerts) {
  const all = alerts.filter((one) => one.capture !== null && session.cases[one.case] !== undefined).map((one) => one.capture);
  const missing = all.filter((one) => !reasons.has(nameOf(one))).slice(0, MOST_AT_ONCE);
  if (missing.length === 0) return;
  const opened = await fetchSealed(session, missing, ["meta"], "view-in-list");
  const words = opened.map(({ record, parts }) => record?.wordsIfReadable(parts.meta) ?? null);
  (await Promise.all(words)).forEach((meta, index) => reasons.set(nameOf(missing[index]), meta?.why));
}

function row(session, alert, names) {
  const severity = make("td", { className: "severity" });
  showSeverity(severity, alert.severity, { short: true });
  const take = make("button", { text: "I take it on" });
  take.addEventListener("click", () => takeOn(session, alert, take));
  const whose = make("a", { href: `/people/${alert.case}`, text: names.get(alert.case) ?? alert.case });
  return make("tr", {}, severity, ...[about(session, alert), spellTime(alert.raised_at), whose, STEPS[alert.escalated], take].map(cell));
}

function about(session, { about: what, case: caseId, capture }) {
  if (what === "silence") return make("a", { href: `/people/${caseId}`, text: "A device went dark" });
  if (capture === null) return "A capture that was destroyed since";
  if (session.cases[caseId] === undefined) return "A capture, for the officers of the case";
  return make("a", { href: `/captures/${nameOf(capture)}`, text: reasons.get(nameOf(capture)) ?? "A capture" });
}

const cell = (content) => make("td", {}, content);

async function takeOn(session, alert, button) {
  button.disabled = true;
  try {
    await postJson(`/v1/alerts/${alert.alert}/take`);
    at("told").replaceChildren("It is yours: ", about(session, alert));
    await show(session);
  } catch (problem) {
    button.disabled = false;
    tell(problem);
  }
}

async function keepContact(event) {
  event.preventDefault();
  try {
    await postJson("/v1/contact", { address: at("address").value.trim() });
    at("told").textContent = "Kept.";
  } catch (problem) {
    tell(problem);
  }
}
