// The auditor's page: whether the chain holds, and who did what. Entries name people and records by id.

import { at, button, doing, fillTable, make, moment, onSubmit, run } from "./dom.js";
import { spellTime } from "./page.js";
import { getJson } from "./server.js";

const LOOKS = ["viewed", "viewed-cut-off"];
const LOOK = /^(\S+) (\d+) s(?:, picture (\d+) s)?$/;
let shown = [];
let next = null;

async function check() {
  const box = at("chain");
  const { entries, head, broken } = await getJson("/v1/audit/check").catch((problem) => {
    box.textContent = "The chain was not checked.";
    throw problem;
  });
  box.dataset.broken = broken.length;
  if (broken.length > 0) {
    box.replaceChildren(make("span", { className: "bad", text: `The chain is broken at ${broken.slice(0, 20).join(", ")}.` }));
    return;
  }
  const words = make("span", { className: "good", text: `The chain of ${entries} entries holds.` });
  box.replaceChildren(words, " Write its head down elsewhere: ", make("span", { className: "code", text: head }));
}

async function search(before) {
  const question = new URLSearchParams({ actor: at("actor").value.trim(), action: at("action").value.trim() });
  question.set("subject", at("about").value.trim());
  question.set("outcome", at("outcome").value);
  if (at("since").value !== "") question.set("since", moment(at("since")));
  if (before !== null) question.set("before", before);
  const found = await getJson(`/v1/audit?${question}`);
  shown = before === null ? found.entries : [...shown, ...found.entries];
  next = found.next;
  fillTable(at("entries"), shown.map(row), "No entry fits.");
  at("more").hidden = next === null;
  showLooks();
}

/** Who looked at which capture and for how long, out of the entries that are shown. */
function showLooks() {
  const sums = new Map();
  for (const { actor, action, subject } of shown) {
    const found = LOOK.exec(subject);
    if (!LOOKS.includes(action) || found === null) continue;
    const name = `${actor} ${found[1]}`;
    const sum = sums.get(name) ?? { actor, capture: found[1], times: 0, seconds: 0, picture: 0, cutOff: 0 };
    sum.times += 1;
    sum.seconds += Number(found[2]);
    sum.picture += Number(found[3] ?? 0);
    sum.cutOff += action === LOOKS[1] ? 1 : 0;
    sums.set(name, sum);
  }
  const rows = [...sums.values()].map((one) => [
    pick("actor", one.actor), one.capture, one.times, spellSeconds(one.seconds), spellSeconds(one.picture),
    one.cutOff === 0 ? "" : `${one.cutOff} cut off: at least so long`,
  ]);
  at("looks-box").hidden = rows.length === 0;
  fillTable(at("looks"), rows, "");
}

const spellSeconds = (all) => (all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`);

const row = (one) => [one.seq, spellTime(one.at), pick("actor", one.actor), pick("action", one.action), one.subject, outcome(one.outcome)];

const outcome = (word) => make("span", { text: word, className: word === "refused" ? "bad" : "" });

/** A word that can be pressed to search for it. */
function pick(field, word) {
  return button(word, () => {
    at(field).value = word;
    return search(null);
  }, "plain");
}

run(async () => {
  onSubmit(at("search"), () => search(null));
  at("more").addEventListener("click", () => doing(at("more"), () => search(next)));
  await Promise.all([check(), search(null)]); // a long chain takes its time, and holds up nobody who searches
});
