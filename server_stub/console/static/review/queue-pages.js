// The queue's index, fetched in pages: the server answers others between them, and no answer is large.

import { getJson } from "../server.js";
import { readIndex } from "./rows.js";

const PAGE = 2000;

/** All rows of a choice (undecided, decided, all). One that moved between two pages counts once. Throws RequestError. */
export async function fetchRows(show) {
  const byId = new Map();
  for (let after = ""; after !== null; ) {
    const index = await getJson(`/v1/queue?show=${show}&limit=${PAGE}${after === "" ? "" : `&after=${after}`}`);
    for (const row of readIndex(index)) byId.set(row.id, row);
    after = index.next;
  }
  return [...byId.values()];
}

/** A word that stays the same while nothing of any row changes: asked often, it costs next to nothing. */
export const fetchState = async () => (await getJson("/v1/queue/state")).state;

/** The first rows of what waits for a decision. */
export const fetchTop = async (limit) => readIndex(await getJson(`/v1/queue?limit=${limit}`));
