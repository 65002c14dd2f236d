// One capture on a page of its own.

import { run, tell } from "../page.js";
import { SealedRecord } from "../records.js";
import { openAround, showAround } from "./around.js";
import { isKnownPicture } from "./exposure.js";
import { openLeadUp, showLeadUp } from "./lead-up.js";
import { Picture } from "./picture.js";
import { showSheet } from "./sheet.js";
import { listen } from "./shortcuts.js";
import { veil } from "./veil.js";
import { ViewTime } from "./view-time.js";

const main = document.querySelector("main");
const at = (id) => document.getElementById(id);

run(async (session) => {
  const { device, epoch, seq } = main.dataset;
  const row = { device, epoch: Number(epoch), seq: Number(seq) };
  const record = await SealedRecord.fetch(session, row);
  const meta = await record.meta();
  const { context } = record.head;
  main.dataset.group = context.group || `${context.device}/${context.epoch}/${context.seq}`;
  showSheet(row, meta);
  const thumb = meta.thumb === null || isKnownPicture(meta) ? null : await veil(await record.part("thumb"));
  const viewTime = new ViewTime(session.csrf);
  viewTime.begin(row);
  const picture = new Picture(() => {}, (is) => viewTime.uncovered(is));
  picture.begin(row, meta, thumb, (frame) => record.picture(frame.part));
  listen({ P: () => at("show-picture").click() }, { p: { down: () => picture.hold(), up: () => picture.release() } }, tell);
  at("lead-box").addEventListener("toggle", () => showBefore(session, row).catch(tell));
  at("around-box").addEventListener("toggle", () => showNear(session, row, meta).catch(tell));
});

async function showBefore(session, row) {
  if (!at("lead-box").open || at("lead").childElementCount > 0) return;
  showLeadUp(at("lead"), await openLeadUp(session, row));
}

async function showNear(session, row, meta) {
  if (!at("around-box").open || at("around").childElementCount > 0) return;
  showAround(at("around"), await openAround(session, row), meta.observed_at);
}
