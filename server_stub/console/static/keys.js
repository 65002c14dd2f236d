// An officer's keys in the browser: from the passphrase to case keys that open envelopes.
// The passphrase, and every private key, stay here. Keys are CryptoKeys that cannot be exported; keep them in IndexedDB.

import { OpenerError, concat, equal, fromHex, sha256, toHex, utf8 } from "./bytes.js";
import { encodeBytes } from "./canonical.js";
import * as hpke from "./hpke.js";
import * as xwing from "./xwing.js";

const ITERATIONS = { least: 600_000, most: 10_000_000 };
const LOCK_FORMAT = "overt-locked-key-1";
const PASSKEY_FORMAT = "overt-passkey-key-1";
const PASSKEY_FIELDS = { credential: [1, 1023], prf_salt: [32, 32], nonce: [12, 12], ciphertext: [48, 48] };
const X25519_SUITE = "X25519-HKDF-SHA256-AES-256-GCM";
const PKCS8_X25519 = fromHex("302e020100300506032b656e04220420"); // RFC 8410: what stands before the 32 bytes
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31));

/** The short name of a public key, as headers list it. */
export async function keyId(publicKey) {
  return toHex(await sha256(publicKey)).slice(0, 16);
}

/** Make a key that opens, for `hpke.open`, from 32 secret bytes, which are overwritten. It has publicKey, id and suite. */
export async function importOpeningKey(secret, suite = X25519_SUITE) {
  if (suite === X25519_SUITE) return { ...(await importCurve(secret)), suite };
  if (suite !== xwing.SUITE) throw new OpenerError("format", "key", "of a suite that is not known here");
  const notes = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]); // for the officers' own notes
  const { kem, kemPublic, curveSecret } = await xwing.expand(secret);
  secret.fill(0);
  const curve = await importCurve(curveSecret);
  const publicKey = concat(kemPublic, curve.publicKey);
  return { kem, curve, notes, publicKey, id: await keyId(publicKey), suite };
}

const suiteOf = (publicKey) => (publicKey.length === xwing.PUBLIC_KEY ? xwing.SUITE : X25519_SUITE);

async function importCurve(secret) {
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
  const { secret, publicKey } = await openLocked(lockKey, locked);
  const key = await importOpeningKey(secret, suiteOf(publicKey));
  if (!equal(key.publicKey, publicKey)) throw new OpenerError("passphrase", "locked key", "another public key");
  return key;
}

async function openLocked(lockKey, locked) {
  if (locked.format !== LOCK_FORMAT) throw new OpenerError("format", "locked key", `not ${LOCK_FORMAT}`);
  const publicKey = fromHex(locked.public_key, "public_key");
  if (publicKey.length !== 32 && publicKey.length !== xwing.PUBLIC_KEY) {
    throw new OpenerError("format", "locked key", "a public key of no suite");
  }
  const additionalData = concat(utf8(LOCK_FORMAT), publicKey);
  const parameters = { name: "AES-GCM", iv: fromHex(locked.nonce, "nonce"), additionalData };
  try {
    const opened = await crypto.subtle.decrypt(parameters, lockKey, fromHex(locked.ciphertext, "ciphertext"));
    return { secret: new Uint8Array(opened), publicKey };
  } catch {
    throw new OpenerError("passphrase", "locked key", "wrong passphrase, or the locked key was altered");
  }
}

/**
 * Make a new key of a suite and lock it under a passphrase: { locked, authSecret }. The secret half exists only while this
 * runs; `locked` is what the server keeps.
 */
export async function lockNewKey(passphrase, suite = X25519_SUITE) {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const { publicKey } = await importOpeningKey(secret.slice(), suite);
  return lockUnder(passphrase, secret, publicKey);
}

/** Lock the same key under a new passphrase; `lockKey` of `deriveSecrets` opens `locked`. Returns { locked, authSecret }. */
export async function lockAnew(lockKey, locked, passphrase) {
  const { secret, publicKey } = await openLocked(lockKey, locked);
  return lockUnder(passphrase, secret, publicKey);
}

async function lockUnder(passphrase, secret, publicKey) {
  if (new Set(passphrase).size < 6) throw new OpenerError("usage", "passphrase", "too few different characters");
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const master = await stretch(passphrase, salt, ITERATIONS.least);
  const authSecret = toHex(new Uint8Array(await crypto.subtle.deriveBits(hkdf("overt-auth-v1"), master, 256)));
  const cipher = { name: "AES-GCM", length: 256 };
  const lockKey = await crypto.subtle.deriveKey(hkdf("overt-kek-v1"), master, cipher, false, ["encrypt"]);
  const parameters = { name: "AES-GCM", iv: nonce, additionalData: concat(utf8(LOCK_FORMAT), publicKey) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(parameters, lockKey, secret));
  secret.fill(0);
  const locked = {
    format: LOCK_FORMAT,
    iterations: ITERATIONS.least,
    salt: toHex(salt),
    nonce: toHex(nonce),
    ciphertext: toHex(ciphertext),
    public_key: toHex(publicKey),
  };
  return { locked, authSecret };
}

/** Both in one: { authSecret, privateKey }. */
export async function unlockOfficer(passphrase, locked) {
  const { authSecret, lockKey } = await deriveSecrets(passphrase, locked);
  return { authSecret, privateKey: await unlockWith(lockKey, locked) };
}

// --- keys locked under a passkey (evidence/SPEC.md, section 9): `prf` is what the passkey answered to `prf_salt` ---

/** Unlock the officer's key with the 32 bytes of the passkey; `locked` is the server's JSON object. */
export async function unlockWithPasskey(prf, locked) {
  const { credential, nonce, ciphertext, publicKey } = readPasskeyLock(locked);
  const parameters = { name: "AES-GCM", iv: nonce, additionalData: await passkeyData(credential, publicKey) };
  let secret;
  try {
    secret = new Uint8Array(await crypto.subtle.decrypt(parameters, await passkeyCipher(prf, "decrypt"), ciphertext));
  } catch {
    throw new OpenerError("passkey", "passkey lock", "another passkey, or the locked key was altered");
  }
  const key = await importOpeningKey(secret, suiteOf(publicKey));
  if (!equal(key.publicKey, publicKey)) throw new OpenerError("passkey", "passkey lock", "another public key");
  return key;
}

/**
 * Lock the same key under a passkey as well: `lockKey` of `deriveSecrets` opens `locked`, and the key goes straight under
 * `passkey` = { prf, credential, prfSalt } (Uint8Arrays). Returns the JSON object for the server.
 */
export async function lockUnderPasskey(lockKey, locked, { prf, credential, prfSalt }) {
  const { secret, publicKey } = await openLocked(lockKey, locked);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: await passkeyData(credential, publicKey) };
  const ciphertext = await crypto.subtle.encrypt(parameters, await passkeyCipher(prf, "encrypt"), secret);
  secret.fill(0);
  return {
    format: PASSKEY_FORMAT,
    credential: toHex(credential),
    prf_salt: toHex(prfSalt),
    nonce: toHex(iv),
    ciphertext: toHex(new Uint8Array(ciphertext)),
    public_key: toHex(publicKey),
  };
}

function readPasskeyLock(locked) {
  const refuse = (place) => {
    throw new OpenerError("format", `passkey lock.${place}`, "not what the format allows");
  };
  if (locked.format !== PASSKEY_FORMAT) refuse("format");
  const found = {};
  for (const [name, [least, most]] of Object.entries(PASSKEY_FIELDS)) {
    found[name] = fromHex(locked[name], name);
    if (found[name].length < least || found[name].length > most) refuse(name);
  }
  if (Object.keys(locked).length !== 6) refuse("fields");
  return { ...found, publicKey: fromHex(locked.public_key, "public_key") };
}

async function passkeyCipher(prf, use) {
  if (prf.length !== 32) throw new OpenerError("usage", "passkey", "not 32 bytes");
  const material = await crypto.subtle.importKey("raw", prf, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(hkdf("overt-passkey-kek-v1"), material, { name: "AES-GCM", length: 256 }, false, [use]);
}

const passkeyData = async (credential, publicKey) =>
  concat(utf8(PASSKEY_FORMAT), await sha256(credential), publicKey);

/** Open a wrap of a case key (Uint8Array) with an officer's key: a key for `openPart` that cannot be exported. */
export async function unwrapCaseKey(officerKey, wrap, caseId, epoch, suite = X25519_SUITE) {
  return importOpeningKey(await unwrapCaseSecret(officerKey, wrap, caseId, epoch, suite), suite);
}

/** The 32 secret bytes themselves, for sealing them to somebody else at once; the caller overwrites them. */
export function unwrapCaseSecret(officerKey, wrap, caseId, epoch, suite) {
  return hpke.open(wrap, officerKey, encodeBytes({ format: "overt-case-wrap-1", suite, case: caseId, epoch }));
}
