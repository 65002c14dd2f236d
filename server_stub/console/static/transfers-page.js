// Cases that go to another agency or came from one: how they stand, what comes next, inviting, asking, undoing.

import { at, button, fillSelect, fillTable, make, onSubmit, run, save, say } from "./dom.js";
import { spellTime } from "./page.js";
import { requestRow } from "./request-rows.js";
import { deleteJson, getJson, postJson } from "./server.js";

const STAGES = { prepared: "Copied, still here", given: "Given", accepted: "Accepted", moved: "Moved" };
const FILES = { give: "The other agency's invitation", accept: "parcel.json of the parcel" };
let me;

async function show() {
  const found = await getJson("/v1/transfers");
  at("policy").textContent = found.four_eyes
    ? "This server demands four eyes for giving and taking a case: one person asks here, another approves."
    : "This server does not demand four eyes: a case is given or taken without asking. Requests can be made all the same.";
  fillTable(at("transfers"), found.transfers.map(row), "No case was given or taken yet.");
  at("beginning").replaceChildren(...spellSteps(found.beginning));
  fillTable(at("requests"), found.requests.map(asked), "Nothing waits for a second person.");
  fillTable(at("invitations"), found.invitations.map(invitation), "No invitation is open.");
}

function row(one) {
  const other = one.address === "" ? "" : `${one.arrived ? "from" : "to"} ${one.address}`;
  const name = make("div", {}, one.case, make("div", { className: "hint", text: other }));
  if (one.officers.length > 0) name.append(make("div", { className: "hint", text: `for ${one.officers.join(", ")}` }));
  const state = make("div", {}, STAGES[one.stage], make("div", { className: "hint", text: spellTime(one.at) }));
  const next = make("div", {}, ...spellSteps(one.steps));
  if (one.can_be_undone && me.rights.includes("administer")) next.append(button("Undo", () => undo(one)));
  return [name, state, make("div", {}, ...one.devices.map((device) => move(device, one.arrived))), next];
}

function move(device, arrived) {
  const where = arrived ? "reports here" : "reports there";
  const lacks = device.authority === false ? "has no authority yet" : "has not come yet";
  const words = device.moved_at === null ? (arrived ? lacks : "has not moved yet") : `${where} since ${spellTime(device.moved_at)}`;
  return make("div", {}, device.device, make("div", { className: "hint", text: words }));
}

function spellSteps(steps) {
  return steps.flatMap((step) => [make("p", { className: "step", text: step.words }), ...(step.command === "" ? [] : [command(step.command)])]);
}

/** A command to copy; where the browser forbids that it is marked, so that a key does it. */
function command(text) {
  const code = make("code", { text });
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("The command is copied.");
    } catch {
      getSelection().selectAllChildren(code);
      say("The command is marked: copy it with Ctrl+C.");
    }
  });
  return make("div", { className: "command" }, code, copy);
}

function asked({ asked: one, steps }) {
  const cells = requestRow(one, me, show);
  cells[4].append(...spellSteps(steps));
  return cells;
}

function invitation(one) {
  const print = make("span", { className: "code", text: one.fingerprint });
  return [one.officers.join(", "), spellTime(one.until), print, make("div", {}, ...spellSteps(one.steps))];
}

async function undo(one) {
  const back = `Take case ${one.case} back? Its records are taken here again. The other agency has to undo it as well.`;
  const gone = `Send case ${one.case} back? It is removed here; the agency that gave it has it still.`;
  if (!window.confirm(one.arrived ? gone : back)) return;
  const done = await deleteJson(`/v1/transfers/${one.case}`);
  await show();
  say(done.arrived ? `Case ${one.case} is not here any more.` : `Case ${one.case} is here as before. Tell the other agency to undo it as well.`);
}

async function invite() {
  const officers = [...at("officers").querySelectorAll("input:checked")].map((one) => one.value);
  const { file, fingerprint } = await postJson("/v1/transfers/invitations", { officers });
  save(file, "invitation.json", "application/json");
  at("invite").reset();
  await show();
  say(`The file invitation.json is saved. Send it, and read out by telephone: ${fingerprint}`);
}

async function ask() {
  const way = at("way").value;
  const file = await at("file").files[0].text();
  const wish = { way, case: way === "give" ? at("case").value : "", file, fingerprint: at("fingerprint").value, reason: at("reason").value };
  const done = await postJson("/v1/transfers/requests", wish);
  at("ask").reset();
  suit();
  await show();
  const whom = done.officers.length > 0 ? ` for ${done.officers.join(", ")}` : "";
  say(`Asked for: case ${done.case}, ${way === "give" ? "to" : "from"} ${done.address}${whom}. A supervisor decides.`);
}

/** Show the fields that what is asked for needs. */
function suit() {
  at("which").hidden = at("way").value !== "give";
  at("file-label").textContent = FILES[at("way").value];
}

async function offerOfficers() {
  const open = (await getJson("/v1/accounts")).filter((one) => one.closed_at === null && ["officer", "supervisor"].includes(one.role));
  const tick = (one) => make("label", { className: "tick" }, make("input", { type: "checkbox", value: one.officer }), `${one.name}, ${one.role}`);
  at("officers").replaceChildren(...open.map(tick));
  at("inviting").hidden = false;
}

run(async (session) => {
  me = await getJson("/v1/me");
  const devices = await getJson("/v1/enrolled");
  const cases = new Set([...Object.keys(session.cases), ...devices.map((one) => one.case)]);
  fillSelect(at("case"), [...cases].map((one) => [one, one]));
  at("way").addEventListener("change", suit);
  suit();
  onSubmit(at("ask"), ask);
  onSubmit(at("invite"), invite);
  if (me.rights.includes("administer")) await offerOfficers();
  await show();
});
