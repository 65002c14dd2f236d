// Reads the test vectors with the browser's opener: node vectors.mjs OPENER_FOLDER VECTORS_FOLDER.
// Prints one JSON object: the outcome of each vector, to be compared by test_js_opener.py.

import { readFileSync, readdirSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { pathToFileURL } from "node:url";

globalThis.crypto ??= webcrypto;
const [openerFolder, vectorsFolder] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${openerFolder}/${name}`).href);
const { fromHex, toHex, sha256, OpenerError, utf8 } = await load("bytes.js");
const { decode, encode } = await load("canonical.js");
const hpke = await load("hpke.js");
const keys = await load("keys.js");
const envelopes = await load("envelope.js");

const X25519 = "X25519-HKDF-SHA256-AES-256-GCM";

function vectors(folder) {
  const files = readdirSync(`${vectorsFolder}/${folder}`).filter((name) => name.endsWith(".json"));
  return files.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(`${vectorsFolder}/${folder}/${name}`))]);
}

async function outcome(action) {
  try {
    return { outcome: "success", ...(await action()) };
  } catch (error) {
    if (error instanceof OpenerError) return { outcome: error.code, message: error.message };
    return { outcome: "crash", message: String(error.stack) };
  }
}

async function openEnvelope(vector) {
  const bytes = new Uint8Array(Buffer.from(vector.envelope, "base64"));
  const head = envelopes.parseHead(bytes);
  if (bytes.length !== head.total) throw new OpenerError("format", "parts", "only the head");
  await envelopes.verifyHead(head, fromHex(vector.device_key));
  const key = await keys.importOpeningKey(fromHex(vector.opening_key));
  const parts = {};
  for (const { name } of head.manifest.parts) {
    const { start, end } = envelopes.partSpan(head, name);
    const opened = await envelopes.openPart(head, key, name, bytes.subarray(start, end));
    parts[name] = toHex(await sha256(opened));
  }
  return { parts };
}

async function unlock(vector) {
  const { authSecret, privateKey } = await keys.unlockOfficer(vector.passphrase, vector.locked);
  const caseKey = await keys.unwrapCaseKey(privateKey, fromHex(vector.wrap), vector.case, vector.epoch);
  const exports = await Promise.allSettled(
    [privateKey, caseKey].flatMap((key) =>
      ["pkcs8", "jwk"].map((format) => crypto.subtle.exportKey(format, key.privateKey)),
    ),
  );
  return {
    authSecret,
    officer: toHex(privateKey.publicKey),
    case: toHex(caseKey.publicKey),
    exportable: exports.some((one) => one.status === "fulfilled"),
  };
}

async function unlockPasskey(vector) {
  const key = await keys.unlockWithPasskey(fromHex(vector.prf), vector.locked);
  return { officer: toHex(key.publicKey) };
}

/** From a passphrase lock to a passkey lock, as the console does when a passkey is added; and back to the key. */
async function addPasskey(vector) {
  const { lockKey } = await keys.deriveSecrets(vector.passphrase, vector.locked);
  const prf = await sha256(utf8("prf"));
  const locked = await keys.lockUnderPasskey(lockKey, vector.locked, { prf, credential: prf, prfSalt: prf });
  const key = await keys.unlockWithPasskey(prf, locked);
  return { officer: toHex(key.publicKey), prf: toHex(prf), locked };
}

async function rfc9180(vector) {
  const key = await keys.importOpeningKey(fromHex(vector.secret));
  const opened = await hpke.open(fromHex(vector.sealed), key, fromHex(vector.info), fromHex(vector.aad));
  return { plaintext: toHex(opened) };
}

async function each(list, action) {
  const results = {};
  for (const [name, vector] of list) results[name] = await outcome(() => action(vector));
  return results;
}

const stdin = JSON.parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({
    envelope: await each(vectors("envelope").filter(([, one]) => one.suite === X25519), openEnvelope),
    keys: await each(vectors("keys"), unlock),
    passkeys: await each(vectors("passkeys"), unlockPasskey),
    added: await each(vectors("keys").filter(([, one]) => one.expect === "success"), addPasskey),
    canonical: await each(vectors("canonical"), async ({ json }) => {
      const bytes = fromHex(json);
      return { json: toHex(utf8(encode(decode(bytes, "vector", 10_000)))) };
    }),
    padding: vectors("padding")[0][1].sizes.map(([length]) => envelopes.padme(length)),
    rfc9180: await each(stdin.rfc9180.map((one, index) => [index, one]), rfc9180),
    sealed: await each(stdin.sealed.map((one, index) => [index, one]), openEnvelope),
  }),
);
