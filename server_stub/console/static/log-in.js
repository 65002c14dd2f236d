// Log in: the passphrase becomes a log-in secret and a key here, and only the secret is sent; or a passkey does both.

import { OpenerError } from "./bytes.js";
import { deriveSecrets, unlockWith, unlockWithPasskey } from "./keys.js";
import * as passkey from "./passkey.js";
import { RequestError, getJson, postJson } from "./server.js";
import { open as openSession } from "./session.js";

const form = document.getElementById("form");
const button = document.getElementById("log-in");
const passkeyButton = document.getElementById("use-passkey");
const buttons = [button, passkeyButton];
const problem = document.getElementById("problem");
const MOST_WRONG = 5; // as on the server, which says the same of names that do not exist
let wrong = 0;

async function logIn(name, passphrase) {
  const parameters = await getJson(`/v1/session/lock?name=${encodeURIComponent(name)}`);
  const { authSecret, lockKey } = await deriveSecrets(passphrase, parameters);
  const { csrf } = await postJson("/v1/session", { name, secret: authSecret });
  await openSession(csrf, (locked) => unlockWith(lockKey, locked));
}

async function logInWithPasskey(name) {
  const { answer, prf } = await passkey.ask(await getJson(`/v1/session/passkey?name=${encodeURIComponent(name)}`));
  const { csrf, lock } = await postJson("/v1/session/passkey", { answer });
  await openSession(csrf, () => unlockWithPasskey(prf, lock));
}

function tell(error) {
  const known = error instanceof OpenerError || error instanceof RequestError;
  problem.textContent = known ? error.message : "Logging in did not work in this browser.";
  problem.hidden = false;
  if (!known) console.error(error);
}

async function attempt(act) {
  problem.hidden = true;
  for (const one of buttons) one.disabled = true;
  button.textContent = "Unlocking …";
  try {
    await act(form.elements.name.value.trim());
    location.assign("/home");
  } catch (error) {
    tell(error);
    for (const one of buttons) one.disabled = false;
    button.textContent = "Log in";
    return error;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const error = await attempt((name) => logIn(name, document.getElementById("passphrase").value));
  if (error?.status === 401 && ++wrong >= MOST_WRONG) location.assign("/locked-out");
});

passkeyButton.hidden = !passkey.supported();
passkeyButton.addEventListener("click", () => {
  if (form.elements.name.reportValidity()) attempt(logInWithPasskey);
});

const serviceButton = document.getElementById("use-service");
serviceButton.addEventListener("click", async () => {
  try {
    location.assign((await postJson("/v1/log-in-service", {})).address);
  } catch (error) {
    tell(error);
  }
});
getJson("/v1/log-in-service").then(({ offered }) => (serviceButton.hidden = !offered), () => {});

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
