// What takes a second person: what was asked for, asking, deciding.

import { at, fillSelect, fillTable, onSubmit, run, say } from "./dom.js";
import { requestRow } from "./request-rows.js";
import { getJson, postJson } from "./server.js";

let me;

async function show() {
  const { four_eyes: needed, requests } = await getJson("/v1/approvals");
  at("policy").textContent = needed
    ? "This server demands four eyes: one person asks, another approves. A request is good for seven days, and once."
    : "This server does not demand four eyes. Requests can be made and decided all the same.";
  fillTable(at("requests"), requests.map((one) => requestRow(one, me, show)), "Nothing was asked for.");
}

async function ask() {
  const wish = { kind: at("kind").value, subject: at("subject").value, reason: at("reason").value };
  const { request } = await postJson("/v1/approvals", wish);
  at("reason").value = "";
  await show();
  say(`Asked for as ${request}.`);
}

/** An export is a device's; what is destroyed is a case's. */
function suit(devices, cases) {
  const device = at("kind").value === "export";
  at("subject-label").textContent = device ? "Device" : "Case";
  fillSelect(at("subject"), device ? devices.map((one) => [one.device, `${one.device} · ${one.case}`]) : cases.map((one) => [one, one]));
}

run(async (session) => {
  me = await getJson("/v1/me");
  const devices = await getJson("/v1/enrolled");
  const cases = [...new Set([...Object.keys(session.cases), ...devices.map((one) => one.case)])];
  at("kind").addEventListener("change", () => suit(devices, cases));
  suit(devices, cases);
  onSubmit(at("ask"), ask);
  await show();
});
