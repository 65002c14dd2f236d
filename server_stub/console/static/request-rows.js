// Rows of requests that take a second person, for the pages that show them: what, why, who asked, and deciding.

import { button, make, say } from "./dom.js";
import { spellTime } from "./page.js";
import { postJson } from "./server.js";

const KINDS = { export: "Export", deletion: "Destroy what is due of", shred: "Destroy every key of", authority: "Authority", policy: "Four eyes off",
  transfer: "Give the case to another agency", arrival: "Take a case from another agency",
  libraries: "Publish libraries for" };

/** What, reason, asked, state, decisions: the cells of one request. `after` is run when the account has decided. */
export function requestRow(one, me, after) {
  const mine = one.asked_by === me.officer;
  const asked = `${mine ? "by you" : `by ${one.asked_by_name}`}, ${spellTime(one.asked_at)}`;
  const state = one.decided_by === null ? one.state : `${one.state}, by ${one.decided_by === me.officer ? "you" : one.decided_by_name}`;
  return [what(one), one.reason, asked, state, decisions(one, mine, me, after)];
}

function what(one) {
  const exactly = JSON.parse(one.details);
  const box = make("div", {}, make("div", { text: `${KINDS[one.kind] ?? one.kind} ${one.kind === "arrival" ? exactly.subject : one.subject}` }));
  if (exactly.address !== undefined) {
    box.append(make("div", { className: "hint", text: `The other agency: ${exactly.address}. It reads out: ${exactly.fingerprint}` }));
  }
  if (one.kind === "libraries") {
    box.append(make("div", { className: "hint", text: spellDifference(exactly) }), changes(exactly.changes, one.state === "waiting"));
  }
  box.append(make("details", {}, make("summary", { text: "Exactly what" }), make("pre", { text: JSON.stringify(exactly, null, 1) })));
  return box;
}

/** "In place of set 3: new weapons.toml; changed drugs.toml; taken away slang.toml". */
function spellDifference(exactly) {
  const before = exactly.replaces === 0 ? "The first set" : `In place of set ${exactly.replaces}`;
  const names = (files) => files.map((one) => one.name);
  const parts = [["new", names(exactly.new)], ["changed", names(exactly.changed)], ["taken away", exactly.removed]];
  const told = parts.filter(([, those]) => those.length > 0).map(([word, those]) => `${word} ${those.join(", ")}`);
  return `${before}: ${told.join("; ") || "the same files"}`;
}

/** What the files change in words and rules, file by file; open as long as somebody has to decide on it. */
function changes(files, open) {
  const box = make("details", { open, className: "changes" }, make("summary", { text: "What changes in words and rules" }));
  for (const { file, said, lines, more } of files ?? []) {
    box.append(make("p", {}, make("strong", { text: file }), `: ${said}`));
    const rest = more === 0 ? [] : [`${more} more ${more === 1 ? "change has" : "changes have"} no room here: ask for the file; overt library compare shows everything`];
    if (lines.length + more > 0) box.append(make("ul", {}, ...[...lines, ...rest].map((text) => make("li", { text }))));
  }
  if ((files ?? []).length === 0) box.append(make("p", { text: files === undefined ? "Asked for before this was told." : "Nothing: devices go on as before." }));
  return box;
}

function decisions(one, mine, me, after) {
  const box = make("div");
  if (one.state !== "waiting") return box;
  if (mine) box.textContent = "waits for a second person";
  else if (me.rights.includes("approve")) {
    box.append(button("Approve", () => decide(one, true, after)), " ", button("Refuse", () => decide(one, false, after)));
  }
  return box;
}

async function decide(one, approve, after) {
  await postJson(`/v1/approvals/${one.request}`, { approve });
  await after();
  say(approve ? "Approved." : "Refused.");
}
