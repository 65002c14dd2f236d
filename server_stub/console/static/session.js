// What both ways of logging in end with: the case keys are unwrapped with the officer's key, and kept in this browser.

import { fromHex } from "./bytes.js";
import { wipe as wipeIndex } from "./case-index.js";
import * as keyStore from "./key-store.js";
import { unwrapCaseKey } from "./keys.js";
import { newLogInKey } from "./log-in-key.js";
import { getJson } from "./server.js";

/** Fetch the account's keys; `unlock(locked)` gives the officer's key. */
export async function open(csrf, unlock) {
  const { officer, locked, wraps, devices } = await getJson("/v1/keys");
  const officerKey = await unlock(locked);
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
