// One capture: the reason first, then the words, then where and when; the picture only when asked for.

import { run, showSeverity, spellSource, spellTime, tell } from "./page.js";
import { SealedRecord } from "./records.js";

const main = document.querySelector("main");
const at = (id) => document.getElementById(id);
const write = (id, text) => {
  at(id).textContent = text ?? "not known";
};

/** Put text into an element with the findings marked. Offsets count code points, as the engine does. */
function showText(element, text, findings) {
  const letters = Array.from(text);
  let done = 0;
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (start < done) continue; // inside what is marked already
    element.append(letters.slice(done, start).join(""));
    const mark = document.createElement("mark");
    mark.textContent = letters.slice(start, end).join("");
    element.append(mark);
    done = end;
  }
  element.append(letters.slice(done).join(""));
}

function findingItem(finding) {
  const item = document.createElement("li");
  item.dataset.library = finding.library_id;
  item.append(finding.explanation);
  const rule = document.createElement("span");
  rule.className = "rule";
  const condition = finding.condition === null ? "" : ` · condition ${finding.condition} of the order`;
  rule.textContent = `${finding.library_id} ${finding.library_version} · ${finding.rule} · severity ${finding.severity}${condition}`;
  item.append(rule);
  return item;
}

function showSuppressed(suppressed) {
  if (suppressed.length === 0) return;
  at("suppressed-count").textContent = suppressed.length;
  at("suppressed").append(...suppressed.map(suppressedItem));
  at("suppressed-box").hidden = false;
}

function suppressedItem(finding) {
  const item = findingItem(finding);
  delete item.dataset.library;
  return item;
}

function showFacts(meta, head) {
  const { context } = head;
  write("why", meta.why);
  document.title = "Capture · Overt";
  showSeverity(at("severity"), meta.severity);
  write("window-title", meta.title);
  write("app", meta.app);
  write("url", meta.url);
  write("observed", spellTime(meta.observed_at));
  write("source", `${spellSource(meta.source)}, ${meta.provenance.replaceAll("_", " ").toLowerCase()}`);
  write("account", meta.account);
  write("decision", meta.decision.reason);
  write("record", `${context.epoch}/${context.seq} of ${context.device}`);
  const signature = at("signature");
  signature.textContent = `✓ Signed by the device, number ${context.seq} in its chain`;
  signature.dataset.verified = "true";
  main.dataset.group = context.group || `${context.device}/${context.epoch}/${context.seq}`;
}

function newImage(source, description) {
  const image = document.createElement("img");
  image.src = source;
  image.alt = description;
  return image;
}

async function showVeiled(record, meta) {
  if (meta.thumb === null) return;
  at("picture").replaceChildren(newImage(await record.picture("thumb", meta.thumb.media_type), "Blurred picture"));
}

async function showFrames(record, meta) {
  const images = [];
  for (const frame of meta.frames) {
    const image = newImage(await record.picture(frame.part, frame.media_type), `Monitor ${frame.monitor + 1}`);
    image.dataset.frame = frame.part;
    images.push(image);
  }
  at("picture").replaceChildren(...images);
  at("picture").classList.remove("veiled");
}

function offerPicture(record, meta) {
  const button = at("show-picture");
  button.disabled = meta.frames.length === 0;
  button.addEventListener("click", async () => {
    const showing = button.getAttribute("aria-pressed") === "true";
    try {
      if (showing) {
        at("picture").classList.add("veiled");
        await showVeiled(record, meta);
      } else {
        await showFrames(record, meta);
      }
    } catch (problem) {
      tell(problem);
      return;
    }
    button.setAttribute("aria-pressed", String(!showing));
    button.textContent = showing ? "Show the picture" : "Hide the picture";
  });
}

run(async (session) => {
  const { device, epoch, seq } = main.dataset;
  const record = await SealedRecord.fetch(session, { device, epoch: Number(epoch), seq: Number(seq) });
  const meta = await record.meta();
  showFacts(meta, record.head);
  showText(at("text"), meta.text, meta.findings);
  at("findings").append(...meta.findings.map(findingItem));
  showSuppressed(meta.suppressed);
  await showVeiled(record, meta);
  offerPicture(record, meta);
});
