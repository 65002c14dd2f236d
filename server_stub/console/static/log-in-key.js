// A key that lives as long as a log-in: made at log-in, cannot be exported, wiped at log-out. What this browser keeps of
// opened captures is under it.

export const newLogInKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** Encrypt a text: { iv, data }. */
export async function encryptWith(key, text) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(text)) };
}

/** The text again; null where it is under another key. */
export async function decryptWith(key, { iv, data }) {
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data));
  } catch (problem) {
    if (problem.name === "OperationError") return null;
    throw problem;
  }
}
