// Devices and authorities: join one, compare its fingerprint, revoke it, read under what it is monitored.

import { at, button, fillSelect, fillTable, make, onSubmit, run, say } from "./dom.js";
import { spellTime } from "./page.js";
import { deleteJson, getJson, postJson } from "./server.js";

let devices = [];
let authorities = [];

async function show() {
  [devices, authorities] = await Promise.all([getJson("/v1/enrolled"), getJson("/v1/authorities")]);
  fillTable(at("devices"), devices.map(row), "No device yet.");
}

function row(one) {
  const joined = make("div", {}, spellTime(one.enrolled_at));
  if (one.replaces !== null) joined.append(make("div", { className: "hint", text: `continues ${one.replaces}` }));
  const ended = one.revoked_at === null ? button("Revoke", () => revoke(one)) : `revoked ${spellTime(one.revoked_at)}`;
  return [one.device, one.case, make("span", { className: "code", text: one.fingerprint }), joined, authority(one), ended];
}

function authority(device) {
  const newest = authorities.find((one) => one.device === device.device);
  if (newest === undefined) return "none yet";
  const until = newest.standing === "in force" ? ` until ${spellTime(newest.not_after)}` : "";
  return button(newest.standing + until, () => showAuthority(newest.authority));
}

async function showAuthority(digest) {
  const one = await getJson(`/v1/authorities/${digest}`);
  const pairs = [
    ["Standing", one.standing + (one.withdrawn_at === null ? "" : `, ${spellTime(one.withdrawn_at)}: ${one.reason}`)],
    ["From", spellTime(one.not_before)],
    ["Until", spellTime(one.not_after)],
    ["Accounts", one.accounts.join(", ")],
    ...one.conditions.map((condition) => [`Condition ${condition.number}`, `${condition.text} Served by: ${condition.libraries.join(", ") || "nothing"}.`]),
    ["Watched", one.sources.join(", ")],
    ["Issued by", one.issued_by],
    ["Questions to", one.contact],
    ["Notice", one.notice],
  ];
  at("authority").replaceChildren(...pairs.flatMap(([name, words]) => [make("dt", { text: name }), make("dd", { text: words })]));
  at("shown").hidden = false;
  at("shown").scrollIntoView();
}

async function revoke(one) {
  if (!window.confirm(`Take nothing from ${one.device} any more? This cannot be undone; a rebuilt machine joins anew.`)) return;
  await deleteJson(`/v1/enrolled/${one.device}`);
  await show();
  say(`${one.device} is revoked.`);
}

async function join() {
  const wish = { case: at("case").value };
  if (at("replaces").value !== "") wish.replaces = at("replaces").value;
  const { enrolment, seconds } = await postJson("/v1/codes", wish);
  at("enrolment").textContent = enrolment;
  at("seconds").textContent = `${Math.round(seconds / 60)} minutes`;
  at("made").hidden = false;
}

function offerDevices() {
  const known = devices.filter((one) => one.case === at("case").value);
  const options = known.map((one) => [one.device, `rebuilt: it was ${one.device}`]);
  fillSelect(at("replaces"), [["", known.length > 0 ? "another device" : "the first device"], ...options]);
}

run(async (session) => {
  await show();
  const cases = new Set([...Object.keys(session.cases), ...devices.map((one) => one.case)]);
  fillSelect(at("case"), [...cases].map((one) => [one, one]));
  at("case").addEventListener("change", offerDevices);
  offerDevices();
  at("join").hidden = cases.size === 0;
  onSubmit(at("join"), join);
});
