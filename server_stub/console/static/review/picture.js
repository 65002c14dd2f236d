// The pictures of a capture: small, grey and blurred; whole only while P or the mouse is held, or when kept open. Each
// comes from the server when it is asked for, and leaves memory when it is covered again.

import { tell } from "../page.js";
import { classesOf, isKnownPicture } from "./exposure.js";
import { HEIGHT, WIDTH, drawVeil } from "./veil.js";

const at = (id) => document.getElementById(id);

export class Picture {
  /** `opened(pictures)` hears that pictures were shown, `uncovered(is)` that one is uncovered now, or not any more. */
  constructor(opened, uncovered = () => {}) {
    this.opened = opened;
    this.uncovered = uncovered;
    this.frame = at("picture");
    this.keep = at("show-picture");
    this.addresses = [];
    this.chosen = 0;
    this.open = false;
    this.keep.addEventListener("click", () => (this.open ? this.cover() : this.uncover()).catch(tell));
    this.frame.addEventListener("pointerdown", (event) => this.held(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.frame.addEventListener(end, () => this.byPointer && this.release());
    }
  }

  /** Begin with another capture; `thumb`: the dots of its veil, null where there is none to show. */
  begin(row, meta, thumb, load) {
    Object.assign(this, { row, meta, thumb, load, chosen: 0 });
    this.frames = meta.frames;
    this.known = isKnownPicture(meta);
    const none = this.frames.length === 0 || this.known;
    this.keep.disabled = none;
    this.showWarning(none);
    this.showStrip(none);
    this.put([]);
    this.cover();
  }

  showWarning(none) {
    const classes = classesOf(this.meta).join(", ");
    at("picture-warning").textContent = this.known
      ? "A known picture. It is never shown here; its number in the set is under “What matched”."
      : none
        ? "No picture was taken."
        : `May show: ${classes}. Hold P, or hold the picture, to see it.`;
    at("picture-warning").dataset.severe = String(this.meta.severity >= 4 && !none);
  }

  /** Frames before and after stand as a strip; each is fetched only when it is chosen and held open. */
  showStrip(none) {
    at("frames").hidden = none || this.frames.length < 2;
    at("frames").replaceChildren(...this.frames.map((frame, index) => this.stripItem(frame, index)));
  }

  stripItem(frame, index) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = nameOfFrame(frame);
    button.setAttribute("aria-pressed", String(index === this.chosen));
    button.addEventListener("click", () => this.chooseFrame(index).catch(tell));
    item.append(button);
    return item;
  }

  async chooseFrame(index) {
    this.chosen = index;
    [...at("frames").querySelectorAll("button")].forEach((one, number) => one.setAttribute("aria-pressed", String(number === index)));
    if (this.open) await this.uncover();
  }

  held(event) {
    if (event.button !== 0 || this.keep.disabled) return;
    event.preventDefault();
    this.byPointer = true;
    this.hold();
  }

  /** Show while something is held. */
  hold() {
    if (this.open || this.holding || this.keep.disabled) return;
    this.holding = true;
    this.uncover().catch(tell);
  }

  release() {
    this.byPointer = false;
    if (!this.holding) return;
    this.holding = false;
    this.cover();
  }

  async uncover() {
    if (this.keep.disabled) return;
    const { row } = this;
    const frame = this.frames[this.chosen];
    this.open = true;
    this.say();
    const address = await this.load(frame).catch((problem) => {
      if (row === this.row) this.cover();
      throw problem;
    });
    const image = picture(address, nameOfFrame(frame));
    await image.decode().catch(() => {}); // read whole before its address may go again; a broken one shows as such
    if (row !== this.row || !this.open) { // somebody let go, or moved on
      URL.revokeObjectURL(address);
      return;
    }
    image.dataset.frame = frame.part;
    this.put([address]);
    this.frame.replaceChildren(outlined(image, frame, this.meta.findings));
    this.frame.classList.remove("veiled");
    this.opened(1);
    this.uncovered(true);
  }

  async cover() {
    this.open = false;
    this.uncovered(false);
    this.put([]);
    this.frame.classList.add("veiled");
    this.frame.replaceChildren(...(this.thumb === null ? [] : [veiled(this.thumb)]));
    this.say();
  }

  /** The small picture came later than the words. */
  setThumb(thumb) {
    this.thumb = thumb;
    if (!this.open) this.cover();
  }

  put(addresses) {
    for (const address of this.addresses) URL.revokeObjectURL(address);
    this.addresses = addresses;
  }

  say() {
    this.keep.setAttribute("aria-pressed", String(this.open));
    this.keep.textContent = this.open ? "Cover the picture" : "Keep the picture open";
  }
}

/** Outline where findings lie in a frame. Places are in the frame's own pixels, so they are set as shares of it. */
function outlined(image, frame, findings) {
  const box = document.createElement("div");
  box.className = "outlined";
  box.append(image);
  for (const { place, explanation } of findings) {
    if (place === undefined || place.monitor !== frame.monitor || frame.seconds !== undefined) continue;
    const outline = document.createElement("span");
    outline.title = explanation;
    outline.style.left = `${(100 * place.left) / frame.width}%`;
    outline.style.top = `${(100 * place.top) / frame.height}%`;
    outline.style.width = `${(100 * place.width) / frame.width}%`;
    outline.style.height = `${(100 * place.height) / frame.height}%`;
    box.append(outline);
  }
  return box;
}

function veiled(dots) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The picture, veiled");
  drawVeil(canvas, dots);
  return canvas;
}

function picture(address, description) {
  const image = document.createElement("img");
  image.src = address;
  image.alt = description;
  image.draggable = false;
  return image;
}

/** "Monitor 1"; "Monitor 1, 12 s before" for a picture of the time around the capture. */
function nameOfFrame({ monitor, seconds }) {
  const name = `Monitor ${monitor + 1}`;
  return seconds === undefined ? name : `${name}, ${Math.abs(seconds)} s ${seconds < 0 ? "before" : "after"}`;
}
