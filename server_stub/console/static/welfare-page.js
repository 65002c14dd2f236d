// What the people of a supervisor's teams carry: pictures opened, and what waits for each.

import { run } from "./page.js";
import { getJson } from "./server.js";

const at = (id) => document.getElementById(id);

run(async () => {
  const [people, { gentle_limit: limit }] = await Promise.all([getJson("/v1/load"), getJson("/v1/load/own")]);
  at("people").replaceChildren(...people.map((one) => row(one, limit)));
  at("nobody").hidden = people.length > 0;
});

function row(person, limit) {
  const made = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = person.name;
  const numbers = [person.today, person.severe_today, person.week, person.days_over, person.waiting].map(cell);
  const advice = document.createElement("td");
  advice.textContent = adviceFor(person, limit);
  made.append(name, ...numbers, advice);
  return made;
}

function cell(number) {
  const made = document.createElement("td");
  made.className = "number";
  made.textContent = number.toLocaleString("en-GB");
  return made;
}

function adviceFor({ today, days_over, severe_today }, limit) {
  if (days_over >= 3) return "Talk with them; share their queue for some days.";
  if (today >= limit) return "A break now; words only for the rest of the day.";
  if (severe_today >= limit / 4) return "Ask how they are; much of today was severe.";
  return "";
}
