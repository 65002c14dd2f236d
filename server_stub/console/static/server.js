// Requests to the server, with errors in plain words.

import { wipe as wipeIndex } from "./case-index.js";
import * as keyStore from "./key-store.js";

/** An answer that was not a success. `status` is the HTTP status, 0 where there was no answer at all. */
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const SESSION = "/v1/session";
const NEVER = new Promise(() => {});
const leave = new AbortController(); // logging out: nobody waits any more for what is still on its way

/** Wait for what comes over the network: an answer, the rest of it, a module. Throws RequestError where it does not come. */
export async function arrived(coming) {
  try {
    return await coming;
  } catch {
    if (leave.signal.aborted) return NEVER;
    throw new RequestError(0, "The server cannot be reached. Is the network up? Your place is kept; try again.");
  }
}

async function request(path, options = {}) {
  const response = await arrived(fetch(path, { credentials: "same-origin", signal: leave.signal, ...options }));
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new RequestError(response.status, told.error ?? `The server answered ${response.status}.`);
}

export const getJson = async (path) => arrived((await request(path)).json());

export const getBytes = async (path) => new Uint8Array(await arrived((await request(path)).arrayBuffer()));

let token = null; // of this log-in; another one in another window has another

const freshToken = async () => (token = (await keyStore.load())?.csrf ?? "");

/** Ask the server to do something; the token shows that one of our own pages asks. */
async function write(method, path, value) {
  const body = value === undefined ? undefined : JSON.stringify(value);
  const ask = (csrf) => request(path, { method, headers: { "content-type": "application/json", "x-overt-csrf": csrf }, body });
  const known = token ?? (await freshToken());
  try {
    return await ask(known);
  } catch (problem) {
    if (problem.status !== 401 || (await freshToken()) === known) throw problem;
    return ask(token); // somebody logged in anew in another window
  }
}

export const postJson = async (path, value) => arrived((await write("POST", path, value)).json());

export const postForBytes = async (path, value) => new Uint8Array(await arrived((await write("POST", path, value)).arrayBuffer()));

export const deleteJson = async (path) => arrived((await write("DELETE", path)).json());

/** End the session here and on the server; the keys go first, whatever the network does. */
export async function logOut() {
  leave.abort();
  const session = await keyStore.load();
  await Promise.all([keyStore.wipe(), wipeIndex()]);
  try {
    await fetch(SESSION, { method: "DELETE", headers: { "x-overt-csrf": session?.csrf ?? "" } });
  } catch {
    // The session ends by itself; the keys are gone already.
  }
  location.assign("/");
}
