// The asking account: who it is, and its passkeys.

import { encode } from "./canonical.js";
import { OpenerError } from "./bytes.js";
import { at, button, doing, fillTable, onSubmit, run, say } from "./dom.js";
import { deriveSecrets, lockAnew, lockUnderPasskey } from "./keys.js";
import { spellTime } from "./page.js";
import * as passkey from "./passkey.js";
import { deleteJson, getJson, postJson } from "./server.js";

async function showPasskeys() {
  const rows = (await getJson("/v1/passkeys")).map((one) => [
    one.passkey.slice(0, 8),
    spellTime(one.added_at),
    one.used_at === null ? "never" : spellTime(one.used_at),
    button("Remove", () => remove(one.passkey)),
  ]);
  fillTable(at("passkeys"), rows, "No passkey yet.");
}

async function remove(id) {
  await deleteJson(`/v1/passkeys/${id}`);
  await showPasskeys();
  say("The passkey is removed.");
}

async function add(me) {
  const field = at("passphrase");
  const { authSecret, lockKey } = await prove(me, field);
  const { locked } = await getJson("/v1/keys");
  const made = await passkey.create(await postJson("/v1/passkeys/options", {}));
  const lock = await lockUnderPasskey(lockKey, locked, made);
  await postJson("/v1/passkeys", { answer: made.answer, lock: encode(lock), secret: authSecret });
  field.value = "";
  await showPasskeys();
  say("The passkey is added. At the next log-in, give your name and press “Use a passkey”.");
}

/** What the passphrase in a field proves: { authSecret, lockKey }. */
async function prove(me, field) {
  const parameters = await getJson(`/v1/session/lock?name=${encodeURIComponent(me.name)}`);
  return deriveSecrets(field.value, parameters);
}

async function change(me) {
  if (at("new").value !== at("again").value) throw new OpenerError("usage", "new passphrase", "the two are not the same");
  const { authSecret, lockKey } = await prove(me, at("old"));
  const { locked } = await getJson("/v1/keys");
  const made = await lockAnew(lockKey, locked, at("new").value);
  await postJson("/v1/passphrase", { secret: authSecret, locked: made.locked, new_secret: made.authSecret });
  at("change").reset();
  say("The passphrase is changed, and every other session of this account has ended.");
}

async function endOthers(me) {
  const { authSecret } = await prove(me, at("old"));
  const { ended } = await postJson("/v1/sessions/end-others", { secret: authSecret });
  at("change").reset();
  say(`${ended} other session${ended === 1 ? "" : "s"} of this account ended.`);
}

async function showService() {
  const { offered } = await getJson("/v1/log-in-service");
  const { connected } = await getJson("/v1/session");
  at("service").hidden = !offered;
  at("connected").textContent = connected ? "This account is connected." : "This account is not connected.";
  at("connect").hidden = connected;
  at("disconnect").hidden = !connected;
}

function bindService() {
  at("connect").addEventListener("click", () =>
    doing(at("connect"), async () => location.assign((await postJson("/v1/log-in-service/connect", {})).address)),
  );
  at("disconnect").addEventListener("click", () =>
    doing(at("disconnect"), async () => {
      await deleteJson("/v1/log-in-service");
      await showService();
      say("This account is not connected any more.");
    }),
  );
}

run(async () => {
  const me = await getJson("/v1/me");
  at("name").textContent = me.name;
  at("role").textContent = me.role;
  at("teams").textContent = me.teams.join(", ") || "none";
  at("fingerprint").textContent = me.fingerprint;
  at("add").hidden = !passkey.supported();
  onSubmit(at("add"), () => add(me));
  onSubmit(at("change"), () => change(me));
  at("end-others").addEventListener("click", () => doing(at("end-others"), () => endOthers(me)));
  bindService();
  await Promise.all([showPasskeys(), showService()]);
});
