// Somebody who was given a code makes his account: the key pair and its lock are made here, and only here.

import { OpenerError } from "./bytes.js";
import { at, onSubmit } from "./dom.js";
import { lockNewKey } from "./keys.js";
import { RequestError, postJson } from "./server.js";

let offer;

/** Ask; a code that is refused is told here, where elsewhere the session would have ended. */
async function ask(path, value) {
  try {
    return await postJson(path, value);
  } catch (problem) {
    if (problem instanceof RequestError && problem.status === 401) throw new OpenerError("usage", "code", problem.message);
    throw problem;
  }
}

onSubmit(at("offer"), async () => {
  offer = await ask("/v1/join/offer", { code: at("code").value.trim() });
  at("name").textContent = offer.name;
  at("role").textContent = offer.role;
  at("passphrase").minLength = offer.least_passphrase;
  at("offer").hidden = true;
  at("make").hidden = false;
  at("passphrase").focus();
});

onSubmit(at("make"), async () => {
  const passphrase = at("passphrase").value;
  if (passphrase !== at("again").value) throw new OpenerError("usage", "passphrase", "the two are not the same");
  const { locked, authSecret } = await lockNewKey(passphrase, offer.suite);
  await ask("/v1/join", { code: at("code").value.trim(), locked, secret: authSecret });
  location.assign("/");
});
