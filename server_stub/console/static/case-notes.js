// What a case's officers write down for each other, sealed: risk terms, proposed library fixes, remarks.

import { newId } from "./bytes.js";
import { openNote, sealNote } from "./notes.js";
import { deleteJson, getJson, postJson } from "./server.js";

/** Seal any JSON value for the officers of a case and keep it under a kind. */
export async function addCaseNote(session, caseId, kind, value) {
  const sealed = await sealNote(session.cases[caseId][0], value);
  return postJson("/v1/case-notes", { id: newId(), case: caseId, kind, sealed });
}

/** The notes of a kind, opened, the newest first: [{ id, case, officer, at, value }]; `value` null where no key opens it. */
export async function readCaseNotes(session, kind) {
  const found = await getJson(`/v1/case-notes?kind=${kind}`);
  return Promise.all(found.map(async (one) => ({ ...one, value: await openNote(session.cases[one.case] ?? [], one.sealed) })));
}

export const withdrawCaseNote = (id) => deleteJson(`/v1/case-notes/${id}`);
