// Teams, duty, and leave cover: the case keys are sealed here to the colleague who stands in.

import { encodeBytes } from "./canonical.js";
import { OpenerError, fromHex, toHex } from "./bytes.js";
import { at, button, fieldTime, fillSelect, fillTable, make, moment, onSubmit, run, say } from "./dom.js";
import { seal } from "./hpke-seal.js";
import { deriveSecrets, unlockWith, unwrapCaseSecret } from "./keys.js";
import { spellTime } from "./page.js";
import { deleteJson, getJson, postJson } from "./server.js";

const DAY = 24 * 3600_000;
const CURVE_KEY = 32;
let me;
let teams = [];

const reviewers = () => {
  const all = teams.flatMap((team) => team.members).filter((one) => ["officer", "supervisor"].includes(one.role));
  return [...new Map(all.map((one) => [one.officer, one])).values()];
};

async function showPeople() {
  teams = await getJson("/v1/teams");
  const rows = teams.flatMap((team) =>
    team.members.map((one) => [team.name, one.name, one.role, make("span", { className: "code", text: one.fingerprint })]),
  );
  fillTable(at("people"), rows, "You are in no team; an administrator puts you into one.");
}

// --- duty ---

async function showDuty() {
  const turns = await getJson("/v1/duty");
  const rows = turns.map((one) => [one.team, one.name, spellTime(one.since), spellTime(one.until), cancel(one)]);
  fillTable(at("duty"), rows, "Nobody is on duty.");
}

function cancel(one) {
  if (!me.rights.includes("roster")) return "";
  return button("Cancel", async () => {
    await deleteJson(`/v1/duty/${one.duty}`);
    await showDuty();
    say(`${one.name} is off the rota.`);
  });
}

function offerOfficers() {
  const team = teams.find((one) => one.team === at("plan-team").value);
  const able = (team?.members ?? []).filter((one) => ["officer", "supervisor"].includes(one.role));
  fillSelect(at("plan-officer"), able.map((one) => [one.officer, one.name]));
}

async function plan() {
  const wish = { team: at("plan-team").value, officer: at("plan-officer").value };
  await postJson("/v1/duty", { ...wish, since: moment(at("plan-since")), until: moment(at("plan-until")) });
  await showDuty();
  say("The turn is on the rota.");
}

// --- leave cover ---

async function showCovers() {
  const names = new Map(reviewers().map((one) => [one.officer, one.name]));
  const covers = await getJson("/v1/covers");
  const rows = covers.map((one) => {
    const who = one.officer === me.officer ? "you" : (names.get(one.officer) ?? one.officer);
    return [one.case, who, spellTime(one.since), spellTime(one.until), end(one)];
  });
  fillTable(at("covers"), rows, "Nobody stands in for anybody.");
}

function end(one) {
  return button("End now", async () => {
    await deleteJson(`/v1/covers/${one.cover}`);
    await showCovers();
    say("The cover is over.");
  });
}

function showKey() {
  at("cover-key").textContent = reviewers().find((one) => one.officer === at("cover-officer").value)?.fingerprint ?? "";
}

async function cover() {
  const colleague = reviewers().find((one) => one.officer === at("cover-officer").value);
  const publicKey = fromHex(colleague.public_key);
  if (publicKey.length !== CURVE_KEY) {
    throw new OpenerError("usage", "cover", "this browser seals to X25519 keys only; use overt server cover add");
  }
  const parameters = await getJson(`/v1/session/lock?name=${encodeURIComponent(me.name)}`);
  const { lockKey } = await deriveSecrets(at("cover-passphrase").value, parameters);
  const { locked, wraps } = await getJson("/v1/keys");
  const own = await unlockWith(lockKey, locked);
  const covered = new Set((await getJson("/v1/covers")).filter((one) => one.officer === me.officer).map((one) => one.case));
  const cases = [...new Set(wraps.map((one) => one.case))].filter((one) => !covered.has(one)); // what one covers is not one's own to pass on
  for (const id of cases) {
    const sealed = [];
    for (const wrap of wraps.filter((one) => one.case === id)) sealed.push(await reseal(wrap, own, publicKey));
    const span = { since: moment(at("cover-since")), until: moment(at("cover-until")) };
    await postJson("/v1/covers", { case: id, officer: colleague.officer, ...span, wraps: sealed });
  }
  at("cover-passphrase").value = "";
  await showCovers();
  say(`${colleague.name} stands in on ${cases.length} case${cases.length === 1 ? "" : "s"}.`);
}

async function reseal(wrap, own, publicKey) {
  const secret = await unwrapCaseSecret(own, fromHex(wrap.wrap), wrap.case, wrap.epoch, wrap.suite);
  const info = encodeBytes({ format: "overt-case-wrap-1", suite: wrap.suite, case: wrap.case, epoch: wrap.epoch });
  const sealed = await seal(secret, publicKey, info);
  secret.fill(0);
  return { epoch: wrap.epoch, wrap: toHex(sealed) };
}

function prepareForms(hasCases) {
  const colleagues = reviewers().filter((one) => one.officer !== me.officer);
  for (const name of ["plan", "cover"]) {
    at(`${name}-since`).value = fieldTime(new Date());
    at(`${name}-until`).value = fieldTime(new Date(Date.now() + (name === "plan" ? 1 : 7) * DAY));
  }
  at("plan").hidden = !me.rights.includes("roster") || teams.length === 0;
  fillSelect(at("plan-team"), teams.map((one) => [one.team, one.name]));
  at("plan-team").addEventListener("change", offerOfficers);
  offerOfficers();
  at("cover").hidden = !hasCases || colleagues.length === 0;
  fillSelect(at("cover-officer"), colleagues.map((one) => [one.officer, one.name]));
  at("cover-officer").addEventListener("change", showKey);
  showKey();
  onSubmit(at("plan"), plan);
  onSubmit(at("cover"), cover);
}

run(async (session) => {
  me = await getJson("/v1/me");
  await showPeople();
  await Promise.all([showDuty(), showCovers()]);
  prepareForms(Object.keys(session.cases).length > 0);
});
