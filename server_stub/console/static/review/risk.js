// Why one group stands before another: points, each with its reason in words. It ranks and explains; it decides nothing.
// What is in the clear (severity, time, how many) counts at once; provenance and term count when the record was opened.

const SEVERITY = 100;
const ESCALATED = 1000;
const NIGHT = { points: 15, from: 23, until: 5 };
const BUILD_UP = { points: 25, least: 5, times: 3, within: 3600 }; // three times what is usual for the device
const FIRST = 30;
const RISK_TERM = 60;
const PROVENANCE = {
  typed: [50, "typed", "typed by the person"],
  pasted: [40, "pasted", "pasted by the person"],
  opened: [20, "opened", "a file the person opened"],
  focused_window: [10, "in front", "in the window in front"],
  visible_window: [0, "", ""],
  background: [-20, "background", "in the background"],
};

export const termKey = ({ library_id, term_id }) => `${library_id}/${term_id}`;

/** Reasons from the clear header. `before`: { captures, usual } of the device in the hour before the group began. */
export function clearReasons(row, before) {
  const reasons = [{ points: row.severity * SEVERITY, short: "", words: `severity ${row.severity}` }];
  if (row.escalated) reasons.push({ points: ESCALATED, short: "escalated", words: "a colleague asked for a second opinion" });
  if (isNight(row.first)) reasons.push({ points: NIGHT.points, short: "late", words: "late at night" });
  if (before.captures >= BUILD_UP.least && before.captures >= BUILD_UP.times * before.usual) {
    const words = `${before.captures} captures in the hour before, where ${Math.round(before.usual)} are usual`;
    reasons.push({ points: BUILD_UP.points, short: "build-up", words });
  }
  return reasons;
}

/** Reasons from the sealed words. `riskTerms`: keys and words the officers noted; `firsts`: term → name of its first group. */
export function sealedReasons(meta, name, { riskTerms, firsts }) {
  const [points, short, words] = PROVENANCE[meta.provenance] ?? [0, "", ""];
  const reasons = points === 0 ? [] : [{ points, short, words }];
  const term = meta.findings.find((one) => isRiskTerm(one, meta.text, riskTerms));
  if (term !== undefined) reasons.push({ points: RISK_TERM, short: "risk term", words: `“${term.term}” is a risk term of this person` });
  const first = meta.findings.find((one) => firsts?.get(termKey(one)) === name);
  if (first !== undefined) reasons.push({ points: FIRST, short: "first", words: `“${first.term}” for the first time` });
  return reasons;
}

function isRiskTerm(finding, text, riskTerms) {
  const matched = Array.from(text).slice(finding.start, finding.end).join("").toLowerCase();
  return riskTerms.has(finding.term.toLowerCase()) || riskTerms.has(matched) || riskTerms.has(termKey(finding));
}

function isNight(seconds) {
  const hour = new Date(seconds * 1000).getHours();
  return hour >= NIGHT.from || hour < NIGHT.until;
}

export const total = (reasons) => reasons.reduce((sum, one) => sum + one.points, 0);

/** For each row the captures of its device in the hour before it began, and the usual number: Map id → both. */
export function capturesBefore(rows) {
  const before = new Map();
  for (const name of new Set(rows.map((row) => row.device))) {
    const device = rows.filter((row) => row.device === name).sort((a, b) => a.first - b.first);
    const hours = new Set(device.map((row) => Math.floor(row.first / BUILD_UP.within))).size;
    const usual = device.reduce((all, row) => all + row.captures, 0) / hours;
    let from = 0;
    let sum = 0;
    device.forEach((row) => {
      while (device[from].first < row.first - BUILD_UP.within) sum -= device[from++].captures;
      before.set(row.id, { captures: sum, usual });
      sum += row.captures;
    });
  }
  return before;
}

/** Highest first; of the same points the newest. */
export const byRisk = (a, b) => b.points - a.points || b.last - a.last || b.id - a.id;

/** The rows in their order, of which the first `kept` stay where they are: nothing moves under an officer's eyes. */
export function reorder(rows, kept) {
  return [...rows.slice(0, kept), ...rows.slice(kept).sort(byRisk)];
}
