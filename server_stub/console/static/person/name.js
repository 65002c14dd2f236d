// What the officers of a case call the person among themselves: sealed in the browser, the server keeps only the case's id.

import { addCaseNote, readCaseNotes } from "../case-notes.js";

const KIND = "case-name";

/** Names by case; a case that nobody named has none. */
export async function readNames(session) {
  const notes = await readCaseNotes(session, KIND).catch(() => []);
  const names = new Map();
  for (const note of notes) if (note.value !== null && !names.has(note.case)) names.set(note.case, note.value.name); // the newest first
  return names;
}

export const keepName = (session, caseId, name) => addCaseNote(session, caseId, KIND, { format: "overt-case-name-1", name });
