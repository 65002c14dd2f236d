// What a device's silence seems to be, in an officer's words. evidence/silence.py has the meanings.

import { spellMoment } from "./words.js";

const WORDS = {
  reporting: "reports",
  usual: "quiet, as it often is",
  away: "silent; noted as away",
  off: "switched off beyond its routine",
  "broke-off": "went dark: killed, power or network, nobody can tell yet",
  offline: "was without a network, delivered later",
  "alarm-at-return": "came back with an alarm: perhaps it was killed",
  "use-dropped": "used far less than before: possibly a second device",
  "cannot-tell": "silent for days; too new to say whether that is usual",
  "never-heard": "enrolled, and never heard of",
  ended: "no longer watched",
};

export const spellMeaning = (meaning) => WORDS[meaning] ?? meaning;

/** Whether somebody should look. */
export const needsSomebody = (device) => device.severity > 0;

export const spellSign = ({ words, at }) => (at === null ? words : `${words} (${spellMoment(at)})`);
