// The page for courts: to be read and printed.

import { at, run } from "./dom.js";

run(async () => {
  at("print").addEventListener("click", () => window.print());
  for (const table of document.querySelectorAll("main table th")) table.scope = "col";
});
