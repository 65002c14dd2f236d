// What takes a second person: what was asked for, asking, deciding.

import { at, button, fillSelect, fillTable, make, onSubmit, run, say } from "./dom.js";
import { spellTime } from "./page.js";
import { getJson, postJson } from "./server.js";

const KINDS = { export: "Export", deletion: "Deletion", authority: "Authority", policy: "Four eyes off",
  transfer: "Give the case to another agency", arrival: "Take a case from another agency" };
let me;

async function show() {
  const { four_eyes: needed, requests } = await getJson("/v1/approvals");
  at("policy").textContent = needed
    ? "This server demands four eyes: one person asks, another approves. A request is good for seven days, and once."
    : "This server does not demand four eyes. Requests can be made and decided all the same.";
  fillTable(at("requests"), requests.map(row), "Nothing was asked for.");
}

function row(one) {
  const what = make("div", {}, make("div", { text: `${KINDS[one.kind] ?? one.kind} ${one.subject}` }), details(one));
  const mine = one.asked_by === me.officer;
  const asked = `${mine ? "by you" : `by ${one.asked_by}`}, ${spellTime(one.asked_at)}`;
  const state = one.decided_by === null ? one.state : `${one.state}, by ${one.decided_by === me.officer ? "you" : one.decided_by}`;
  return [what, one.reason, asked, state, decisions(one, mine)];
}

/** Exactly what would be done, for whoever decides. */
function details(one) {
  const exactly = make("pre", { text: JSON.stringify(JSON.parse(one.details), null, 1) });
  return make("details", {}, make("summary", { text: "Exactly what" }), exactly);
}

function decisions(one, mine) {
  const box = make("div");
  if (one.state !== "waiting") return box;
  if (mine) box.textContent = "waits for a second person";
  else if (me.rights.includes("approve")) {
    box.append(button("Approve", () => decide(one, true)), " ", button("Refuse", () => decide(one, false)));
  }
  return box;
}

async function decide(one, approve) {
  await postJson(`/v1/approvals/${one.request}`, { approve });
  await show();
  say(approve ? "Approved." : "Refused.");
}

async function ask() {
  const wish = { kind: at("kind").value, subject: at("subject").value, reason: at("reason").value };
  const { request } = await postJson("/v1/approvals", wish);
  at("reason").value = "";
  await show();
  say(`Asked for as ${request}.`);
}

run(async () => {
  me = await getJson("/v1/me");
  const devices = await getJson("/v1/enrolled");
  fillSelect(at("subject"), devices.map((one) => [one.device, `${one.device} · ${one.case}`]));
  onSubmit(at("ask"), ask);
  await show();
});
