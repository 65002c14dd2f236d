// The pure modules of the review page: order, search line, measured fixes, labels. Run by node's own test runner.

import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of node
const from = (name) => import(pathToFileURL(`${process.env.MODULES}/review/${name}.js`));
const { byRisk, capturesBefore, clearReasons, reorder, sealedReasons, total } = await from("risk");
const { FilterError, needsWords, parseFilter, passes } = await from("filter");
const { candidates, effect, phrasesAround, spellEffect } = await from("fix");
const { spellLabels } = await from("labels");
const { likeCaptures } = await from("like");
const { classesOf, isKnownPicture } = await from("exposure");
const { CaseIndex } = await from("../case-index");
const { readIndex, takeNews } = await from("rows");

const NOON = Date.parse("2026-11-25T12:00:00") / 1000;
const HOUR = 3600;
const CALM = { captures: 0, usual: 1 };

function finding(text, term, more = {}) {
  const start = Array.from(text.slice(0, text.indexOf(term))).length;
  return { library_id: "weapons", library_version: "7", term_id: term, term, rule: "word", category: "weapons", severity: 3, start, end: start + Array.from(term).length, ...more };
}

const capture = (text, term = "gun", more = {}) => ({
  why: text, text, title: null, app: "Chrome", url: null, source: "ocr", provenance: "visible_window", severity: 3, findings: [finding(text, term)], ...more,
});

const row = (more = {}) => ({ id: 1, device: "d", epoch: 0, seq: 1, severity: 3, captures: 1, left: 1, first: NOON, last: NOON, escalated: false, ...more });

test("severity outranks everything but an escalation, and typed words outrank seen ones", () => {
  const points = (one, meta, name = "x") =>
    total([...clearReasons(one, CALM), ...sealedReasons(meta, name, { riskTerms: new Set(), firsts: null })]);
  const seen = capture("a gun");
  const typed = capture("a gun", "gun", { provenance: "typed" });
  const behind = capture("a gun", "gun", { provenance: "background" });
  assert.ok(points(row(), typed) > points(row(), seen));
  assert.ok(points(row(), seen) > points(row(), behind));
  assert.ok(points(row({ severity: 4 }), behind) > points(row(), typed));
  assert.ok(points(row({ escalated: true, severity: 1 }), behind) > points(row({ severity: 5 }), typed));
});

test("each reason is told: night, build-up, risk term, first of its kind", () => {
  const night = row({ first: Date.parse("2026-11-25T02:00:00") / 1000 });
  assert.deepEqual(clearReasons(night, CALM).map((one) => one.short), ["", "late"]);
  assert.deepEqual(clearReasons(row(), { captures: 12, usual: 2 }).map((one) => one.short), ["", "build-up"]);
  assert.deepEqual(clearReasons(row(), { captures: 12, usual: 6 }).map((one) => one.short), [""], "a busy person is no build-up");
  const told = sealedReasons(capture("near the old mill", "old mill"), "me", { riskTerms: new Set(["old mill"]), firsts: new Map([["weapons/old mill", "me"]]) });
  assert.deepEqual(told.map((one) => one.short), ["risk term", "first"]);
  assert.ok(told.every((one) => one.words.includes("old mill")));
});

test("captures in the hour before are counted for each device alone", () => {
  const rows = [row({ id: 1, first: NOON }), row({ id: 2, first: NOON + 60, captures: 4 }), row({ id: 3, first: NOON + HOUR + 30 }), row({ id: 4, device: "other", first: NOON + 90 })];
  const before = capturesBefore(rows);
  assert.equal(before.get(2).captures, 1);
  assert.equal(before.get(3).captures, 4, "the first is more than an hour ago");
  assert.equal(before.get(4).captures, 0);
});

test("what the officer has in view stays; the rest is sorted", () => {
  const rows = [10, 30, 20, 40].map((points, id) => row({ id, points }));
  assert.deepEqual(reorder(rows, 2).map((one) => one.id), [0, 1, 3, 2]);
  assert.deepEqual([...rows].sort(byRisk).map((one) => one.id), [3, 1, 2, 0]);
});

test("the search line: words, fields, quotes, and plain words for what is not understood", () => {
  assert.deepEqual(parseFilter('glue "two words" app:chrome http://x'), [
    { field: "", value: "glue" }, { field: "", value: "two words" }, { field: "app", value: "chrome" }, { field: "", value: "http://x" },
  ]);
  for (const wrong of ["severity:9", "after:late", "since:yesterday"]) assert.throws(() => parseFilter(wrong), FilterError);
  assert.equal(needsWords(parseFilter("severity:4 after:22:00 decision:breach")), false);
  assert.equal(needsWords(parseFilter("term:gun")), true);
});

test("a row passes where every part of the line holds", () => {
  const meta = capture("the Glue gun broke", "gun", { title: "Garden", url: "https://garden.example" });
  const holds = (line, one = row(), disposition = null) => passes(parseFilter(line), one, meta, disposition);
  for (const line of ["glue GUN", "title:garden", "url:example", "term:gun", "library:weap", "severity:3", "read:ocr", "decision:undecided"]) assert.ok(holds(line), line);
  for (const line of ["nowhere", "app:firefox", "severity:4", "term:knife", "decision:breach"]) assert.ok(!holds(line), line);
  assert.ok(holds("decision:false-alarm", row(), "false-alarm"));
  const at = (clock) => row({ first: Date.parse(`2026-11-25T${clock}`) / 1000, last: Date.parse(`2026-11-25T${clock}`) / 1000 });
  assert.ok(holds("after:22:00 before:06:00", at("23:30:00")) && holds("after:22:00 before:06:00", at("05:59:00")));
  assert.ok(!holds("after:22:00 before:06:00", at("12:00:00")));
  assert.ok(holds("since:2026-11-25 until:2026-11-25", at("12:00:00")) && !holds("since:2026-11-26", at("12:00:00")));
});

test("a fix is measured: what it removes, and what it would have lost", () => {
  const alarm = capture("the glue gun broke");
  const past = [
    ...Array.from({ length: 4 }, () => ({ meta: capture("my Glue  gun is warm"), disposition: "false-alarm" })),
    { meta: capture("glue gun, open"), disposition: null },
    { meta: capture("buy a gun tonight"), disposition: "breach" },
    { meta: { ...capture("glue gun and knife"), findings: [finding("glue gun and knife", "gun"), finding("glue gun and knife", "knife")] }, disposition: "concern" },
  ];
  const fixes = candidates(alarm, alarm.findings[0]);
  const phrase = fixes.find((one) => one.words.includes("“glue gun”"));
  assert.deepEqual(effect(phrase, past), { looked: 7, removed: 5, falseAlarms: 4, lost: 0, undecided: 1 }, "the knife keeps its capture");
  const drop = fixes.find((one) => one.kind === "drop");
  assert.equal(effect(drop, past).lost, 1);
  assert.equal(spellEffect(effect(drop, past)), "removes 6 of 7 groups, 4 of them decided harmless, 1 undecided; would have lost 1 confirmed");
  assert.match(drop.toml, /\[\[drop\]\]\nlibrary = "weapons"\nterm = "gun"/);
});

test("phrases around a match do not reach over the end of a sentence", () => {
  const text = "It broke. Gun shop";
  assert.deepEqual(phrasesAround(text, finding(text, "Gun")), ["gun shop"]);
  assert.deepEqual(phrasesAround("gun", finding("gun", "gun")), []);
});

test("labels have the form that overt evaluate reads; third parties' words are left out", async () => {
  const decision = { officer: "officer-1", at: "2026-11-25T10:00:00Z" };
  const all = ["false-alarm", "third-party", "breach"].map((disposition) => ({ meta: capture("a gun é"), decision: { ...decision, disposition } }));
  const bare = (await spellLabels(all, { words: false })).trim().split("\n").map(JSON.parse);
  assert.equal(bare.length, 2);
  assert.deepEqual(bare[0], {
    format: "overt-labels-1", sha256: createHash("sha256").update("a gun é").digest("hex"), disposition: "false-alarm",
    by: "officer-1", at: "2026-11-25", source: "ocr", term: "weapons/gun",
  });
  assert.equal(JSON.parse((await spellLabels(all, { words: true })).split("\n")[0]).text, "a gun é");
});

test("like captures share the term, and the most alike comes first", () => {
  const metas = new CaseIndex(null);
  const texts = { "d/0/1": capture("buy a gun"), "d/0/2": capture("buy a gun now"), "d/0/3": capture("a gun far away elsewhere"), "d/0/4": capture("buy a knife", "knife") };
  const rows = [1, 2, 3, 4].map((seq) => row({ id: seq, seq }));
  for (const [name, meta] of Object.entries(texts)) metas.set(name, JSON.stringify(meta));
  const around = { index: metas, byName: new Map(rows.map((one) => [`d/0/${one.seq}`, one])), dispositionOf: () => "breach" };
  const like = likeCaptures(rows[0], texts["d/0/1"], around);
  assert.deepEqual(like.map((one) => one.row.seq), [2, 3]);
  assert.deepEqual(likeCaptures(rows[0], texts["d/0/1"], { ...around, dispositionOf: () => null }), [], "the undecided teach nothing");
});

test("a known picture is known by its finding, and classes are told before a picture", () => {
  const known = capture("x", "x", { findings: [finding("x", "x", { term: "known picture", rule: "pdq, distance 12, upright" })] });
  assert.ok(isKnownPicture(known));
  assert.ok(!isKnownPicture(capture("known picture", "known picture")), "words that say so are no such finding");
  const two = capture("a b", "a", { findings: [finding("a b", "a", { category: "self-harm", severity: 2 }), finding("a b", "b", { severity: 5 })] });
  assert.deepEqual(classesOf(two), ["weapons", "self harm"]);
});

test("the index is read, and news is taken without losing what is known here", () => {
  const index = (rows) => ({ format: "overt-queue-1", devices: [{ device: "d", case: "c" }], officers: ["o"], rows });
  const rows = readIndex(index([[1, 0, 0, 5, 4, 2, 2, 10, 20, -1, 0]]));
  assert.equal(rows[0].assignee, null);
  rows[0].points = 77;
  const added = takeNews(rows, readIndex(index([[1, 0, 0, 5, 4, 3, 1, 10, 30, 0, 1], [2, 0, 0, 9, 5, 1, 1, 40, 40, -1, 0]])));
  assert.deepEqual(added.map((one) => one.id), [2]);
  assert.deepEqual([rows.length, rows[0].captures, rows[0].left, rows[0].assignee, rows[0].escalated, rows[0].points], [2, 3, 1, "o", true, 77]);
  assert.throws(() => readIndex({ format: "another" }));
});
