// A device's standing with its evidence, for the list of people and for the page of one.

import { make } from "../dom.js";
import { needsSomebody, spellMeaning, spellSign } from "./standing-words.js";

export function deviceBlock(device) {
  const title = make("strong", { text: spellMeaning(device.meaning), className: needsSomebody(device) ? "bad" : "" });
  const signs = make("ul", { className: "signs" }, ...device.evidence.map((one) => make("li", { text: spellSign(one) })));
  return make("div", { className: "device" }, title, " ", make("span", { className: "hint", text: device.device }), signs);
}
