// The administrator's accounts: offered with a code, given another role, closed.

import { at, button, fillSelect, fillTable, make, onSubmit, run, say } from "./dom.js";
import { deleteJson, getJson, postJson } from "./server.js";

const ROLES = ["officer", "supervisor", "auditor", "administrator"];

async function show() {
  const accounts = await getJson("/v1/accounts");
  fillTable(at("accounts"), accounts.map(row), "No account yet.");
}

function row(one) {
  const key = make("span", { className: "code", text: one.fingerprint });
  const open = one.closed_at === null;
  return [one.name, open ? role(one) : one.role, one.teams.join(", "), one.cases, key, open ? make("span", {}, endSessions(one), " ", close(one)) : "closed"];
}

function role(one) {
  const select = make("select", { ariaLabel: `Role of ${one.name}` });
  fillSelect(select, ROLES.map((name) => [name, name]));
  select.value = one.role;
  const change = button("Change", async () => {
    await postJson(`/v1/accounts/${one.officer}/role`, { role: select.value });
    await show();
    say(`${one.name} is ${select.value} now.`);
  });
  change.ariaLabel = `Change the role of ${one.name}`;
  return make("span", {}, select, " ", change);
}

function endSessions(one) {
  const pressed = button("Log out everywhere", async () => {
    await deleteJson(`/v1/accounts/${one.officer}/sessions`);
    say(`Every session of ${one.name} has ended.`);
  });
  pressed.ariaLabel = `Log ${one.name} out everywhere`;
  return pressed;
}

function close(one) {
  const pressed = button("Close", async () => {
    if (!confirm(`Close the account of ${one.name}? It stays in the record, and cannot be opened again.`)) return;
    await deleteJson(`/v1/accounts/${one.officer}`);
    await show();
    say(`The account of ${one.name} is closed.`);
  });
  pressed.ariaLabel = `Close the account of ${one.name}`;
  return pressed;
}

onSubmit(at("offer"), async () => {
  const name = at("name").value.trim();
  const { code, seconds } = await postJson("/v1/accounts", { name, role: at("role").value });
  at("code").textContent = code;
  at("address").textContent = `${location.origin}/join`;
  at("made").hidden = false;
  at("offer").reset();
  say(`Give ${name} the code: it is good for ${Math.round(seconds / 86_400)} days and once.`);
});

run(async () => {
  fillSelect(at("role"), ROLES.map((name) => [name, name]));
  await show();
});
