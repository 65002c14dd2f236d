// Alerts that nobody has taken on, and where the officer is told of them.

import { run, showSeverity, spellTime, tell } from "./page.js";
import { getJson, postJson } from "./server.js";

const STEPS = ["the rule's address", "who is on duty", "the team's supervisors"];
const REFRESH = 20_000; // ms
const at = (id) => document.getElementById(id);

run(async () => {
  at("address").value = (await getJson("/v1/contact")).address;
  at("contact").addEventListener("submit", keepContact);
  await show();
  setInterval(() => show().catch(tell), REFRESH);
});

async function show() {
  const found = await getJson("/v1/alerts");
  at("alerts").replaceChildren(...found.map(row));
  at("waiting").hidden = found.length === 0;
  at("none").hidden = found.length > 0;
}

function row(alert) {
  const made = document.createElement("tr");
  const severity = document.createElement("td");
  showSeverity(severity, alert.severity, { short: true });
  const take = document.createElement("button");
  take.textContent = "I take it on";
  take.addEventListener("click", () => takeOn(alert.alert, take));
  made.append(severity, ...[about(alert), spellTime(alert.raised_at), alert.case, STEPS[alert.escalated]].map(cell), cell(take));
  return made;
}

function about({ about: what, case: caseId }) {
  const link = document.createElement("a");
  link.href = what === "silence" ? `/people/${caseId}` : "/captures";
  link.textContent = what === "silence" ? "a device went dark" : "a capture";
  return link;
}

function cell(content) {
  const made = document.createElement("td");
  made.append(content);
  return made;
}

async function takeOn(alert, button) {
  button.disabled = true;
  try {
    await postJson(`/v1/alerts/${alert}/take`);
    at("told").textContent = "It is yours. Captures stand in the queue, silences under People.";
    await show();
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
