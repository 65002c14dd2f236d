// One capture on a page of its own.

import { Detail } from "./detail.js";
import { run } from "./page.js";
import { SealedRecord } from "./records.js";

const main = document.querySelector("main");

run(async (session) => {
  const { device, epoch, seq } = main.dataset;
  const record = await SealedRecord.fetch(session, { device, epoch: Number(epoch), seq: Number(seq) });
  const meta = await record.meta();
  const { context } = record.head;
  main.dataset.group = context.group || `${context.device}/${context.epoch}/${context.seq}`;
  await new Detail().show(record, meta);
});
