// The words that the officers noted for their people.

import { readCaseNotes } from "../case-notes.js";

/** In small letters. Throws RequestError. */
export async function readRiskTerms(session) {
  const notes = await readCaseNotes(session, "risk-term");
  return new Set(notes.map((one) => one.value?.term?.toLowerCase()).filter(Boolean));
}
