// Decisions of an officer: kept in this browser until the server has them, so that a lost network loses none.
// A decision is named here; sent twice, it counts once.

import { RequestError, deleteJson, postJson } from "./server.js";

const WAITING = "overt-decisions";
const RETRY_MS = 3000;

export const DISPOSITIONS = [
  { key: "1", name: "no-concern", label: "No concern" },
  { key: "2", name: "false-alarm", label: "False alarm" },
  { key: "3", name: "intelligence", label: "Intelligence" },
  { key: "4", name: "concern", label: "Concern" },
  { key: "5", name: "breach", label: "Breach" },
  { key: "6", name: "third-party", label: "Third party" },
];

export const labelOf = (name) => DISPOSITIONS.find((one) => one.name === name)?.label ?? name;

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function readWaiting() {
  return JSON.parse(localStorage.getItem(WAITING) ?? "[]");
}

function writeWaiting(list) {
  localStorage.setItem(WAITING, JSON.stringify(list));
}

/** Sends decisions in the order in which they were made. `onChange(waiting, problem)` hears how many are on their way. */
export class Outbox {
  constructor(onChange) {
    this.onChange = onChange;
    this.sending = false;
    window.addEventListener("online", () => this.send());
  }

  get waiting() {
    return readWaiting().length;
  }

  /** Decide about records, { device, epoch, seq }; `note` is sealed. Returns the decision's name. */
  decide(disposition, records, note) {
    const id = newId();
    writeWaiting([...readWaiting(), { what: "decide", id, disposition, records, note }]);
    this.send();
    return id;
  }

  undo(id) {
    writeWaiting([...readWaiting(), { what: "undo", id }]);
    this.send();
  }

  /** Wait until what is being sent was sent or failed. */
  async settled() {
    while (this.sending) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Send what waits; tried again by itself while the server cannot be reached. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let first = readWaiting()[0]; first !== undefined; first = readWaiting()[0]) {
        await deliver(first);
        writeWaiting(readWaiting().slice(1));
        this.onChange(this.waiting, null);
      }
    } catch (problem) {
      this.failed(problem);
    } finally {
      this.sending = false;
    }
  }

  failed(problem) {
    const refused = problem instanceof RequestError && problem.status >= 400 && problem.status < 500 && problem.status !== 401;
    if (refused) writeWaiting(readWaiting().slice(1)); // trying again would not help, and would block the others
    this.onChange(this.waiting, problem);
    if (!refused && problem instanceof RequestError && problem.status === 401) return;
    setTimeout(() => this.send(), refused ? 0 : RETRY_MS);
  }
}

function deliver({ what, id, disposition, records, note }) {
  if (what === "undo") return deleteJson(`/v1/decisions/${id}`);
  return postJson("/v1/decisions", { id, disposition, records, note });
}
