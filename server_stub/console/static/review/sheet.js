// One capture as an officer reads it: the reason first, then the words, then where and when.

import { showSeverity, spellProvenance, spellSource, spellTime } from "../page.js";

const at = (id) => document.getElementById(id);
const write = (id, text) => {
  at(id).textContent = text ?? "not known";
};

/** Put text into an element with the findings marked. Offsets count code points, as the engine does. */
export function showText(element, text, findings) {
  const letters = Array.from(text);
  const pieces = [];
  let done = 0;
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start < done || start === end) continue; // inside what is marked already, or a picture's
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    pieces.push(letters.slice(done, start).join(""), mark);
    done = end;
  }
  element.replaceChildren(...pieces, letters.slice(done).join(""));
  const first = element.querySelector("mark");
  element.scrollTop = first === null ? 0 : Math.max(0, first.offsetTop - element.offsetTop - 60);
}

function findingItem(finding) {
  const item = document.createElement("li");
  item.append(finding.explanation);
  const rule = document.createElement("span");
  rule.className = "rule";
  const condition = finding.condition === null ? "" : ` · condition ${finding.condition} of the order`;
  rule.textContent = `${finding.library_id} ${finding.library_version} · ${finding.rule} · severity ${finding.severity}${condition}`;
  item.append(rule);
  return item;
}

function firedItem(finding) {
  const item = findingItem(finding);
  item.dataset.library = finding.library_id;
  return item;
}

function suppressedItem(finding) {
  const item = findingItem(finding);
  item.querySelector(".rule").prepend(`${finding.reason} · `);
  return item;
}

function showSuppressed(suppressed) {
  at("suppressed-count").textContent = suppressed.length;
  at("suppressed").replaceChildren(...suppressed.map(suppressedItem));
  at("suppressed-box").hidden = suppressed.length === 0;
}

/** What every page of a capture shows: `row` is its place, `meta` its opened words. */
export function showSheet(row, meta) {
  write("why", meta.why);
  showSeverity(at("severity"), meta.severity);
  write("window-title", meta.title);
  write("app", meta.app);
  write("url", meta.url);
  write("observed", spellTime(meta.observed_at));
  write("source", `${spellSource(meta.source)}, ${spellProvenance(meta.provenance)}`);
  write("account", meta.account);
  const conditions = [...new Set(meta.findings.map((one) => one.condition).filter((one) => one !== null))];
  write("condition", conditions.length === 0 ? "none named in the order" : conditions.map((one) => `number ${one} of the order`).join(", "));
  write("decision", meta.decision.reason);
  write("record", `${row.epoch}/${row.seq} of ${row.device}`);
  const signature = at("signature");
  signature.textContent = `✓ Signed by the device, number ${row.seq} in its chain`;
  signature.dataset.verified = "true";
  showText(at("text"), meta.text, meta.findings);
  at("text").hidden = at("text-heading").hidden = meta.text === ""; // what was found stands in a picture
  at("findings").replaceChildren(...meta.findings.map(firedItem));
  showSuppressed(meta.suppressed);
}
