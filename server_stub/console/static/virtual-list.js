// A list of any length of which only what is in view exists: rows of one height, moved and filled again as it scrolls.

const AROUND = 4; // rows beyond the edge that are ready

export class VirtualList {
  /** `fill(element, index)` puts a row's content in; `make()` makes an empty row; `gone(index)`: out of view again. */
  constructor(viewport, rowHeight, { make, fill, gone = () => {} }) {
    this.viewport = viewport;
    this.rowHeight = rowHeight;
    this.make = make;
    this.fill = fill;
    this.gone = gone;
    this.length = 0;
    this.rows = new Map(); // index -> element
    this.spare = [];
    this.inner = document.createElement("div");
    this.inner.className = "rows";
    viewport.append(this.inner);
    viewport.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(viewport);
  }

  setLength(length) {
    this.length = length;
    this.inner.style.height = `${length * this.rowHeight}px`;
    for (const index of [...this.rows.keys()]) this.release(index);
    this.draw();
  }

  /** Fill the rows in view anew, or one of them. */
  refresh(index) {
    if (index === undefined) for (const [at, element] of this.rows) this.fill(element, at);
    else if (this.rows.has(index)) this.fill(this.rows.get(index), index);
  }

  /** Bring a row into view. */
  reveal(index) {
    const top = index * this.rowHeight;
    const { scrollTop, clientHeight } = this.viewport;
    if (top < scrollTop) this.viewport.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight) this.viewport.scrollTop = top + this.rowHeight - clientHeight;
    this.draw();
  }

  draw() {
    const top = Math.floor(this.viewport.scrollTop / this.rowHeight);
    const bottom = top + Math.ceil(this.viewport.clientHeight / this.rowHeight) + 1;
    const first = Math.max(0, top - AROUND);
    const last = Math.min(this.length, bottom + AROUND);
    for (const index of [...this.rows.keys()]) if (index < first || index >= last) this.release(index);
    // What can be seen comes first: it is opened first.
    for (let index = top; index < last; index++) if (!this.rows.has(index)) this.place(index);
    for (let index = first; index < top; index++) if (!this.rows.has(index)) this.place(index);
  }

  /** Number of the last row of which something can be seen. */
  get lastInView() {
    return Math.min(this.length, Math.ceil((this.viewport.scrollTop + this.viewport.clientHeight) / this.rowHeight)) - 1;
  }

  place(index) {
    const element = this.spare.pop() ?? this.inner.appendChild(this.make());
    element.hidden = false;
    element.style.transform = `translateY(${index * this.rowHeight}px)`;
    this.rows.set(index, element);
    this.fill(element, index);
  }

  release(index) {
    const element = this.rows.get(index);
    element.hidden = true;
    this.rows.delete(index);
    this.gone(index);
    this.spare.push(element);
  }
}
