// Devices that went quiet in a way that is not their routine, in one line above the queue.

import { make } from "../dom.js";
import { needsSomebody, spellMeaning, spellSign } from "../person/standing-words.js";
import { readNames } from "../person/name.js";
import { getJson } from "../server.js";

const at = (id) => document.getElementById(id);

/** Ask and show; nothing is shown where every device is as usual. Throws RequestError. */
export async function showDark(session) {
  const [people, names] = await Promise.all([getJson("/v1/people"), readNames(session)]);
  const dark = people.flatMap((person) => person.devices.filter(needsSomebody).map((device) => ({ person, device })));
  at("dark-box").hidden = dark.length === 0;
  at("dark-said").textContent = `${dark.length} device${dark.length === 1 ? "" : "s"} gone quiet, or used unlike before`;
  at("dark").replaceChildren(...dark.map(({ person, device }) => item(person, device, names)));
}

function item(person, device, names) {
  const link = make("a", { href: `/people/${person.case}`, text: names.get(person.case) ?? person.case });
  return make("li", {}, link, ` ${spellMeaning(device.meaning)}. ${device.evidence.slice(0, 2).map(spellSign).join(" ")}`);
}
