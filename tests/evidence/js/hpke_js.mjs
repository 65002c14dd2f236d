// Opens the envelope vectors with hpke-js (https://github.com/dajiaji/hpke-js), which shares nothing with our openers:
// node hpke_js.mjs VECTORS_FOLDER, with @hpke/core and @hpke/hybridkem-x-wing installed beside it (make hpke-js).
// Written from SPEC.md. Prints how many vectors opened, and how many that must not open did not; exit code 1 otherwise.

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { createHash, webcrypto } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";

globalThis.crypto ??= webcrypto;
const { subtle } = globalThis.crypto;
const SUITES = {
  "X25519-HKDF-SHA256-AES-256-GCM": { kem: new DhkemX25519HkdfSha256(), encapsulated: 32 },
  "X-Wing-HKDF-SHA256-AES-256-GCM": { kem: new XWing(), encapsulated: 1120 },
};
const sha256 = (...pieces) => pieces.reduce((hash, piece) => hash.update(piece), createHash("sha256")).digest();
const text = (label) => Buffer.from(label, "ascii");

async function derive(secret, label, salt) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return Buffer.from(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info: text(label) }, key, 256));
}

function parse(bytes) {
  const headerLength = bytes.readUInt32BE(8);
  const header = bytes.subarray(12, 12 + headerLength);
  const stanzasAt = 16 + headerLength;
  const stanzas = bytes.subarray(stanzasAt, stanzasAt + bytes.readUInt32BE(12 + headerLength));
  const line = header.indexOf(10) + 1;
  return {
    contextLine: header.subarray(0, line),
    context: JSON.parse(header.subarray(0, line)),
    manifest: JSON.parse(header.subarray(line)),
    stanzas,
    partsAt: stanzasAt + stanzas.length + 64,
  };
}

async function contentKey(head, vector) {
  const { kem, encapsulated } = SUITES[vector.suite];
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const secret = Buffer.from(vector.opening_key, "hex");
  const key = await suite.kem.deserializePrivateKey(secret.buffer.slice(secret.byteOffset, secret.byteOffset + 32));
  const size = encapsulated + 48;
  const info = Buffer.concat([text("overt-stanza-v1"), sha256(head.contextLine), Buffer.from(head.manifest.commitment, "hex")]);
  for (let at = 0; at < head.stanzas.length; at += size) {
    const stanza = Uint8Array.from(head.stanzas.subarray(at, at + size));
    const recipient = { recipientKey: key, enc: stanza.slice(0, encapsulated).buffer, info: Uint8Array.from(info).buffer };
    try {
      return Buffer.from(await suite.open(recipient, stanza.slice(encapsulated).buffer));
    } catch {
      continue; // somebody else's stanza
    }
  }
  throw new Error("no stanza opens");
}

async function open(vector) {
  const bytes = Buffer.from(vector.envelope, "base64");
  const head = parse(bytes);
  const key = await contentKey(head, vector);
  const salt = sha256(head.contextLine);
  if ((await derive(key, "overt-commit-v1", salt)).toString("hex") !== head.manifest.commitment) throw new Error("commitment");
  const aes = await subtle.importKey("raw", await derive(key, "overt-parts-v1", salt), "AES-GCM", false, ["decrypt"]);
  const found = {};
  let at = head.partsAt;
  for (const [index, part] of head.manifest.parts.entries()) {
    const iv = Buffer.alloc(12);
    iv.writeUInt32BE(index, 8);
    const additionalData = Buffer.concat([salt, text(part.name)]);
    const sealed = bytes.subarray(at, at + part.size);
    const padded = Buffer.from(await subtle.decrypt({ name: "AES-GCM", iv, additionalData }, aes, sealed));
    found[part.name] = sha256(padded.subarray(4, 4 + padded.readUInt32BE(0))).toString("hex");
    at += part.size;
  }
  return found;
}

const folder = `${process.argv[2]}/envelope`;
const counts = { opened: 0, refused: 0, wrong: 0 };
for (const name of readdirSync(folder).filter((one) => one.endsWith(".json"))) {
  const vector = JSON.parse(readFileSync(`${folder}/${name}`));
  if (!["success", "open", "recipient", "commitment"].includes(vector.expect)) continue; // not a matter of HPKE
  const found = await open(vector).catch(() => null);
  const right = vector.expect === "success" ? JSON.stringify(found) === JSON.stringify(vector.parts) : found === null;
  counts[!right ? "wrong" : vector.expect === "success" ? "opened" : "refused"] += 1;
  if (!right) console.error(`${name}: expected ${vector.expect}`);
}
console.log(`hpke-js opened ${counts.opened} vectors and refused ${counts.refused} that must not open; ${counts.wrong} wrong`);
process.exit(counts.opened && counts.refused && !counts.wrong ? 0 : 1);
