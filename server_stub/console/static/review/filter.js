// The search line: words, and fields as app:chrome term:gun severity:4 decision:breach after:22:00 since:2026-11-01.

const FIELDS = ["app", "title", "url", "term", "library", "severity", "decision", "after", "before", "since", "until", "read"];
const PART = /(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gu;

export class FilterError extends Error {}

/** Read a search line: a list of { field, value }, field "" for plain words. Throws FilterError in plain words. */
export function parseFilter(line) {
  return [...line.toLowerCase().matchAll(PART)].map(([whole, name, quoted, bare]) => {
    const field = name !== undefined && FIELDS.includes(name) ? name : "";
    const value = field === "" && name !== undefined ? whole.replaceAll('"', "") : (quoted ?? bare);
    return checked({ field, value });
  });
}

function checked(part) {
  const forms = { severity: /^[1-5]$/, after: /^\d{1,2}:\d\d$/, before: /^\d{1,2}:\d\d$/, since: /^\d{4}-\d\d-\d\d$/, until: /^\d{4}-\d\d-\d\d$/ };
  const examples = { severity: "severity:4", after: "after:22:00", before: "before:06:00", since: "since:2026-11-01", until: "until:2026-11-30" };
  if (forms[part.field]?.test(part.value) === false) {
    throw new FilterError(`“${part.field}:${part.value}” is not understood; write it as ${examples[part.field]}`);
  }
  return part;
}

/** Whether the words must be opened for it, or the clear header is enough. */
export const needsWords = (parts) => parts.some(({ field }) => !["severity", "after", "before", "since", "until", "decision"].includes(field));

/** Whether a row and its opened words (undefined where not needed) pass. `disposition`: what stands, or null. */
export function passes(parts, row, meta, disposition) {
  const clock = minutes(row.last);
  return parts.every(({ field, value }) => {
    switch (field) {
      case "severity": return row.severity >= Number(value);
      case "decision": return (disposition ?? "undecided").startsWith(value.replaceAll(" ", "-"));
      case "after": case "before": return passesClock(parts, clock);
      case "since": return localDay(row.last) >= value;
      case "until": return localDay(row.first) <= value;
      case "term": return meta.findings.some((one) => one.term.toLowerCase().includes(value) || one.term_id.toLowerCase() === value);
      case "library": return meta.findings.some((one) => one.library_id.toLowerCase().includes(value));
      case "read": return `${meta.source} ${meta.provenance}`.includes(value);
      case "": return haystack(meta).includes(value);
      default: return (meta[field] ?? "").toLowerCase().includes(value);
    }
  });
}

const haystack = (meta) => [meta.why, meta.text, meta.title, meta.app, meta.url].filter(Boolean).join("\n").toLowerCase();

/** after:22:00 before:06:00 goes over midnight; each alone does not. */
function passesClock(parts, clock) {
  const of = (field) => parts.filter((one) => one.field === field).map(({ value }) => spelled(value))[0];
  const [after, before] = [of("after"), of("before")];
  if (after !== undefined && before !== undefined && after > before) return clock >= after || clock < before;
  return (after === undefined || clock >= after) && (before === undefined || clock < before);
}

function spelled(text) {
  const [hours, mins] = text.split(":").map(Number);
  return 60 * hours + mins;
}

function minutes(seconds) {
  const moment = new Date(seconds * 1000);
  return 60 * moment.getHours() + moment.getMinutes();
}

function localDay(seconds) {
  const moment = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
