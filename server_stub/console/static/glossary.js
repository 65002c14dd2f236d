// What a word means, where it stands: on hover and on focus, for as long as either lasts, gone with Esc (WCAG 1.4.13).
// The words come with the page, as what each button is described by; a screen reader reads them from there.

const GAP = 6;
const LEAVING_MS = 180; // to get from the word to its explanation with the mouse
const EDGE = 8;

let tip = null;
let word = null; // the button that is explained
let leaving = null;

for (const button of document.querySelectorAll("button.term")) {
  button.addEventListener("pointerenter", () => show(button));
  button.addEventListener("focus", () => show(button));
  button.addEventListener("click", () => show(button));
  button.addEventListener("pointerleave", leave);
  button.addEventListener("blur", hide);
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("scroll", follow, { capture: true, passive: true });

function show(button) {
  clearTimeout(leaving);
  tip ??= made();
  word = button;
  tip.textContent = document.getElementById(button.getAttribute("aria-describedby")).textContent;
  if (!tip.matches(":popover-open")) tip.showPopover();
  place(tip, button.getBoundingClientRect());
}

/** Stay at the word when something scrolls: to focus a word may scroll it into view. */
function follow() {
  if (tip?.matches(":popover-open")) place(tip, word.getBoundingClientRect());
}

function made() {
  const box = Object.assign(document.createElement("div"), { className: "about", popover: "manual" });
  box.setAttribute("aria-hidden", "true"); // read from the description already
  box.addEventListener("pointerenter", () => clearTimeout(leaving));
  box.addEventListener("pointerleave", leave);
  return document.body.appendChild(box);
}

function place(box, { top: above, bottom, left }) {
  const { width, height } = box.getBoundingClientRect();
  const below = bottom + GAP;
  const top = below + height > innerHeight - EDGE ? above - GAP - height : below;
  box.style.top = `${Math.max(EDGE, top)}px`;
  box.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
}

function leave() {
  leaving = setTimeout(hide, LEAVING_MS);
}

function hide() {
  clearTimeout(leaving);
  if (tip?.matches(":popover-open")) tip.hidePopover();
}
