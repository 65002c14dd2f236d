// Log in: the passphrase becomes a log-in secret and a key here; only the secret is sent.

import { OpenerError, fromHex } from "./bytes.js";
import { wipe as wipeIndex } from "./case-index.js";
import * as keyStore from "./key-store.js";
import { deriveSecrets, unlockWith, unwrapCaseKey } from "./keys.js";
import { newLogInKey } from "./log-in-key.js";
import { RequestError, getJson, postJson } from "./server.js";

const form = document.getElementById("form");
const button = document.getElementById("log-in");
const problem = document.getElementById("problem");

async function logIn(name, passphrase) {
  const parameters = await getJson(`/v1/session/lock?name=${encodeURIComponent(name)}`);
  const { authSecret, lockKey } = await deriveSecrets(passphrase, parameters);
  const { csrf } = await postJson("/v1/session", { name, secret: authSecret });
  const { officer, locked, wraps, devices } = await getJson("/v1/keys");
  const officerKey = await unlockWith(lockKey, locked);
  const cases = {}; // a case's keys, the newest first: what was captured before a change of key stays readable
  for (const wrap of wraps.sort((a, b) => b.epoch - a.epoch)) {
    const key = await unwrapCaseKey(officerKey, fromHex(wrap.wrap), wrap.case, wrap.epoch, wrap.suite);
    (cases[wrap.case] ??= []).push(key);
  }
  const known = Object.fromEntries(devices.map((one) => [one.device, one.public_key]));
  const before = await keyStore.load();
  if (before?.officer !== officer) await wipeIndex(); // what another officer opened in this browser
  const logInKey = before?.officer === officer ? before.logInKey : await newLogInKey();
  await keyStore.keep({ officer, csrf, cases, devices: known, logInKey });
}

function tell(error) {
  const known = error instanceof OpenerError || error instanceof RequestError;
  problem.textContent = known ? error.message : "Logging in did not work in this browser.";
  problem.hidden = false;
  if (!known) console.error(error);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.hidden = true;
  button.disabled = true;
  button.textContent = "Unlocking …";
  try {
    await logIn(form.elements.name.value.trim(), document.getElementById("passphrase").value);
    location.assign("/captures");
  } catch (error) {
    tell(error);
    button.disabled = false;
    button.textContent = "Log in";
  }
});

if (!window.isSecureContext || !crypto.subtle) {
  tell(new OpenerError("format", "browser", "this browser cannot open sealed captures; please use a current one over https"));
  button.disabled = true;
}
