// Opens envelopes as evidence/SPEC.md describes them, with the browser's own cryptography.
// The order of the checks is the specification's: form, signature, stanzas, part, recipient, content key, commitment.

import { OpenerError, concat, equal, fromHex, sha256, toHex, utf8 } from "./bytes.js";
import { decode } from "./canonical.js";
import { Fields } from "./fields.js";
import * as hpke from "./hpke.js";

const MAGIC = utf8("OVERTEN1");
const FORMAT = "overt-envelope-1";
const SUITES = { "X25519-HKDF-SHA256-AES-256-GCM": 80, "X-Wing-HKDF-SHA256-AES-256-GCM": 1168 }; // bytes of a stanza
const HEADER_LIMIT = 16_384;
const STANZAS_LIMIT = 32_768;
const SIGNATURE = 64;
const LARGEST_PART = 64 * 2 ** 20;
const SMALLEST_PADDED = 256;
const GENESIS = "0".repeat(64);

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const KEY_ID = /^[0-9a-f]{16}$/;
const PART_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const GROUP = /^[0-9a-f]{0,64}$/;
const NANOSECONDS = /^(?:0|[1-9][0-9]{0,18})$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const KINDS = ["capture", "heartbeat", "coverage", "event", "gap", "note"];

// --- reading ---

/** Read the head of an envelope (or of a whole one). Nothing is verified yet. Throws OpenerError "format". */
export function parseHead(bytes) {
  if (!equal(bytes.subarray(0, MAGIC.length), MAGIC)) throw new OpenerError("format", "magic", "not an Overt envelope");
  const raw = counted(bytes, MAGIC.length, HEADER_LIMIT, "header");
  const stanzas = counted(bytes, MAGIC.length + 4 + raw.length, STANZAS_LIMIT, "stanzas");
  const signatureAt = MAGIC.length + 4 + raw.length + 4 + stanzas.length;
  const length = signatureAt + SIGNATURE;
  if (bytes.length < length) throw new OpenerError("format", "head", "cut short");
  const header = parseHeader(raw);
  const { suite, recipients } = header.context;
  if (stanzas.length !== SUITES[suite] * recipients.length) throw new OpenerError("format", "stanzas", "wrong size");
  const total = header.manifest.parts.reduce((size, part) => size + part.size, length);
  if (bytes.length !== length && bytes.length !== total) throw new OpenerError("format", "parts", "wrong size");
  return { ...header, raw, stanzas, signature: bytes.subarray(signatureAt, length), length, total };
}

function counted(bytes, at, limit, place) {
  if (bytes.length < at + 4) throw new OpenerError("format", "head", "cut short");
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  if (size > limit) throw new OpenerError("format", place, `more than ${limit} bytes`);
  if (bytes.length < at + 4 + size) throw new OpenerError("format", "head", "cut short");
  return bytes.subarray(at + 4, at + 4 + size);
}

function parseHeader(raw) {
  const end = raw.indexOf(0x0a) + 1;
  const wellFormed = end > 0 && end < raw.length && raw.indexOf(0x0a, end) === raw.length - 1;
  if (!wellFormed) throw new OpenerError("format", "header", "not two lines");
  const contextLine = raw.subarray(0, end);
  return { context: parseContext(contextLine), manifest: parseManifest(raw.subarray(end)), contextLine };
}

function parseContext(line) {
  const fields = new Fields(decode(line.subarray(0, -1), "header.context", HEADER_LIMIT), "header.context");
  fields.choice("format", [FORMAT]);
  const context = {
    suite: fields.choice("suite", Object.keys(SUITES)),
    authority: fields.text("authority", DIGEST),
    case: fields.text("case", NAME),
    device: fields.text("device", NAME),
    epoch: fields.integer("epoch", 0, Number.MAX_SAFE_INTEGER),
    seq: fields.integer("seq", 0, Number.MAX_SAFE_INTEGER),
    prev: fields.text("prev", DIGEST),
    time: checkedTime(fields),
    monotonicNs: BigInt(fields.text("monotonic_ns", NANOSECONDS)),
    boot: fields.text("boot", NAME),
    agent: fields.text("agent", NAME),
    libraries: fields.text("libraries", DIGEST),
    kind: fields.choice("kind", KINDS),
    severity: fields.integer("severity", 0, 5),
    group: fields.text("group", GROUP),
    origin: fields.choice("origin", ["screen", "replay"]),
    recipients: fields.objects("recipients", 1, 16, readRecipient),
  };
  fields.done();
  if ((context.seq === 0) !== (context.prev === GENESIS)) fields.fail("prev", "zeros only at the start of an epoch");
  requireDistinct(context.recipients.map((one) => one.key), "header.context.recipients");
  return context;
}

function checkedTime(fields) {
  const text = fields.text("time", TIME);
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== text || text < "0001") {
    fields.fail("time", "a time that does not exist");
  }
  return text;
}

const readRecipient = (fields) => ({
  key: fields.text("key", KEY_ID),
  role: fields.choice("role", ["case", "recovery"]),
});

function parseManifest(line) {
  const fields = new Fields(decode(line.subarray(0, -1), "header.manifest", HEADER_LIMIT), "header.manifest");
  const manifest = {
    commitment: fields.text("commitment", DIGEST),
    stanzas: fields.text("stanzas", DIGEST),
    parts: fields.objects("parts", 1, 64, readPart),
  };
  fields.done();
  requireDistinct(manifest.parts.map((part) => part.name), "header.manifest.parts");
  return manifest;
}

const readPart = (fields) => ({
  name: fields.text("name", PART_NAME),
  size: fields.integer("size", 1, LARGEST_PART),
  sha256: fields.text("sha256", DIGEST),
});

function requireDistinct(values, place) {
  if (new Set(values).size !== values.length) throw new OpenerError("format", place, "a value stands there twice");
}

// --- verifying ---

/** A device's public key (32 bytes) as `verifyHead` takes it. */
export const importVerifyingKey = (publicKey) => crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);

/**
 * Check the device's signature (Ed25519 over the header as stored) and the stanzas it signed; `deviceKey` is the public
 * key, as 32 bytes or out of `importVerifyingKey`. Throws OpenerError.
 */
export async function verifyHead(head, deviceKey) {
  const key = deviceKey instanceof CryptoKey ? deviceKey : await importVerifyingKey(deviceKey);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, key, head.signature, head.raw))) {
    throw new OpenerError("signature", "header", "not signed by this device");
  }
  if (toHex(await sha256(head.stanzas)) !== head.manifest.stanzas) {
    throw new OpenerError("digest", "stanzas", "not those that were signed");
  }
}

/** Where a part stands in the whole envelope: { start, end }. */
export function partSpan(head, name) {
  const index = partIndex(head, name);
  const start = head.manifest.parts.slice(0, index).reduce((at, part) => at + part.size, head.length);
  return { start, end: start + head.manifest.parts[index].size };
}

function partIndex(head, name) {
  const index = head.manifest.parts.findIndex((part) => part.name === name);
  if (index < 0) throw new OpenerError("usage", `parts.${name}`, "there is no such part");
  return index;
}

// --- opening ---

/**
 * Open one part's ciphertext with a case key (from `unwrapCaseKey`). Call `verifyHead` first.
 * Throws OpenerError with code digest, recipient, open, commitment or format.
 */
export async function openPart(head, caseKey, name, ciphertext) {
  const index = partIndex(head, name);
  const part = head.manifest.parts[index];
  if (ciphertext.length !== part.size || toHex(await sha256(ciphertext)) !== part.sha256) {
    throw new OpenerError("digest", `parts.${name}`, "not the ciphertext that was signed");
  }
  const { context, cipher } = await openCipher(head, caseKey);
  const parameters = { name: "AES-GCM", iv: nonce(index), additionalData: concat(context, utf8(name)) };
  let padded;
  try {
    padded = new Uint8Array(await crypto.subtle.decrypt(parameters, cipher, ciphertext));
  } catch {
    throw new OpenerError("open", `parts.${name}`, "not sealed with this content key");
  }
  return unpad(padded, `parts.${name}`);
}

const ciphers = new WeakMap(); // head -> Map of key id -> what opens its parts

/** What opens the parts of a record; derived once for all of its parts. */
async function openCipher(head, caseKey) {
  const known = ciphers.get(head) ?? new Map();
  if (!known.has(caseKey.id)) {
    const context = await sha256(head.contextLine);
    const contentKey = await openContentKey(head, caseKey, context);
    known.set(caseKey.id, { context, cipher: await derivedCipher(contentKey, context) });
    ciphers.set(head, known);
  }
  return known.get(caseKey.id);
}

async function openContentKey(head, caseKey, context) {
  const { suite, recipients } = head.context;
  const index = recipients.findIndex((one) => one.key === caseKey.id);
  if (index < 0) throw new OpenerError("recipient", "header.context.recipients", "sealed to other keys");
  const size = SUITES[suite];
  const commitment = fromHex(head.manifest.commitment);
  const info = concat(utf8("overt-stanza-v1"), context, commitment);
  const secret = await hpke.open(head.stanzas.subarray(index * size, (index + 1) * size), caseKey, info);
  const contentKey = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits", "deriveKey"]);
  const found = await crypto.subtle.deriveBits(hkdf("overt-commit-v1", context), contentKey, 256);
  if (!equal(new Uint8Array(found), commitment)) {
    throw new OpenerError("commitment", "header.manifest.commitment", "another content key");
  }
  return contentKey;
}

const hkdf = (label, context) => ({ name: "HKDF", hash: "SHA-256", salt: context, info: utf8(label) });

function derivedCipher(contentKey, context) {
  const cipher = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(hkdf("overt-parts-v1", context), contentKey, cipher, false, ["decrypt"]);
}

function nonce(index) {
  const bytes = new Uint8Array(12);
  bytes[11] = index; // there are at most 64 parts
  return bytes;
}

/** The least Padmé size that is not below `length`. */
export function padme(length) {
  if (length < 2) return length;
  const exponent = 31 - Math.clz32(length);
  const kept = 32 - Math.clz32(exponent);
  const step = 2 ** Math.max(0, exponent - kept);
  return Math.ceil(length / step) * step;
}

function unpad(padded, place) {
  const length = padded.length < 4 ? -1 : new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (padded.length < SMALLEST_PADDED || padded.length !== padme(Math.max(SMALLEST_PADDED, 4 + length))) {
    throw new OpenerError("format", place, "the padded size does not follow from the length");
  }
  if (padded.subarray(4 + length).some((byte) => byte)) throw new OpenerError("format", place, "padding not zeros");
  return padded.subarray(4, 4 + length);
}
