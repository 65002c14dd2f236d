// HPKE (RFC 9180), base mode, sealing: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. For leave cover only.

import { concat } from "./bytes.js";
import { EMPTY, X25519, curveSecret, schedule } from "./hpke.js";

/** Seal to a public key of 32 bytes: `encapsulated key || ciphertext`. */
export async function seal(plaintext, publicKey, info) {
  const ephemeral = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  const encapsulated = new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey));
  const shared = await curveSecret(ephemeral.privateKey, publicKey, concat(encapsulated, publicKey));
  const { cipher, nonce } = await schedule(shared, info, X25519, "encrypt");
  const parameters = { name: "AES-GCM", iv: nonce, additionalData: EMPTY };
  return concat(encapsulated, new Uint8Array(await crypto.subtle.encrypt(parameters, cipher, plaintext)));
}
