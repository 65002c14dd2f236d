// After a log-in at the agency's service: the passphrase unlocks the keys, here and nowhere else.

import { at, onSubmit } from "./dom.js";
import { deriveSecrets, unlockWith } from "./keys.js";
import { getJson } from "./server.js";
import { open as openSession } from "./session.js";

onSubmit(at("form"), async () => {
  const { name, csrf } = await getJson("/v1/session");
  const parameters = await getJson(`/v1/session/lock?name=${encodeURIComponent(name)}`);
  const { lockKey } = await deriveSecrets(at("passphrase").value, parameters);
  await openSession(csrf, (locked) => unlockWith(lockKey, locked));
  location.assign("/home");
});

getJson("/v1/session").then(
  ({ name }) => (at("name").textContent = name),
  () => location.replace("/"),
);
