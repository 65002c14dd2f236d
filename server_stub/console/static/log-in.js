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
const MOST_WRONG = 5; // as on the server, which says the same of names that do not exist
let wrong = 0;

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
    if (error.status === 401 && ++wrong >= MOST_WRONG) location.assign("/locked-out");
    tell(error);
    button.disabled = false;
    button.textContent = "Log in";
  }
});

/** Whether this browser can do what opening a capture takes. */
async function canOpen() {
  if (!window.isSecureContext || window.crypto?.subtle === undefined || window.indexedDB === undefined) return false;
  try {
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    return navigator.locks !== undefined;
  } catch {
    return false;
  }
}

if (!(await canOpen())) location.replace("/unsupported-browser");
