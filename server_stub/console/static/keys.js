// An officer's keys in the browser: from the passphrase to case keys that open envelopes.
// The passphrase, and every private key, stay here. Keys are CryptoKeys that cannot be exported; keep them in IndexedDB.

import { OpenerError, concat, equal, fromHex, sha256, toHex, utf8 } from "./bytes.js";
import { encodeBytes } from "./canonical.js";
import * as hpke from "./hpke.js";

const ITERATIONS = { least: 600_000, most: 10_000_000 };
const LOCK_FORMAT = "overt-locked-key-1";
const SUITE = "X25519-HKDF-SHA256-AES-256-GCM";
const PKCS8_X25519 = fromHex("302e020100300506032b656e04220420"); // RFC 8410: what stands before the 32 bytes
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));

/** The short name of a public key, as headers list it. */
export async function keyId(publicKey) {
  return toHex(await sha256(publicKey)).slice(0, 16);
}

/** Make a key that opens, { privateKey, publicKey, id }, from 32 secret bytes; the bytes are overwritten. */
async function importOpeningKey(secret) {
  const encoded = concat(PKCS8_X25519, secret);
  const privateKey = await crypto.subtle.importKey("pkcs8", encoded, { name: "X25519" }, false, ["deriveBits"]);
  encoded.fill(0);
  secret.fill(0);
  const base = await crypto.subtle.importKey("raw", BASE_POINT, { name: "X25519" }, false, []);
  const publicKey = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: base }, privateKey, 256));
  return { privateKey, publicKey, id: await keyId(publicKey) };
}

async function stretch(passphrase, salt, iterations) {
  if (!(iterations >= ITERATIONS.least && iterations <= ITERATIONS.most) || salt.length !== 16) {
    throw new OpenerError("format", "locked key", "salt or iterations outside the limits");
  }
  const words = utf8(passphrase.normalize("NFKC"));
  const material = await crypto.subtle.importKey("raw", words, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const master = await crypto.subtle.deriveBits(parameters, material, 256);
  return crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveBits", "deriveKey"]);
}

const hkdf = (label) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(label) });

/**
 * From the passphrase and { salt, iterations } (what the server tells before log-in): the secret to log in with, as hex,
 * and the key that unlocks. Only the first is ever sent.
 */
export async function deriveSecrets(passphrase, { salt, iterations }) {
  const master = await stretch(passphrase, fromHex(salt, "salt"), iterations);
  const authSecret = toHex(new Uint8Array(await crypto.subtle.deriveBits(hkdf("overt-auth-v1"), master, 256)));
  const cipher = { name: "AES-GCM", length: 256 };
  const lockKey = await crypto.subtle.deriveKey(hkdf("overt-kek-v1"), master, cipher, false, ["decrypt"]);
  return { authSecret, lockKey };
}

/** Unlock the officer's key with the `lockKey` of `deriveSecrets`; `locked` is the server's JSON object. */
export async function unlockWith(lockKey, locked) {
  if (locked.format !== LOCK_FORMAT) throw new OpenerError("format", "locked key", `not ${LOCK_FORMAT}`);
  const publicKey = fromHex(locked.public_key, "public_key");
  if (publicKey.length !== 32) throw new OpenerError("format", "locked key", "this browser opens X25519 keys only");
  const additionalData = concat(utf8(LOCK_FORMAT), publicKey);
  const parameters = { name: "AES-GCM", iv: fromHex(locked.nonce, "nonce"), additionalData };
  let secret;
  try {
    secret = new Uint8Array(await crypto.subtle.decrypt(parameters, lockKey, fromHex(locked.ciphertext, "ciphertext")));
  } catch {
    throw new OpenerError("passphrase", "locked key", "wrong passphrase, or the locked key was altered");
  }
  const key = await importOpeningKey(secret);
  if (!equal(key.publicKey, publicKey)) throw new OpenerError("passphrase", "locked key", "another public key");
  return key;
}

/** Both in one: { authSecret, privateKey }. */
export async function unlockOfficer(passphrase, locked) {
  const { authSecret, lockKey } = await deriveSecrets(passphrase, locked);
  return { authSecret, privateKey: await unlockWith(lockKey, locked) };
}

/** Open a wrap of a case key (Uint8Array) with an officer's key: a key for `openPart` that cannot be exported. */
export async function unwrapCaseKey(officerKey, wrap, caseId, epoch) {
  const info = encodeBytes({ format: "overt-case-wrap-1", suite: SUITE, case: caseId, epoch });
  return importOpeningKey(await hpke.open(wrap, officerKey, info));
}
