// Small pieces of the review page, made out of values.

import { spellShortTime } from "../page.js";
import { labelOf } from "./dispositions.js";
import { nameOf } from "./rows.js";

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;

export function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== "") made.className = className;
  return made;
}

/** Why this row stands where it stands. */
export function spellReasons(reasons) {
  const words = reasons.map((one) => `${one.words} (${one.points > 0 ? "+" : "−"}${Math.abs(one.points)})`);
  return [element("strong", "Why it stands here: "), words.join(" · ")];
}

/** A capture of a group, with a box that takes it in or out of the decision. */
export function stripItem(member) {
  const item = document.createElement("li");
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = member.covered;
  box.disabled = member.disposition !== null;
  box.addEventListener("change", () => (member.covered = box.checked));
  const decided = member.disposition === null ? "" : ` · ${labelOf(member.disposition)}`;
  label.append(box, ` ${spellShortTime(member.recorded_at)} · severity ${member.severity}${decided} `);
  const link = element("a", "open");
  link.href = `/captures/${nameOf(member)}`;
  link.setAttribute("aria-label", `open the capture of ${spellShortTime(member.recorded_at)}`);
  item.append(label, link);
  return item;
}

/** A decided capture that is like the chosen one. */
export function likeItem({ row, meta, disposition, alike }) {
  const item = element("li", "");
  item.append(element("strong", labelOf(disposition)), ` ${meta.why} `);
  const link = element("a", `${spellShortTime(row.last * 1000)}, ${Math.round(100 * alike)} % of the words alike`);
  link.href = `/captures/${nameOf(row)}`;
  item.append(link);
  return item;
}

const DONE = { assign: "assigned to", escalate: "escalated to", "hand-over": "handed over to", free: "given back to" };

/** A decision's note or an assignment, in words. */
export function historyItem(entry, note, team) {
  const who = team.nameOf(entry.by ?? entry.officer);
  const what = entry.disposition === undefined ? `${DONE[entry.what]} ${entry.to === null ? "the team" : team.nameOf(entry.to)}` : labelOf(entry.disposition);
  const at = entry.at === null ? "just now" : spellShortTime(entry.at);
  const item = element("li", "");
  item.append(element("strong", `${who}: ${what}`), ` ${at}`);
  const terms = (note?.terms ?? []).map((one) => `“${one.term}”`).join(", ");
  const words = [note?.text, terms && `term at fault: ${terms}`].filter(Boolean).join(" · ");
  if (words) item.append(element("p", words));
  return item;
}
