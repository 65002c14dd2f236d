// The list at the left: one row for a group, filled as it comes into view.

import { showSeverity, spellLength, spellShortTime, spellSpan } from "../page.js";
import { VirtualList } from "../virtual-list.js";
import { isKnownPicture } from "./exposure.js";
import { labelOf } from "./dispositions.js";
import { nameOf } from "./rows.js";
import { drawVeil } from "./veil.js";

const ROW_HEIGHT = 84;

export class ListView {
  /** `choose(index)` is called for a click; `reasonsOf(row)` tells why a row stands where it stands. */
  constructor(viewport, template, { opened, standing, choose, reasonsOf }) {
    Object.assign(this, { template, opened, standing, choose, reasonsOf, rows: [], index: -1, textOnly: false });
    this.list = new VirtualList(viewport, ROW_HEIGHT, {
      make: () => this.make(),
      fill: (element, index) => this.fill(element, index),
      gone: (index) => this.rows[index] !== undefined && this.opened.forget(this.rows[index]),
    });
  }

  show(rows) {
    this.rows = rows;
    this.list.setLength(rows.length);
  }

  mark(index) {
    const before = this.index;
    this.index = index;
    this.list.reveal(index);
    this.list.refresh(before);
    this.list.refresh(index);
  }

  refresh(index) {
    this.list.refresh(index);
  }

  /** The number of rows from the top that an officer may be looking at. */
  get seen() {
    return Math.max(this.index, this.list.lastInView) + 1;
  }

  make() {
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own
      event.preventDefault();
      this.choose(Number(row.dataset.index));
    });
    return row;
  }

  fill(element, index) {
    const row = this.rows[index];
    if (row === undefined) return;
    element.dataset.index = index;
    element.href = `/captures/${nameOf(row)}`;
    element.classList.toggle("done", row.left === 0);
    element.tabIndex = index === this.index ? 0 : -1;
    if (index === this.index) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
    showSeverity(element.querySelector(".severity"), row.severity, { short: true });
    const time = element.querySelector("time");
    time.dateTime = new Date(row.last * 1000).toISOString();
    time.textContent = spellShortTime(row.last * 1000);
    time.title = row.captures > 1 ? spellSpan(row.first, row.last) : "";
    element.querySelector(".count").textContent = this.countWords(row);
    this.fillWords(element, row, index);
  }

  countWords(row) {
    const decided = row.decided ?? (row.left === 0 ? (this.standing.of(row)?.disposition ?? "decided") : null);
    if (decided !== null) return labelOf(decided);
    return row.captures > 1 ? `${row.captures} alike, ${spellLength(row.last - row.first)}` : "";
  }

  fillWords(element, row, index) {
    const { meta, problem, thumb } = this.opened.peek(row);
    const canvas = element.querySelector("canvas");
    canvas.hidden = !thumb || this.textOnly;
    if (thumb && canvas.dataset.of !== nameOf(row)) drawVeil(canvas, thumb);
    canvas.dataset.of = thumb ? nameOf(row) : "";
    element.querySelector(".why").textContent = meta?.why ?? (problem === undefined ? "Sealed …" : `This capture could not be opened: ${problem.message}`);
    element.querySelector(".where").textContent = meta === undefined ? "" : [meta.title, meta.app].filter(Boolean).join(" · ");
    element.querySelector(".chips").replaceChildren(...this.chips(row, meta));
    this.opened.want(row, () => this.list.refresh(index));
  }

  chips(row, meta) {
    const words = this.reasonsOf(row).map((one) => one.short).filter(Boolean);
    if (meta !== undefined && isKnownPicture(meta)) words.push("known picture");
    return words.map((word) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = word;
      return chip;
    });
  }
}
