// The page Help: the keys as the desk itself knows them; everything else came with the page.

import { at, make, run } from "./dom.js";
import { HELP } from "./review/shortcuts.js";

run(async () => {
  at("keys").replaceChildren(...HELP.flatMap(([key, words]) => [make("dt", { text: key }), make("dd", { text: words })]));
});
