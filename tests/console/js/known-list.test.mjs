// A loaded list in the browser's own code, against what Python says of the same files. Run by node's own test runner.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto; // older versions of node
const from = (name) => import(pathToFileURL(`${process.env.MODULES}/review/${name}.js`));
const { HashSetError } = await from("hash-set");
const { lays } = await from("hash-index");
const { KnownList } = await from("known-list");
const file = (name) => new Uint8Array(readFileSync(`${process.env.FILES}/${name}`));
const told = JSON.parse(readFileSync(`${process.env.FILES}/expected.json`, "utf8"));
const hex = (bytes) => Buffer.from(bytes).toString("hex");

for (const name of ["small.set", "large.set"]) {
  test(`${name}: the same matches as overt hashes review`, async () => {
    const list = await KnownList.read(file(name));
    assert.ok(told[name].length > 20);
    for (const { picture, matches } of told[name]) {
      const found = list.findings({ pictures: [picture] }).map((one) => [one.term_id, one.rule.replace(", matched at review", ""), one.category]);
      assert.deepEqual(found.sort(), matches.sort());
    }
    assert.ok(told[name].some((one) => one.matches.length > 0) && told[name].some((one) => one.matches.length === 0));
  });
}

test("the eight lays of a hash are those that Python makes", () => {
  assert.ok(told.lays.length > 3);
  for (const { hash, lays: expected } of told.lays) assert.deepEqual(lays(new Uint8Array(Buffer.from(hash, "hex"))).map(hex), expected);
});

test("plain pictures and captures without hashes match nothing; a finding says all that is needed", async () => {
  const list = await KnownList.read(file("small.set"));
  const { picture } = told["small.set"].find((one) => one.matches.length > 0);
  assert.deepEqual(list.findings({}), []);
  assert.deepEqual(list.findings({ pictures: [{ ...picture, quality: 49 }] }), []);
  const [one] = list.findings({ pictures: [picture] });
  assert.deepEqual(one.place, picture.place);
  assert.equal(one.severity, 5);
  for (const words of ["row ", "known-a 2026-11", "An authority", "Matched in this browser"]) assert.ok(one.explanation.includes(words), words);
});

test("every damaged file is refused in words, none is taken", async () => {
  const damaged = readdirSync(process.env.FILES).filter((name) => name.startsWith("bad-"));
  assert.ok(damaged.length > 5);
  for (const name of damaged) await assert.rejects(() => KnownList.read(file(name)), (problem) => problem instanceof HashSetError && problem.message.length > 20, name);
});
