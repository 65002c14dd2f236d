// The people of the officer's cases: whose device has gone quiet first, each with what is known of it.

import { make } from "../dom.js";
import { keepFresh, run } from "../page.js";
import { getJson } from "../server.js";
import { deviceBlock } from "./device-block.js";
import { readNames } from "./name.js";
import { needsSomebody } from "./standing-words.js";
import { count, spellMoment } from "./words.js";

const REFRESH = 60_000; // ms
const at = (id) => document.getElementById(id);

run(async (session) => {
  const show = async () => {
    const [people, names] = await Promise.all([getJson("/v1/people"), readNames(session)]);
    at("people").replaceChildren(...people.map((one) => personItem(one, names)));
    at("nobody").hidden = people.length > 0;
  };
  await show();
  keepFresh(show, REFRESH);
});

function personItem(person, names) {
  const name = names.get(person.case);
  const link = make("a", { href: `/people/${person.case}`, text: name ?? person.case });
  const heading = make("h2", {}, link);
  const facts = [name === undefined ? "" : person.case, person.waiting === 0 ? "nothing waits" : `${count(person.waiting, "capture")} to decide`];
  const item = make("li", {}, heading, make("p", { className: "hint", text: facts.filter(Boolean).join(" · ") }));
  item.dataset.urgent = person.devices.some(needsSomebody);
  if (person.devices.length === 0) item.append(make("p", { className: "hint", text: "No device was judged yet: it is done every ten minutes." }));
  item.append(...person.devices.map((one) => deviceBlock(one)));
  const away = person.absences.filter((one) => Date.parse(one.until) > Date.now());
  item.append(...away.map((one) => make("p", { text: `Noted as away from ${spellMoment(one.since)} to ${spellMoment(one.until)}.` })));
  return item;
}

