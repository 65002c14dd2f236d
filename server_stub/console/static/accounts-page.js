// The administrator's list of accounts.

import { at, fillTable, make, run } from "./dom.js";
import { getJson } from "./server.js";

run(async () => {
  const accounts = await getJson("/v1/accounts");
  const rows = accounts.map((one) => [
    one.name,
    one.role,
    one.teams.join(", "),
    one.cases,
    make("span", { className: "code", text: one.fingerprint }),
    one.closed_at === null ? "open" : "closed",
  ]);
  fillTable(at("accounts"), rows, "No account yet.");
});
