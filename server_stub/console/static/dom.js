// Small helpers of the office's pages: elements from values, rows of tables, forms that say how they ended.

import { run, tell } from "./page.js";

/** Make an element; words become text, never markup. */
export function make(name, { text = "", ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  if (text !== "") element.textContent = text;
  element.append(...children);
  return element;
}

export const at = (id) => document.getElementById(id);

/** Fill a table's body: each row is a list of words or elements. */
export function fillTable(body, rows, empty) {
  const cells = (row) => row.map((cell) => make("td", {}, cell instanceof Node ? cell : String(cell ?? "")));
  const width = body.closest("table").querySelectorAll("th").length;
  const none = make("tr", {}, make("td", { text: empty, colSpan: width, className: "hint" }));
  body.replaceChildren(...(rows.length > 0 ? rows.map((row) => make("tr", {}, ...cells(row))) : [none]));
}

export function button(words, act, className = "small") {
  const made = make("button", { text: words, type: "button", className });
  made.addEventListener("click", () => doing(made, act));
  return made;
}

/** Say something that went well. */
export function say(words) {
  at("problem").hidden = true;
  at("said").textContent = words;
  at("said").hidden = false;
}

/** Do something once, with the button closed meanwhile; what goes wrong is told in words. */
export async function doing(pressed, act) {
  pressed.disabled = true;
  at("said").hidden = true;
  at("problem").hidden = true;
  try {
    await act();
  } catch (problem) {
    tell(problem);
  } finally {
    pressed.disabled = false;
  }
}

export function onSubmit(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(form.querySelector("button"), act);
  });
}

export function fillSelect(select, options) {
  select.replaceChildren(...options.map(([value, words]) => make("option", { value, text: words })));
}

/** Offer text as a file of this name; nothing goes over the network. */
export function save(text, name, type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** What a datetime-local field means, in UTC. */
export const moment = (field) => new Date(field.value).toISOString();

/** What a datetime-local field is to show for a moment, in local time. */
export function fieldTime(date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export { run };
