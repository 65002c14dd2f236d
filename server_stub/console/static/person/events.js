// What a device recorded beside captures, sorted for an officer: signs of evasion, monitors, media, the agent's own life.

const KINDS = [
  ["evasion", "Signs of evasion", /^(evasion-sign|debugger-|clock-moved|agent-suspended|badge-(lost|ended)|black-frames|frozen-frames|private-|account-|server-unreachable|watcher-failed|notice-ended|agent-removed)/],
  ["server", "What the device refused of its server", /^(library-refused|handover-refused|checkpoint-)/], // nobody's evasion
  ["display", "Monitors", /^display-/],
  ["media", "Sticks, discs and shares", /^(media-|known-files)/],
  ["network", "Devices in the home network", /^(device-seen-|neighbours-|network-other)/],
  ["gap", "Gaps: what could not be kept", /^(disk-full|quota-|captures-lost|captures-refused|records-damaged)/],
  ["agent", "The agent’s own life", /^(screening-failed|picture-screening-failed|asking-failed|end-incomplete|delivery-)/],
];

export const SECTIONS = KINDS.map(([kind, title]) => ({ kind, title }));

/** Which section an event belongs to. */
export function kindOf({ kind, event, severity }) {
  if (kind === "gap") return "gap";
  const known = KINDS.find(([, , pattern]) => pattern.test(event));
  if (known !== undefined) return known[0];
  return severity >= 2 ? "evasion" : "agent"; // what is new and not harmless belongs to what is looked at first
}

export const spellEvent = ({ event, text }) => text || `${event.charAt(0).toUpperCase()}${event.slice(1).replaceAll("-", " ")}.`;

/** Whether a capture's words concern the people who supervise. */
export const isStaffSafety = (meta) => meta.findings.some((one) => one.category === "staff-safety" || one.library_id.startsWith("staff"));

const LISTS = {
  "known-files": (details) => Object.values(details),
  "neighbours-learned": devices,
  "neighbours-seen": devices,
  "device-seen-first": ({ device }) => [device],
};

/** What an event lists, a line each: known files, devices. Empty for any other. */
export const listOf = ({ event, details }) => (Object.hasOwn(LISTS, event) ? LISTS[event](details ?? {}).map(String) : []);

function devices(details) {
  return Object.entries(details).filter(([name]) => name !== "network").map(([device, told]) => `${device}: ${told}`);
}

/** Events of one section that say the same, one after the other, as one: [{ ...event, times, last }], newest first. */
export function foldEvents(events) {
  const found = [];
  for (const one of [...events].sort((a, b) => a.at - b.at)) {
    const last = found.at(-1);
    if (last !== undefined && last.event === one.event && last.text === one.text && listOf(one).length === 0) Object.assign(last, { times: last.times + 1, last: one.at });
    else found.push({ ...one, times: 1, last: one.at });
  }
  return found.reverse();
}
