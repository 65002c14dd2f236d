// The review page.

import { CaseIndex } from "../case-index.js";
import { run } from "../page.js";
import { Desk } from "./desk.js";
import { Opened } from "./opened.js";
import { readRiskTerms } from "./risk-terms.js";

run(async (session) => {
  const index = new CaseIndex(session.logInKey);
  const desk = new Desk(session, new Opened(session, index), readRiskTerms(session).catch(() => null));
  desk.outbox.send();
  window.desk = desk; // for whoever helps over the console of the browser, and for tests
  await desk.load();
});
