// The pure modules of a person's page: use by hour, weeks compared, silences explained, events sorted; on made-up lives.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of node
const from = (name) => import(pathToFileURL(`${process.env.MODULES}/person/${name}.js`));
const { addDays, atNight, between, dayOf, hourOf, inUse, minutesOf, total, useByHour } = await from("use");
const { compareWeeks, sharpDrop } = await from("changes");
const { explainGaps, offline, stretches, usualLength } = await from("gaps");
const { foldEvents, isStaffSafety, kindOf, listOf } = await from("events");
const { readWords } = await import(pathToFileURL(`${process.env.MODULES}/sealed-words.js`));
const { OpenerError } = await import(pathToFileURL(`${process.env.MODULES}/bytes.js`));
const { coverageSentences, spellDuration, spellShare } = await from("words");

const TODAY = dayOf(Date.parse("2026-03-04T12:00:00"));
const HOUR = 3600_000;
const MINUTE = 60_000;
const iso = (moment) => new Date(moment).toISOString();

/** A coverage record of whole minutes: `states` gives for each state [minutes, seconds of each]. */
function record(since, minutes, states, reasons = {}) {
  const columns = (given) => Object.fromEntries(Object.entries(given).map(([name, runs]) => [name, runs]));
  return { format: "overt-coverage-1", since: iso(since), until: iso(since + minutes * MINUTE), states: columns(states), sources: {}, reasons };
}

const evening = (ago, hour, hours, state = "watched") => record(addDays(TODAY, -ago) + hour * HOUR, hours * 60, { [state]: [[hours * 60, 60]] });

/** A small generator of numbers, the same each time. */
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield state / 2147483648;
  }
}

test("a record's minutes are as the format says: a begun one is shorter, and runs become seconds", () => {
  const minutes = minutesOf({
    since: "2026-01-31T12:00:30.000Z",
    until: "2026-01-31T12:02:30.000Z",
    states: { idle: [[2, 0], [1, 30]], unwatched: [[1, 0], [1, 12], [1, 0]], watched: [[1, 30], [1, 48], [1, 0]] },
    reasons: { "badge-lost": [[1, 0], [1, 12], [1, 0]] },
  });
  assert.deepEqual(minutes.map((one) => one.length), [30, 60, 30]);
  assert.deepEqual(minutes.map((one) => one.states), [{ watched: 30 }, { watched: 48, unwatched: 12 }, { idle: 30 }]);
  assert.deepEqual(minutes[1].reasons, { "badge-lost": 12 });
});

test("no second is lost or doubled, however a life is cut into records", () => {
  const random = numbers(7);
  const next = (most) => Math.floor(random.next().value * most);
  for (let life = 0; life < 40; life += 1) {
    const records = [];
    let [at, seconds, known] = [TODAY - next(100) * HOUR, 0, 0];
    for (let number = 0; number < 30; number += 1) {
      const [minutes, watched] = [1 + next(200), next(61)];
      records.push(record(at, minutes, watched === 0 ? {} : { watched: [[minutes, watched]] }));
      at += minutes * MINUTE;
      seconds += minutes * 60;
      known += minutes * watched;
    }
    const all = total(useByHour(records).values());
    assert.equal(all.covered, seconds);
    assert.equal(inUse(all), known);
    assert.equal(all.unexplained, seconds - known);
  }
});

test("records that are not of their form are refused as such, before a page builds on them", () => {
  const finding = { library_id: "l", term_id: "t", term: "gun", rule: "r", category: "c", explanation: "e", severity: 3 };
  const frame = { part: "frame-0", monitor: 0, left: 0, top: 0, width: 1, height: 1 };
  const capture = {
    format: "overt-capture-1", why: "w", text: "", observed_at: "2026-01-31T12:00:00.000Z", source: "ocr", provenance: "typed",
    severity: 3, findings: [finding], suppressed: [{ ...finding, reason: "r" }], decision: { action: "capture", reason: "r" },
    frames: [frame], thumb: null,
  };
  const coverage = record(TODAY, 60, { watched: [[60, 60]] });
  const event = { format: "overt-event-1", event: "display-added", text: "", details: {} };
  for (const good of [capture, coverage, event]) assert.deepEqual(readWords(JSON.stringify(good)), good);
  const bad = [
    ...["", "{", "[]", "null", "5", "{}"],
    ...Object.keys(capture).map((name) => ({ ...capture, [name]: undefined })),
    ...["findings", "suppressed", "frames"].flatMap((name) => [{ ...capture, [name]: [null] }, { ...capture, [name]: [{}] }]),
    ...["since", "until", "states", "reasons"].map((name) => ({ ...coverage, [name]: undefined })),
    { ...coverage, until: "9999-01-01T00:00:00.000Z" },
    ...[[[61e9, 60]], [[60, 61]], [[-1, 60]], [["60", 60]], [60], 5].map((runs) => ({ ...coverage, states: { watched: runs } })),
    ...Object.keys(event).map((name) => ({ ...event, [name]: undefined })),
  ];
  for (const one of bad) {
    const text = typeof one === "string" ? one : JSON.stringify(one);
    assert.throws(() => readWords(text), (problem) => problem instanceof OpenerError && problem.code === "format", text);
  }
});

test("hours are the officer's own, and nights run from 23 to 5", () => {
  const hours = useByHour([evening(1, 22, 4)]);
  const day = addDays(TODAY, -1);
  assert.deepEqual([...hours.keys()], [22, 23, 24, 25].map((hour) => hourOf(day + hour * HOUR)));
  assert.equal(inUse(total(atNight(hours, day, addDays(day, 2)))), 3 * 3600);
  assert.equal(between(hours, day, addDays(day, 1)).length, 2);
});

const capture = (ago, hour, more = {}) => ({ at: addDays(TODAY, -ago) + hour * HOUR, severity: 3, provenance: "visible_window", staff: false, ...more });
const life = (records, captures = [], evasion = []) => ({ hours: useByHour(records), captures, evasion });
const weeks = (of) => Array.from({ length: 35 }, (_, index) => index + 1).map(of);
const change = (found, id) => compareWeeks(found, TODAY).changes.find((one) => one.id === id);

test("good change is said: fewer at night than in any of the four weeks before", () => {
  const found = life(weeks((ago) => (ago > 7 ? evening(ago, 20, 6) : evening(ago, 18, 4))));
  const night = change(found, "night");
  assert.equal(night.direction, "less");
  assert.equal(night.good, true);
  assert.match(night.words, /^less than in any of the four weeks before \(19\.0 h to 21\.0 h\)$/);
  assert.equal(change(found, "use").good, null, "less use is neither good nor bad");
});

test("fewer captures are no good news where only use fell; an hour of use must have fewer, too", () => {
  const shorter = weeks((ago) => evening(ago, 12, ago > 7 ? 8 : 4));
  const daily = (recent) => weeks((ago) => Array.from({ length: ago > 7 ? 8 : recent }, () => capture(ago, 13))).flat();
  const alike = change(life(shorter, daily(4)), "captures");
  assert.deepEqual([alike.direction, alike.good], ["less", null]);
  assert.match(alike.words, /but use fell as well/);
  assert.equal(change(life(shorter, daily(1)), "captures").good, true);
  assert.equal(change(life(weeks((ago) => evening(ago, 12, 8)), daily(4)), "captures").good, true);
});

test("worse is said as well, each measure by itself", () => {
  const captures = weeks((ago) => capture(ago, 12)).concat([1, 2, 3].flatMap((ago) => Array.from({ length: 4 }, () => capture(ago, 2, { severity: 5, provenance: "typed", staff: true }))));
  const found = life(weeks((ago) => evening(ago, 18, 4)), captures, [addDays(TODAY, -2)]);
  for (const id of ["captures", "severe", "late", "typed", "staff", "evasion"]) assert.equal(change(found, id).good, false, id);
  assert.equal(change(found, "use").direction, "same");
});

test("what varies by chance is no change: one capture more, a count within its square root", () => {
  const noise = (more) => weeks((ago) => Array.from({ length: ago <= 7 ? 4 : 3 + (ago % 2) }, () => capture(ago, 12))).flat().concat(Array.from({ length: more }, () => capture(1, 13)));
  assert.equal(change(life(weeks((ago) => evening(ago, 18, 4)), noise(0)), "captures").direction, "same");
  assert.equal(change(life(weeks((ago) => evening(ago, 18, 4)), noise(20)), "captures").direction, "more");
});

test("too little history is said, and nothing else", () => {
  const { changes } = compareWeeks(life(weeks((ago) => ago).slice(0, 12).map((ago) => evening(ago, 18, 4))), TODAY);
  assert.ok(changes.every((one) => one.direction === "unknown" && one.good === null));
  assert.match(changes[0].words, /too little is known/);
});

test("a device that went dark is no good news: of a week of which little is known only more is said", () => {
  const severe = weeks((ago) => capture(ago, 12, { severity: 5 })).filter((one) => one.at < addDays(TODAY, -7));
  const dark = weeks((ago) => ago).filter((ago) => ago > 5).map((ago) => evening(ago, 20, 6));
  const quiet = compareWeeks(life(dark, severe), TODAY);
  assert.equal(quiet.week.known, 3);
  assert.ok(quiet.changes.every((one) => one.direction === "unknown" && one.good === null));
  assert.match(quiet.changes.find((one) => one.id === "night").words, /^too little is known: 3 of these seven days$/);
  assert.equal(sharpDrop(quiet), null);
  const signs = compareWeeks(life(dark, severe, [addDays(TODAY, -6)]), TODAY).changes.find((one) => one.id === "evasion");
  assert.deepEqual([signs.direction, signs.good], ["more", false]);
  const known = compareWeeks(life(weeks((ago) => ago).filter((ago) => ago > 4).map((ago) => evening(ago, 20, 6)), severe), TODAY);
  assert.equal(known.changes.find((one) => one.id === "severe").good, true, "four days tell something");
});

test("a sharp drop of use is told only where it is sharp, and there was use to drop", () => {
  const drop = (before, now) => sharpDrop(compareWeeks(life(weeks((ago) => evening(ago, 12, ago > 7 ? before : now))), TODAY));
  assert.deepEqual(drop(5, 1), { now: 3600, usual: 5 * 3600 });
  assert.equal(drop(5, 3), null);
  const little = weeks((ago) => record(addDays(TODAY, -ago), 60, { watched: [[60, ago > 7 ? 30 : 1]] }));
  assert.equal(sharpDrop(compareWeeks(life(little), TODAY)), null, "half an hour a day is too little to drop");
});

const NOW = TODAY + 12 * HOUR;
/** Evenings from 18 to 22 with the nights between said to be off, as an agent tells it at its next start. */
function nights(until = 1) {
  const found = [];
  for (let ago = 20; ago >= until; ago -= 1) found.push(evening(ago, 18, 4), ...(ago > until ? [evening(ago, 22, 20, "off")] : []));
  return found;
}
const explain = (coverage, more = {}) => explainGaps({ coverage, events: [], records: [], absences: [], now: NOW, ...more });

test("ordinary nights are counted and left out, this morning too", () => {
  const found = explain(nights());
  assert.deepEqual(found.told, []);
  assert.equal(found.ordinary, 19);
  assert.equal(found.usual, 20 * HOUR);
});

test("off, killed, unexplained, away, silent: each is told apart, with its evidence", () => {
  const off = [...nights(6), evening(6, 22, 92, "off"), evening(2, 18, 4)];
  assert.deepEqual(explain(off, { now: addDays(TODAY, -2) + 22 * HOUR }).told.map((one) => one.kind), ["off"]);
  const killed = [...nights(1), evening(1, 22, 1, "down"), evening(1, 23, 1)];
  const event = { device: "d", event: "agent-cut-off", text: "The run before was killed.", at: addDays(TODAY, -1) + 23 * HOUR };
  const [told] = explain(killed, { events: [event], now: addDays(TODAY, -1) + 24 * HOUR }).told;
  assert.equal(told.kind, "killed");
  assert.ok(told.evidence.some((one) => one.includes("The run before was killed.")));
  const unknown = [...nights(1), record(addDays(TODAY, -1) + 22 * HOUR, 60, {}), evening(1, 23, 1)];
  assert.deepEqual(explain(unknown, { now: addDays(TODAY, -1) + 24 * HOUR }).told.map((one) => one.kind), ["unexplained"]);
  const absences = [{ since: iso(addDays(TODAY, -6)), until: iso(addDays(TODAY, -2)) }];
  assert.deepEqual(explain(off, { absences, now: addDays(TODAY, -2) + 22 * HOUR }).told.map((one) => one.kind), ["away"]);
  const dark = explain(nights(5)).told;
  assert.deepEqual(dark.map((one) => one.kind), ["silent"]);
  assert.match(dark[0].evidence.join(" "), /Cannot tell yet: killed, a power cut, or no network/);
  const stopped = { device: "d", event: "agent-stopped", text: "It stopped.", at: addDays(TODAY, -5) + 22 * HOUR };
  assert.match(explain(nights(5), { events: [stopped] }).told[0].evidence.join(" "), /ended in order/);
});

test("what came late was made without a network", () => {
  const made = Array.from({ length: 4 }, (_, index) => NOW - 10 * HOUR + index * 10 * MINUTE);
  const records = made.map((at) => ({ recorded_at: iso(at), received_at: iso(NOW) }));
  const [found] = offline(records);
  assert.deepEqual([found.kind, found.from, found.until], ["offline", made[0], made[3]]);
  assert.match(found.evidence[0], /^4 records of this time arrived later/);
  assert.deepEqual(offline(records.map((one) => ({ ...one, received_at: one.recorded_at }))), []);
});

test("stretches of any life follow each other, cover all of it, and never overlap", () => {
  const random = numbers(11);
  const next = (most) => Math.floor(random.next().value * most);
  const states = ["watched", "unwatched", "idle", "locked", "off", "asleep", "down", "suspended", "stopped", "other-account"];
  for (let number = 0; number < 40; number += 1) {
    const coverage = [];
    let at = TODAY - 30 * 24 * HOUR;
    for (let one = 0; one < 60; one += 1) {
      const minutes = 1 + next(600);
      coverage.push(record(at, minutes, next(10) === 0 ? {} : { [states[next(states.length)]]: [[minutes, 60]] }));
      at += (minutes + (next(5) === 0 ? next(900) : 0)) * MINUTE;
    }
    const found = stretches(coverage, at);
    assert.equal(found[0].from, TODAY - 30 * 24 * HOUR);
    found.slice(1).forEach((one, index) => assert.ok(one.from >= found[index].until && one.from - found[index].until <= MINUTE));
    assert.ok(found.every((one) => one.until > one.from));
    const { told } = explainGaps({ coverage, events: [], records: [], absences: [], now: at });
    assert.ok(told.every((one) => one.evidence.length > 0 && one.title !== undefined));
  }
});

test("nine in ten silences are not longer than the usual one", () => {
  assert.equal(usualLength([]), null);
  assert.equal(usualLength([5]), 5);
  assert.equal(usualLength([1, 2, 3, 4, 5, 6, 7, 8, 9, 100]), 9);
});

test("events find their section; what is new and not harmless is looked at first", () => {
  const kinds = { "evasion-sign": "evasion", "clock-moved": "evasion", "display-added": "display", "media-inserted": "media", "known-files": "media", "device-seen-first": "network", "neighbours-seen": "network", "agent-started": "agent", "disk-full": "gap" };
  for (const [event, wanted] of Object.entries(kinds)) assert.equal(kindOf({ kind: "event", event, severity: 0 }), wanted, event);
  assert.equal(kindOf({ kind: "event", event: "something-new", severity: 3 }), "evasion");
  for (const event of ["library-refused", "handover-refused", "checkpoint-broken"]) assert.equal(kindOf({ kind: "event", event, severity: 3 }), "server", "nobody's evasion");
  for (const event of ["screening-failed", "asking-failed", "delivery-stuck"]) assert.equal(kindOf({ kind: "event", event, severity: 2 }), "agent", event);
  assert.equal(kindOf({ kind: "event", event: "library-put-aside", severity: 3 }), "evasion", "somebody may have changed it");
  assert.equal(kindOf({ kind: "event", event: "agent-cut-off", severity: 1 }), "agent", "ended with the system");
  assert.equal(kindOf({ kind: "event", event: "agent-cut-off", severity: 3 }), "evasion", "killed");
  assert.ok(isStaffSafety({ findings: [{ category: "staff-safety", library_id: "case" }] }));
  assert.ok(!isStaffSafety({ findings: [{ category: "weapons", library_id: "weapons" }] }));
});

test("the same event again and again is one line with its number", () => {
  const events = [1, 2, 3].map((at) => ({ event: "evasion-sign", text: "Tor.", at })).concat({ event: "display-added", text: "", at: 4 });
  assert.deepEqual(foldEvents(events).map((one) => [one.event, one.times, one.at, one.last]), [["display-added", 1, 4, 4], ["evasion-sign", 3, 1, 3]]);
});

test("known files and devices of the home network are listed, each list by itself", () => {
  const files = { event: "known-files", text: "2 files.", details: { "file-1": "films sha1-0 /media/a", "file-2": "films md5-3 /media/b" }, at: 1 };
  assert.deepEqual(listOf(files), ["films sha1-0 /media/a", "films md5-3 /media/b"]);
  assert.deepEqual(listOf({ event: "neighbours-learned", details: { network: "n", abc: "Apple, Inc." } }), ["abc: Apple, Inc."]);
  assert.deepEqual(listOf({ event: "device-seen-first", details: { device: "abc", network: "n" } }), ["abc"]);
  assert.deepEqual(listOf({ event: "toString", details: { x: "y" } }), []);
  assert.equal(foldEvents([files, { ...files, at: 2 }]).length, 2, "two lists are two, though they have as many entries");
});

test("coverage in words never rounds up to all, and names what is unexplained", () => {
  const said = coverageSentences({ states: { watched: 93 * 60, unwatched: 7 * 60, down: 120 }, reasons: { "badge-lost": 420 }, unexplained: 41 * 60 });
  assert.equal(said[0], "Watched 93 % of 1 h 40 min in use; 41 minutes unexplained.");
  assert.equal(said[1], "7 minutes in use not watched, or not all of it: the badge could not be seen.");
  assert.equal(said[2], "2 minutes not seen at all: the agent was ended from outside.");
  assert.equal(spellShare(0.9999), "99 %");
  assert.equal(spellShare(0.0001), "1 %");
  assert.equal(spellDuration(3 * 24 * 3600), "3 days");
});
