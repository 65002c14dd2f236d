// Notes on decisions, sealed for the officers of a case: the key follows from the case's own key and never leaves it.
// Key: HKDF-SHA256 over X25519(case private key, case public key), or over the seed of an X-Wing key; info "overt-notes-v1",
// AES-256-GCM. Note: nonce (12) | ciphertext.

import { concat, utf8 } from "./bytes.js";

const keys = new WeakMap();

async function keyOf(caseKey) {
  if (!keys.has(caseKey)) {
    const material = caseKey.notes ?? (await ownSecret(caseKey));
    const way = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("overt-notes-v1") };
    const cipher = { name: "AES-GCM", length: 256 };
    keys.set(caseKey, await crypto.subtle.deriveKey(way, material, cipher, false, ["encrypt", "decrypt"]));
  }
  return keys.get(caseKey);
}

async function ownSecret(caseKey) {
  const own = await crypto.subtle.importKey("raw", caseKey.publicKey, { name: "X25519" }, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "X25519", public: own }, caseKey.privateKey, 256);
  return crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
}

/** Seal a note, any JSON value, as base64. */
export async function sealNote(caseKey, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(caseKey), utf8(JSON.stringify(value)));
  return btoa(String.fromCharCode(...concat(iv, new Uint8Array(sealed))));
}

/** Open a note with one of the case's keys; null where none of them opens it. */
export async function openNote(caseKeys, text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const way = { name: "AES-GCM", iv: bytes.subarray(0, 12) };
  for (const key of caseKeys) {
    try {
      const plain = await crypto.subtle.decrypt(way, await keyOf(key), bytes.subarray(12));
      return JSON.parse(new TextDecoder().decode(plain));
    } catch (problem) {
      if (problem.name !== "OperationError") throw problem; // that key did not seal it
    }
  }
  return null;
}
