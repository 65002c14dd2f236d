// HPKE (RFC 9180), base mode, opening only: DHKEM(X25519, HKDF-SHA256) or X-Wing, HKDF-SHA256, AES-256-GCM.
// Private keys are CryptoKeys that cannot be exported; nothing here ever sees their bytes.

import { OpenerError, concat, utf8 } from "./bytes.js";
import * as xwing from "./xwing.js";

const KEM = concat(utf8("KEM"), Uint8Array.of(0x00, 0x20));
const X25519 = concat(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
const X_WING = concat(utf8("HPKE"), Uint8Array.of(0x64, 0x7a, 0x00, 0x01, 0x00, 0x02));
const VERSION = utf8("HPKE-v1");
const EMPTY = new Uint8Array();
const BASE_MODE = Uint8Array.of(0);

async function hmac(key, message) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

function labeledExtract(salt, suite, label, material) {
  const key = salt.length ? salt : new Uint8Array(32); // HMAC pads with zeros: the same as no salt
  return hmac(key, concat(VERSION, suite, utf8(label), material));
}

/** Expand to at most 32 bytes: one block is enough for everything in this suite. */
async function labeledExpand(secret, suite, label, info, size) {
  const block = concat(Uint8Array.of(0, size), VERSION, suite, utf8(label), info, Uint8Array.of(1));
  return (await hmac(secret, block)).subarray(0, size);
}

async function decapsulate(encapsulated, key) {
  if (key.kem) return xwing.decapsulate(encapsulated, key.kem, key.curve);
  const point = await crypto.subtle.importKey("raw", encapsulated, { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: point }, key.privateKey, 256);
  const extracted = await labeledExtract(EMPTY, KEM, "eae_prk", new Uint8Array(bits));
  return labeledExpand(extracted, KEM, "shared_secret", concat(encapsulated, key.publicKey), 32);
}

const noPsk = new Map(); // suite -> its hash, the same for every message of base mode

async function schedule(shared, info, suite) {
  if (!noPsk.has(suite)) noPsk.set(suite, labeledExtract(EMPTY, suite, "psk_id_hash", EMPTY));
  const context = concat(BASE_MODE, await noPsk.get(suite), await labeledExtract(EMPTY, suite, "info_hash", info));
  const secret = await labeledExtract(shared, suite, "secret", EMPTY);
  return {
    key: await labeledExpand(secret, suite, "key", context, 32),
    nonce: await labeledExpand(secret, suite, "base_nonce", context, 12),
  };
}

/**
 * Open `encapsulated key || ciphertext` with `key` = { privateKey: CryptoKey, publicKey: Uint8Array }, or of the X-Wing suite
 * { kem: CryptoKey, curve: { privateKey, publicKey } }.
 */
export async function open(sealed, key, info, additionalData = EMPTY) {
  const size = key.kem ? xwing.ENCAPSULATED : 32;
  try {
    const shared = await decapsulate(sealed.subarray(0, size), key);
    const derived = await schedule(shared, info, key.kem ? X_WING : X25519);
    const cipher = await crypto.subtle.importKey("raw", derived.key, "AES-GCM", false, ["decrypt"]);
    const parameters = { name: "AES-GCM", iv: derived.nonce, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, cipher, sealed.subarray(size)));
  } catch {
    throw new OpenerError("open", "wrap", "this key does not open it, or it was altered");
  }
}
