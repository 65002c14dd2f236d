// The review page.

import { CaseIndex } from "../case-index.js";
import { readCaseNotes } from "../case-notes.js";
import { run } from "../page.js";
import { Desk } from "./desk.js";
import { Opened } from "./opened.js";

run(async (session) => {
  const index = new CaseIndex(session.logInKey);
  const desk = new Desk(session, new Opened(session, index), riskTerms(session));
  desk.outbox.send();
  window.desk = desk; // for whoever helps over the console of the browser, and for tests
  await desk.load();
});

/** The words that the officers noted for their people: a set that fills while the queue is being fetched. */
async function riskTerms(session) {
  const notes = await readCaseNotes(session, "risk-term").catch(() => []);
  return new Set(notes.map((one) => one.value?.term?.toLowerCase()).filter(Boolean));
}
