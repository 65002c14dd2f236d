// The review page.

import { CaseIndex } from "../case-index.js";
import { readCaseNotes } from "../case-notes.js";
import { run } from "../page.js";
import { Desk } from "./desk.js";
import { Opened } from "./opened.js";

run(async (session) => {
  const riskTerms = readCaseNotes(session, "risk-term").catch(() => []);
  const index = new CaseIndex(session.logInKey);
  const terms = new Set((await riskTerms).map((one) => one.value?.term?.toLowerCase()).filter(Boolean));
  const desk = new Desk(session, new Opened(session, index), terms);
  desk.outbox.send();
  window.desk = desk; // for whoever helps over the console of the browser, and for tests
  await desk.load();
});
