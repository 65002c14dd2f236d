// What every page behind the log-in does: get the keys, offer the way out, say what went wrong.

import { OpenerError } from "./bytes.js";
import * as keyStore from "./key-store.js";
import { RequestError, logOut } from "./server.js";

const SEVERITIES = ["none", "1 · counts only", "2 · low", "3 · of interest", "4 · high", "5 · urgent"];
const SOURCES = {
  ocr: "the screen (text recognition)",
  "window-title": "the window's title",
  accessibility: "the screen (accessibility)",
  typed: "the keyboard",
  "screen-picture": "a picture on the screen",
  clipboard: "what was copied",
  "file-name": "the name of a file",
  file: "the text of a file on a stick or disk",
  "known-file": "a file on a stick or disk, compared with sets of known files",
  process: "a program that was started",
  notification: "a notification",
};

const PROVENANCES = {
  typed: "typed by the person",
  pasted: "pasted by the person",
  opened: "in a file the person opened",
  focused_window: "in the window in front",
  visible_window: "in a visible window",
  background: "in the background",
};

/** Run a page: `show` gets the officer's keys; a failure is told in words and marks the page as failed. */
export async function run(show) {
  document.getElementById("log-out").addEventListener("click", logOut);
  const main = document.querySelector("main");
  try {
    const session = await keyStore.load();
    if (session === undefined) {
      location.replace("/");
      return;
    }
    await show(session);
    main.dataset.state = "ready";
  } catch (problem) {
    tell(problem);
    document.getElementById("problem").append(" ", loadAgain());
    main.querySelector("#progress")?.setAttribute("hidden", ""); // nothing goes on any more
    main.dataset.state = "failed";
  }
}

function loadAgain() {
  return Object.assign(document.createElement("a"), { href: location.href, textContent: "Load this page again" });
}

/** Show anew every so often while the page can be seen. Where that fails it is told since when nothing is known. */
export function keepFresh(show, milliseconds) {
  let at = new Date();
  let failed = false;
  let asking = false; // a slow answer is on its way
  const refresh = async () => {
    try {
      await show();
      if (failed) document.getElementById("problem").hidden = true;
      at = new Date();
      failed = false;
    } catch (problem) {
      failed = true;
      tell(problem, `What stands here was so at ${CLOCK.format(at)}; it is asked for again by itself.`);
    }
  };
  const whenSeen = () => {
    if (asking || document.visibilityState !== "visible") return;
    asking = true;
    refresh().finally(() => (asking = false));
  };
  setInterval(whenSeen, milliseconds);
  document.addEventListener("visibilitychange", whenSeen);
}

/** What the server says is part of a sentence. */
function sentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}

/** Show what went wrong, with what more there is to say. An ended session leads back to the log-in page. */
export function tell(problem, more = "") {
  if (problem instanceof RequestError && problem.status === 401) {
    keyStore.wipe().finally(() => location.replace("/session-ended"));
    return;
  }
  const known = problem instanceof OpenerError || problem instanceof RequestError;
  const box = document.getElementById("problem");
  box.textContent = [known ? sentence(problem.message) : "This page could not be shown. Please reload it.", more].filter(Boolean).join(" ");
  box.hidden = false;
  if (!known) console.error(problem);
}

export function showSeverity(element, severity, { short = false } = {}) {
  element.textContent = `${short ? "" : "Severity "}${SEVERITIES[severity] ?? severity}`;
  element.dataset.severity = severity;
}

export const spellTime = (text) =>
  new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

// Made once: a list formats dozens of times whenever it moves.
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** Today's times without the day, others without the seconds. */
export function spellShortTime(text) {
  const moment = new Date(text);
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? CLOCK : DAY_AND_CLOCK).format(moment);
}

/** "21:03 – 21:19", with days where they differ. Seconds since 1970. */
export function spellSpan(first, last) {
  const [from, to] = [new Date(first * 1000), new Date(last * 1000)];
  const clock = { hour: "2-digit", minute: "2-digit" };
  if (from.toDateString() === to.toDateString()) {
    const day = to.toDateString() === new Date().toDateString() ? "" : `${to.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} `;
    const ends = [from, to].map((one) => one.toLocaleTimeString("en-GB", clock));
    return day + (ends[0] === ends[1] ? ends[0] : ends.join("–"));
  }
  const day = { day: "numeric", month: "short" };
  return `${from.toLocaleDateString("en-GB", day)} – ${to.toLocaleDateString("en-GB", day)}`;
}

/** "12 min", "2 h", "3 days": how long something went on. */
export function spellLength(seconds) {
  if (seconds < 90 * 60) return `${Math.max(1, Math.round(seconds / 60))} min`;
  return seconds < 36 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

export const spellSource = (source) => SOURCES[source] ?? source;

export const spellProvenance = (provenance) => PROVENANCES[provenance] ?? provenance.replaceAll("_", " ");
