// Tells how many decisions are kept in this browser for the next log-in.

import { countAll } from "./review/outbox.js";

const kept = await countAll();
if (kept > 0) {
  const line = document.getElementById("kept");
  line.textContent = `${kept} ${kept === 1 ? "entry waits" : "entries wait"} here and will be sent when you have logged in.`;
  line.hidden = false;
}
