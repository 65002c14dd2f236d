// Coverage records, opened: what the device could see, added up. evidence/SPEC.md has the form: runs of [how often, seconds].

export const COVERAGE_FORMAT = "overt-coverage-1";

/** Seconds of each state and reason of one record, and those in no state: { seconds, states, reasons, unexplained }. */
export function sumCoverage({ since, until, states, reasons }) {
  const seconds = Math.ceil((Date.parse(until) - Date.parse(since)) / 1000);
  const sums = sumColumns(states);
  const known = Object.values(sums).reduce((all, one) => all + one, 0);
  return { seconds, states: sums, reasons: sumColumns(reasons), unexplained: Math.max(0, seconds - known) };
}

const sumColumns = (columns) =>
  Object.fromEntries(Object.entries(columns).map(([name, runs]) => [name, runs.reduce((all, [times, value]) => all + times * value, 0)]));

/** "watched 54 min, idle 3 min, unexplained 1 min; could not see: black picture" */
export function spellCoverage(record) {
  const { states, reasons, unexplained } = sumCoverage(record);
  const parts = Object.entries({ ...states, unexplained }).filter(([, seconds]) => seconds > 0);
  const said = parts.map(([name, seconds]) => `${name.replaceAll("-", " ")} ${spellSeconds(seconds)}`).join(", ");
  const why = Object.keys(reasons).map((name) => name.replaceAll("-", " ")).join(", ");
  return why === "" ? said : `${said}; could not see: ${why}`;
}

const spellSeconds = (seconds) => (seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);
