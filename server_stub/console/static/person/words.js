// Lengths, shares and coverage in plain words, as the reports of `overt` say them.

const REASONS = {
  "badge-lost": "the badge could not be seen",
  "notice-waiting": "the notice was not confirmed yet",
  "black-frames": "a monitor gave nothing but black",
  "frozen-frames": "the picture of the screen stood still although the device was used",
  "secure-desktop": "the system showed a screen of its own",
  "permission-lost": "the system no longer permitted looking at the screen",
  "unsupported-session": "this kind of session cannot be watched",
  "protected-window": "a window kept itself out of pictures of the screen",
  "source-failed": "a source failed",
};

const NEVER_SEEN = { down: "the agent was ended from outside", suspended: "the agent was held still" };

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;

/** "45 s", "41 minutes", "3 h 05 min", "4 days": as people say it. */
export function spellDuration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return count(minutes, "minute");
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  return count(Math.floor(minutes / (24 * 60)), "day");
}

/** Whole percents that never say 100 for less, nor 0 for more. */
export function spellShare(share) {
  let percent = Math.round(share * 100);
  if (percent === 100 && share < 1) percent = 99;
  if (percent === 0 && share > 0) percent = 1;
  return `${percent} %`;
}

/** Sentences about sums of coverage: the share that was watched first, then why not the rest. */
export function coverageSentences({ states, reasons, unexplained }) {
  const [watched, unwatched] = [states.watched ?? 0, states.unwatched ?? 0];
  const use = watched + unwatched;
  const said = [use === 0 ? "Not in use while the agent ran." : `Watched ${spellShare(watched / use)} of ${spellDuration(use)} in use; ${unexplained === 0 ? "nothing" : spellDuration(unexplained)} unexplained.`];
  for (const [reason, seconds] of Object.entries(reasons).sort((a, b) => b[1] - a[1])) {
    said.push(`${spellDuration(seconds)} in use not watched, or not all of it: ${REASONS[reason] ?? reason.replaceAll("-", " ")}.`);
  }
  for (const [state, words] of Object.entries(NEVER_SEEN)) {
    if (states[state]) said.push(`${spellDuration(states[state])} not seen at all: ${words}.`);
  }
  return said;
}

const DAY = { weekday: "short", day: "numeric", month: "short" };
const CLOCK = { hour: "2-digit", minute: "2-digit" };

export const spellDay = (moment) => new Date(moment).toLocaleDateString("en-GB", DAY);

/** "Mon, 2 Nov, 21:03": with the year only where it is another one. */
export const spellMoment = (moment) => {
  const year = new Date(moment).getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return new Date(moment).toLocaleString("en-GB", { ...DAY, ...year, ...CLOCK });
};

export const spellClock = (moment) => new Date(moment).toLocaleTimeString("en-GB", CLOCK);
