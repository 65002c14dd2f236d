// HPKE (RFC 9180), base mode, opening only: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
// Private keys are CryptoKeys that cannot be exported; nothing here ever sees their bytes.

import { OpenerError, concat, utf8 } from "./bytes.js";

export const ENCAPSULATED = 32;
const KEM = concat(utf8("KEM"), Uint8Array.of(0x00, 0x20));
const HPKE = concat(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
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
  const point = await crypto.subtle.importKey("raw", encapsulated, { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: point }, key.privateKey, 256);
  const extracted = await labeledExtract(EMPTY, KEM, "eae_prk", new Uint8Array(bits));
  return labeledExpand(extracted, KEM, "shared_secret", concat(encapsulated, key.publicKey), 32);
}

async function schedule(shared, info) {
  const pskId = await labeledExtract(EMPTY, HPKE, "psk_id_hash", EMPTY);
  const context = concat(BASE_MODE, pskId, await labeledExtract(EMPTY, HPKE, "info_hash", info));
  const secret = await labeledExtract(shared, HPKE, "secret", EMPTY);
  return {
    key: await labeledExpand(secret, HPKE, "key", context, 32),
    nonce: await labeledExpand(secret, HPKE, "base_nonce", context, 12),
  };
}

/** Open `encapsulated key || ciphertext` with `key` = { privateKey: CryptoKey, publicKey: Uint8Array }. */
export async function open(sealed, key, info, additionalData = EMPTY) {
  try {
    const shared = await decapsulate(sealed.subarray(0, ENCAPSULATED), key);
    const derived = await schedule(shared, info);
    const cipher = await crypto.subtle.importKey("raw", derived.key, "AES-GCM", false, ["decrypt"]);
    const parameters = { name: "AES-GCM", iv: derived.nonce, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, cipher, sealed.subarray(ENCAPSULATED)));
  } catch {
    throw new OpenerError("open", "wrap", "this key does not open it, or it was altered");
  }
}
