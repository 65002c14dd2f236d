// Risk terms, proposed library fixes, and decisions as labelled examples.

import { CaseIndex } from "../case-index.js";
import { addCaseNote, readCaseNotes, withdrawCaseNote } from "../case-notes.js";
import { save } from "../dom.js";
import { run, spellShortTime, tell } from "../page.js";
import { postJson } from "../server.js";
import { spellLabels } from "./labels.js";
import { Opened } from "./opened.js";
import { count, element } from "./pieces.js";
import { fetchRows } from "./queue-pages.js";
import { nameOf } from "./rows.js";
import { Standing } from "./standing.js";
import { Team } from "./team.js";

const at = (id) => document.getElementById(id);

run(async (session) => {
  const team = new Team(session);
  await team.load();
  for (const id of ["term-case", "labels-case"]) at(id).replaceChildren(...Object.keys(session.cases).map((one) => new Option(one, one)));
  at("term-form").addEventListener("submit", (event) => {
    event.preventDefault();
    addTerm(session).then(() => showTerms(session, team)).catch(tell);
  });
  at("labels").addEventListener("click", () => makeLabels(session).catch(tell));
  await Promise.all([showTerms(session, team), showFixes(session, team)]);
});

async function addTerm(session) {
  const value = { format: "overt-risk-term-1", term: at("term").value.trim(), why: at("term-why").value.trim() };
  await addCaseNote(session, at("term-case").value, "risk-term", value);
  at("term").value = at("term-why").value = "";
  at("term").focus();
}

async function showTerms(session, team) {
  const notes = (await readCaseNotes(session, "risk-term")).filter((one) => one.value !== null);
  at("terms").replaceChildren(...notes.map((note) => termItem(note, session, team)));
}

function termItem(note, session, team) {
  const item = element("li", "");
  const why = note.value.why ? `: ${note.value.why}` : "";
  item.append(element("strong", note.value.term), `${why} (${team.nameOf(note.officer)}, ${spellShortTime(note.at)}) `);
  item.append(button("Take back", `Take back ${note.value.term}`, () => withdrawCaseNote(note.id).then(() => showTerms(session, team))));
  return item;
}

async function showFixes(session, team) {
  const notes = (await readCaseNotes(session, "library-fix")).filter((one) => one.value !== null);
  at("no-fixes").hidden = notes.length > 0;
  at("fixes").replaceChildren(...notes.map((note) => fixItem(note, session, team)));
}

function fixItem(note, session, team) {
  const { words, scope, measured, toml, term, library_id, library_version, capture } = note.value;
  const item = element("li", "");
  const place = element("a", "the capture");
  place.href = `/captures/${nameOf(capture)}`;
  item.append(
    element("strong", words),
    ` — for ${scope}, on “${term}” of ${library_id} ${library_version}; ${measured}. Proposed by ${team.nameOf(note.officer)}, ${spellShortTime(note.at)}, about `,
    place,
    ". ",
    button("Take back", `Take back: ${words}`, () => withdrawCaseNote(note.id).then(() => showFixes(session, team))),
  );
  const text = element("pre", toml);
  text.tabIndex = 0;
  text.setAttribute("aria-label", `The fix as it stands in the file: ${words}`);
  item.append(text);
  return item;
}

function button(words, name, action) {
  const made = element("button", words, "small");
  made.type = "button";
  made.setAttribute("aria-label", name);
  made.addEventListener("click", () => action().catch(tell));
  return made;
}

async function makeLabels(session) {
  const caseId = at("labels-case").value;
  const say = (words) => (at("labels-said").textContent = words);
  await postJson("/v1/labels", { case: caseId }); // noted before anything is made
  const standing = new Standing();
  const [all] = await Promise.all([fetchRows("all"), standing.load()]);
  const rows = all.filter((row) => row.case === caseId && standing.of(row) !== null);
  const words = new CaseIndex(session.logInKey);
  await words.restore();
  const opened = new Opened(session, words);
  await opened.openWords(rows, "open-to-search", (done, all) => say(`Opening ${done} of ${all} …`));
  const captures = rows
    .filter((row) => words.has(nameOf(row)))
    .map((row) => ({ meta: words.get(nameOf(row)), decision: standing.of(row) }));
  const text = await spellLabels(captures, { words: at("labels-words").checked });
  save(text, `labels-${caseId}.jsonl`, "application/x-ndjson");
  say(`${count(text.split("\n").length - 1, "label")} out of ${count(captures.length, "decided group")}; third parties’ words are left out.`);
}
