// One capture as an officer reads it: the reason first, then the words, then where and when; the picture when asked for.

import { showSeverity, spellSource, spellTime, tell } from "./page.js";

const at = (id) => document.getElementById(id);
const write = (id, text) => {
  at(id).textContent = text ?? "not known";
};

/** Put text into an element with the findings marked. Offsets count code points, as the engine does. */
function showText(element, text, findings) {
  const letters = Array.from(text);
  const pieces = [];
  let done = 0;
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start < done) continue; // inside what is marked already
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    pieces.push(letters.slice(done, start).join(""), mark);
    done = end;
  }
  element.replaceChildren(...pieces, letters.slice(done).join(""));
  const first = element.querySelector("mark");
  element.scrollTop = first === null ? 0 : Math.max(0, first.offsetTop - element.offsetTop - 60);
}

function findingItem(finding) {
  const item = document.createElement("li");
  item.append(finding.explanation);
  const rule = document.createElement("span");
  rule.className = "rule";
  const condition = finding.condition === null ? "" : ` · condition ${finding.condition} of the order`;
  rule.textContent = `${finding.library_id} ${finding.library_version} · ${finding.rule} · severity ${finding.severity}${condition}`;
  item.append(rule);
  return item;
}

/** Outline where findings lie in a frame. Places are in the frame's own pixels, so they are set as shares of it. */
function outlined(image, frame, findings) {
  const box = document.createElement("div");
  box.className = "outlined";
  box.append(image);
  for (const { place, explanation } of findings) {
    if (place === undefined || place.monitor !== frame.monitor) continue;
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

function firedItem(finding) {
  const item = findingItem(finding);
  item.dataset.library = finding.library_id;
  return item;
}

function showSuppressed(suppressed) {
  at("suppressed-count").textContent = suppressed.length;
  at("suppressed").replaceChildren(...suppressed.map(findingItem));
  at("suppressed-box").hidden = suppressed.length === 0;
}

function showFacts(meta, head) {
  const { context } = head;
  write("why", meta.why);
  showSeverity(at("severity"), meta.severity);
  write("window-title", meta.title);
  write("app", meta.app);
  write("url", meta.url);
  write("observed", spellTime(meta.observed_at));
  write("source", `${spellSource(meta.source)}, ${meta.provenance.replaceAll("_", " ")}`);
  write("account", meta.account);
  write("decision", meta.decision.reason);
  write("record", `${context.epoch}/${context.seq} of ${context.device}`);
  const signature = at("signature");
  signature.textContent = `✓ Signed by the device, number ${context.seq} in its chain`;
  signature.dataset.verified = "true";
}

/** The picture of the capture that is shown: blurred first, whole when asked for, and never left behind. */
class Picture {
  constructor() {
    this.button = at("show-picture");
    this.frame = at("picture");
    this.addresses = [];
    this.button.addEventListener("click", () => this.toggle().catch(tell));
  }

  async begin(record, meta) {
    this.record = record;
    this.meta = meta;
    this.button.disabled = meta.frames.length === 0;
    await this.veil();
  }

  async toggle() {
    const showing = this.button.getAttribute("aria-pressed") === "true";
    await (showing ? this.veil() : this.unveil());
  }

  async veil() {
    const { record } = this;
    const images = this.meta.thumb === null ? [] : [await this.image("thumb", this.meta.thumb.media_type, "Blurred picture")];
    if (record !== this.record) return; // another capture was chosen meanwhile
    this.put(images);
    this.frame.classList.add("veiled");
    this.say("false", "Show the picture");
  }

  async unveil() {
    const { record } = this;
    const images = [];
    for (const frame of this.meta.frames) {
      const image = await this.image(frame.part, frame.media_type, `Monitor ${frame.monitor + 1}`);
      image.dataset.frame = frame.part;
      images.push(image);
    }
    if (record !== this.record) return;
    this.put(images, this.meta.frames.map((frame, at) => outlined(images[at], frame, this.meta.findings)));
    this.frame.classList.remove("veiled");
    this.say("true", "Hide the picture");
  }

  async image(part, mediaType, description) {
    const image = document.createElement("img");
    image.src = await this.record.picture(part, mediaType);
    image.alt = description;
    return image;
  }

  put(images, shown = images) {
    for (const address of this.addresses) URL.revokeObjectURL(address);
    this.addresses = images.map((image) => image.src);
    this.frame.replaceChildren(...shown);
  }

  say(pressed, words) {
    this.button.setAttribute("aria-pressed", pressed);
    this.button.textContent = words;
  }
}

export class Detail {
  constructor() {
    this.picture = new Picture();
  }

  /** Show a record that was opened. */
  async show(record, meta) {
    showFacts(meta, record.head);
    showText(at("text"), meta.text, meta.findings);
    at("text").hidden = at("text-heading").hidden = meta.text === "";
    at("findings").replaceChildren(...meta.findings.map(firedItem));
    showSuppressed(meta.suppressed);
    await this.picture.begin(record, meta);
  }
}
