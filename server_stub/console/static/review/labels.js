// Decisions as labels for `overt evaluate --labels`: JSON lines of the form overt-labels-1 (docs/evaluation.md), made where
// the key is. Without the words a line names its text by its SHA-256.

import { sha256, toHex, utf8 } from "../bytes.js";

const FORMAT = "overt-labels-1";
const LABELLING = ["false-alarm", "no-concern", "intelligence", "concern", "breach"]; // third parties' words never leave

/** One line for each decided capture, [{ meta, decision: { disposition, officer, at } }]. */
export async function spellLabels(captures, { words }) {
  const some = captures.filter(({ decision, meta }) => LABELLING.includes(decision.disposition) && meta.text !== "");
  const lines = await Promise.all(some.map((one) => spellLabel(one, words)));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

async function spellLabel({ meta, decision }, words) {
  const terms = new Set(meta.findings.map((one) => `${one.library_id}/${one.term_id}`));
  const text = words ? { text: meta.text } : { sha256: toHex(await sha256(utf8(meta.text))) };
  const term = terms.size === 1 ? { term: [...terms][0] } : {}; // of several, the decision does not say which it judged
  return { format: FORMAT, ...text, disposition: decision.disposition, by: decision.officer, at: decision.at.slice(0, 10), source: meta.source, ...term };
}
