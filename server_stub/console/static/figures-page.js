// The force's figures of a month: numbers, tables, the file; and, where the keys are, false alarms by term.

import { at, doing, make, onSubmit, run } from "./dom.js";
import { TERM_COLUMNS, countTerms, spellTermsCsv } from "./figures-terms.js";
import { getJson } from "./server.js";

const GROUPS = [
  ["People and devices", ["captures-per-person", "people-without", "breach-people", "coverage"]],
  ["Review", ["delay-middle", "delay-most", "within-day", "false-share"]],
  ["Officers", ["officers", "decided-per-officer", "pictures-a-day", "over-limit"]],
];
const TOTALS = [
  ["people", null, "People under supervision"],
  ["devices", "reporting", "Devices that reported in the last 24 hours"],
  ["captures", null, "Captures received in the month"],
  ["backlog", null, "Captures that wait for a decision"],
];
const HIDDEN = "hidden";
const TOTAL = "all";

const spell = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: 1 });

run(async (session) => {
  const asked = new URLSearchParams(location.search).get("month");
  await show(asked);
  onSubmit(at("choose"), async () => {
    await show(at("month").value);
    history.replaceState(null, "", `?month=${at("month").value}`);
  });
  at("terms-part").hidden = Object.keys(session.cases).length === 0;
  at("count-terms").addEventListener("click", () => doing(at("count-terms"), () => showTerms(session)));
});

async function show(month) {
  const found = await getJson(`/v1/figures${month ? `?month=${month}` : ""}`);
  at("month").value = found.month;
  at("scope").textContent = `of ${found.scope}, as of ${new Date(found.made_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`;
  at("file").href = `/v1/figures.csv?month=${found.month}`;
  at("numbers").replaceChildren(...numberList("Now", [], TOTALS.map((one) => totalOf(one, found.grids))), ...GROUPS.flatMap(([title, names]) => numberList(title, names, found.numbers)));
  at("grids").replaceChildren(...found.grids.filter((grid) => grid.rows.length > 0).map(gridSection));
}

function numberList(title, names, numbers) {
  const shown = names.length === 0 ? numbers : names.map((name) => numbers.find((one) => one.name === name));
  const list = make("dl", {}, ...shown.map(numberItem));
  return [make("h2", { text: title }), list];
}

/** A number out of a table's last row: of everybody, in one column. */
function totalOf([name, column, title], grids) {
  const grid = grids.find((one) => one.name === name);
  const counts = grid.counts.at(-1);
  const value = counts === undefined ? 0 : counts[column === null ? counts.length - 1 : grid.columns.indexOf(column)];
  return { name: `${name}-${column ?? TOTAL}`, title, value, unit: "", hidden: value === null };
}

function numberItem({ name, title, value, unit, hidden }) {
  const shown = value === null ? make("dd", { className: "none", text: hidden ? HIDDEN : "nothing to measure" }) : make("dd", { text: `${spell(value)}${unit === "" ? "" : ` ${unit}`}` });
  const item = make("div", {}, make("dt", { text: title }), shown);
  item.dataset.name = name;
  return item;
}

function gridSection({ name, title, rows, columns, counts }) {
  const head = make("tr", {}, make("th", { scope: "col", text: rows.length > 1 ? "Team" : "" }), ...columns.map((one) => make("th", { scope: "col", text: one.replaceAll("-", " ") })));
  const body = rows.map((row, index) => gridRow(row, columns, counts[index]));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  const heading = make("h2", { text: title, id: `grid-${name}` });
  table.setAttribute("aria-labelledby", heading.id);
  table.dataset.name = name;
  const box = make("div", { className: "grid", tabIndex: 0 }, table);
  box.setAttribute("role", "region");
  box.setAttribute("aria-labelledby", heading.id);
  return make("section", {}, heading, box);
}

function gridRow(row, columns, counts) {
  const cells = counts.map((count, index) => make("td", { text: count === null ? HIDDEN : spell(count), className: cellClass(count, columns[index]) }));
  return make("tr", { className: row === TOTAL ? "total" : "" }, make("th", { scope: "row", text: row }), ...cells);
}

const cellClass = (count, column) => (count === null ? "hidden" : column === TOTAL ? "total" : "");

// --- by term: only here are the words open ---

async function showTerms(session) {
  const say = (words) => (at("terms-said").textContent = words);
  const { terms, leftOut } = await countTerms(session, { month: at("month").value, least: Number(at("terms-part").dataset.least) }, (done, all) => say(`Opening ${spell(done)} of ${spell(all)} …`));
  say(terms.length === 0 ? "No term of enough people was decided about." : `${terms.length} terms; ${leftOut} of too few people are left out.`);
  const save = make("a", { text: "As a CSV file", className: "file", download: `overt-terms-${at("month").value}.csv` });
  save.href = URL.createObjectURL(new Blob([spellTermsCsv(at("month").value, terms)], { type: "text/csv" }));
  at("terms").replaceChildren(...(terms.length === 0 ? [] : [termTable(terms), make("p", {}, save)]));
}

function termTable(terms) {
  const head = make("tr", {}, ...TERM_COLUMNS.map((text) => make("th", { scope: "col", text })));
  const rows = terms.map(({ term, decided, falseAlarms, share }) =>
    make("tr", {}, make("th", { scope: "row", text: term }), ...[spell(decided), spell(falseAlarms), `${spell(share)} %`].map((text) => make("td", { text }))),
  );
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  table.setAttribute("aria-labelledby", "terms-heading");
  return make("div", { className: "grid" }, table);
}
