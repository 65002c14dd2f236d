// Passkeys in the browser: make one and ask it for its secret (Web Authentication with the PRF extension).

import { OpenerError, fromHex } from "./bytes.js";

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export const supported = () => window.PublicKeyCredential !== undefined;

async function asked(act) {
  try {
    return await act();
  } catch (problem) {
    if (problem.name === "NotAllowedError") throw new OpenerError("passkey", "passkey", "no passkey answered; the passphrase works as before");
    if (problem.name === "InvalidStateError") throw new OpenerError("passkey", "passkey", "this device has a passkey of your account already");
    throw problem;
  }
}

function secretOf(credential) {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (first === undefined) {
    throw new OpenerError("passkey", "passkey", "this passkey cannot unlock keys (it has no PRF); use the passphrase, or another passkey");
  }
  return new Uint8Array(first);
}

/** Make a passkey from the server's options: { answer (JSON for the server), credential, prf, prfSalt }. */
export async function create(options) {
  const prfSalt = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: toBytes(one.id) })),
    extensions: { prf: {} },
  };
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const prf = await secretFrom(made.rawId, options.rp.id, prfSalt); // few authenticators evaluate while they are being registered
  const answer = {
    ...described(made),
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
  return { answer: JSON.stringify(answer), credential: new Uint8Array(made.rawId), prf, prfSalt };
}

async function secretFrom(rawId, rpId, salt) {
  const publicKey = {
    challenge: crypto.getRandomValues(new Uint8Array(32)), // nobody checks this answer: only the secret is wanted
    rpId,
    userVerification: "required",
    allowCredentials: [{ type: "public-key", id: rawId }],
    extensions: { prf: { eval: { first: salt } } },
  };
  return secretOf(await asked(() => navigator.credentials.get({ publicKey })));
}

/** Ask the passkeys of an account: { answer (JSON for the server), prf }. `question` is the server's. */
export async function ask({ challenge, rp_id: rpId, credentials }) {
  const publicKey = {
    challenge: toBytes(challenge),
    rpId,
    userVerification: "required",
    allowCredentials: credentials.map((one) => ({ type: "public-key", id: toBytes(one.id) })),
    extensions: { prf: { evalByCredential: Object.fromEntries(credentials.map((one) => [one.id, { first: fromHex(one.salt) }])) } },
  };
  const found = await asked(() => navigator.credentials.get({ publicKey }));
  const { response } = found;
  const answer = {
    ...described(found),
    response: {
      clientDataJSON: toText(response.clientDataJSON),
      authenticatorData: toText(response.authenticatorData),
      signature: toText(response.signature),
      userHandle: response.userHandle ? toText(response.userHandle) : undefined,
    },
  };
  return { answer: JSON.stringify(answer), prf: secretOf(found) };
}

const described = (credential) => ({
  id: credential.id,
  rawId: toText(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  clientExtensionResults: {}, // the secret is among them, and does not leave this browser
});
