// HPKE (RFC 9180), base mode, opening only: DHKEM(X25519, HKDF-SHA256) or X-Wing, HKDF-SHA256, AES-256-GCM.
// Private keys are CryptoKeys that cannot be exported; nothing here ever sees their bytes.

import { OpenerError, concat, utf8 } from "./bytes.js";
import * as xwing from "./xwing.js";

const KEM = concat(utf8("KEM"), Uint8Array.of(0x00, 0x20));
export const X25519 = concat(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02));
const X_WING = concat(utf8("HPKE"), Uint8Array.of(0x64, 0x7a, 0x00, 0x01, 0x00, 0x02));
const VERSION = utf8("HPKE-v1");
export const EMPTY = new Uint8Array();
const BASE_MODE = Uint8Array.of(0);

async function hmac(key, message) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

// LabeledExtract followed by LabeledExpand is one HKDF of the browser's: half the calls, and calls are what opening costs.

const labeled = (suite, label, material) => concat(VERSION, suite, utf8(label), material);

/** LabeledExtract alone, without a salt (HMAC pads with zeros: the same as a key of zeros). */
const labeledExtract = (suite, label, material) => hmac(new Uint8Array(32), labeled(suite, label, material));

const importSecret = (material) => crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits", "deriveKey"]);

/** How LabeledExpand to `size` bytes is spelled for the browser's HKDF. */
const expanding = (salt, suite, label, info, size) =>
  ({ name: "HKDF", hash: "SHA-256", salt, info: concat(Uint8Array.of(0, size), labeled(suite, label, info)) });

async function decapsulate(encapsulated, key) {
  if (key.kem) return xwing.decapsulate(encapsulated, key.kem, key.curve);
  return curveSecret(key.privateKey, encapsulated, concat(encapsulated, key.publicKey));
}

/** The shared secret of DHKEM(X25519), from one's own private key and the other's public one. */
export async function curveSecret(privateKey, publicKey, context) {
  const point = await crypto.subtle.importKey("raw", publicKey, { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: point }, privateKey, 256);
  const secret = await importSecret(labeled(KEM, "eae_prk", new Uint8Array(bits)));
  const way = expanding(EMPTY, KEM, "shared_secret", context, 32);
  return new Uint8Array(await crypto.subtle.deriveBits(way, secret, 256));
}

const noPsk = new Map(); // suite -> its hash, the same for every message of base mode

/** What opens one message, or seals it: { cipher, nonce }. `use` is "decrypt" or "encrypt". */
export async function schedule(shared, info, suite, use) {
  if (!noPsk.has(suite)) noPsk.set(suite, labeledExtract(suite, "psk_id_hash", EMPTY));
  const context = concat(BASE_MODE, await noPsk.get(suite), await labeledExtract(suite, "info_hash", info));
  const secret = await importSecret(labeled(suite, "secret", EMPTY));
  const [cipher, nonce] = await Promise.all([
    crypto.subtle.deriveKey(expanding(shared, suite, "key", context, 32), secret, { name: "AES-GCM", length: 256 }, false, [use]),
    crypto.subtle.deriveBits(expanding(shared, suite, "base_nonce", context, 12), secret, 96),
  ]);
  return { cipher, nonce: new Uint8Array(nonce) };
}

/**
 * Open `encapsulated key || ciphertext` with `key` = { privateKey: CryptoKey, publicKey: Uint8Array }, or of the X-Wing suite
 * { kem: CryptoKey, curve: { privateKey, publicKey } }.
 */
export async function open(sealed, key, info, additionalData = EMPTY) {
  const size = key.kem ? xwing.ENCAPSULATED : 32;
  try {
    const shared = await decapsulate(sealed.subarray(0, size), key);
    const { cipher, nonce } = await schedule(shared, info, key.kem ? X_WING : X25519, "decrypt");
    const parameters = { name: "AES-GCM", iv: nonce, additionalData };
    return new Uint8Array(await crypto.subtle.decrypt(parameters, cipher, sealed.subarray(size)));
  } catch {
    throw new OpenerError("open", "wrap", "this key does not open it, or it was altered");
  }
}
