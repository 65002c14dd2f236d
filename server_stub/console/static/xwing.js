// X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 with X25519, so that both would have to be broken.
// ML-KEM is the browser's own; without it (an older browser) the error says so.

import { OpenerError, concat, fromHex } from "./bytes.js";
import { sha3, shake256 } from "./keccak.js";

export const SUITE = "X-Wing-HKDF-SHA256-AES-256-GCM";
export const PUBLIC_KEY = 1216;
export const ENCAPSULATED = 1120;
const ML_KEM = { name: "ML-KEM-768" };
const CIPHERTEXT = 1088;
const LABEL = fromHex("5c2e2f2f5e5c");

/** From the 32-byte seed: { kem, kemPublic, curveSecret }; the curve half is left to the caller. */
export async function expand(seed) {
  const expanded = shake256(seed, 96);
  try {
    const kem = await crypto.subtle.importKey("raw-seed", expanded.slice(0, 64), ML_KEM, false, ["decapsulateBits"]);
    const publicKey = await crypto.subtle.getPublicKey(kem, ["encapsulateBits"]);
    const kemPublic = new Uint8Array(await crypto.subtle.exportKey("raw-public", publicKey));
    return { kem, kemPublic, curveSecret: expanded.slice(64) };
  } catch {
    throw new OpenerError("format", "browser", "this case's keys need a browser with ML-KEM: please use a current one");
  } finally {
    expanded.fill(0);
  }
}

/** The secret that `encapsulated` carries; `curve` = { privateKey, publicKey } is the X25519 half. */
export async function decapsulate(encapsulated, kem, curve) {
  const point = encapsulated.subarray(CIPHERTEXT);
  const shared = new Uint8Array(await crypto.subtle.decapsulateBits(ML_KEM, kem, encapsulated.subarray(0, CIPHERTEXT)));
  const other = await crypto.subtle.importKey("raw", point, { name: "X25519" }, false, []);
  const bits = await crypto.subtle.deriveBits({ name: "X25519", public: other }, curve.privateKey, 256);
  return sha3(concat(shared, new Uint8Array(bits), point, curve.publicKey, LABEL));
}
