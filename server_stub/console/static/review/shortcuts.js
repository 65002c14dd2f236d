// The keys of the review page: what each does, in words and in deed. Dialogs and fields keep theirs.

export const HELP = [
  ["J or ↓, K or ↑", "next, the one before"],
  ["1 – 6", "decide, and go on to the next"],
  ["U", "undo the last decision, as often as you like"],
  ["hold P", "see the picture while you hold it"],
  ["Shift P", "keep the picture open, cover it again"],
  ["N", "a note with the next decision"],
  ["F", "propose a library fix, with its measured effect"],
  ["A, E, H", "assign, escalate, hand over"],
  ["G", "to the captures of the group; Space takes one out"],
  ["/", "search; Esc ends it"],
  ["L", "match all captures with a list of known pictures"],
  ["T", "words only: no pictures at all"],
  ["R", "look for new captures"],
  ["Home, End", "first, last"],
];

/** Listen: `actions` maps keys to functions; `hold` to { down, up } for keys that act while they are held. */
export function listen(actions, hold, failed) {
  const idle = (event) => event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null;
  // A field of a dialog that was just closed keeps the focus for a moment: it takes no keys any more.
  const typing = (target) => target.matches("input:not([type=checkbox]), textarea, select") && target.closest("dialog") === null;
  document.addEventListener("keydown", (event) => {
    if (idle(event) || typing(event.target)) return;
    if (hold[event.key] !== undefined) {
      event.preventDefault();
      if (!event.repeat) hold[event.key].down();
      return;
    }
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    Promise.resolve(action()).catch(failed);
  });
  document.addEventListener("keyup", (event) => hold[event.key]?.up());
  window.addEventListener("blur", () => Object.values(hold).forEach((one) => one.up()));
}
