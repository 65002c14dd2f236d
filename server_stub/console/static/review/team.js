// The officers of this officer's cases, by name.

import { getJson } from "../server.js";

export class Team {
  constructor(session) {
    this.session = session;
    this.members = [];
  }

  async load() {
    this.members = await getJson("/v1/case-officers");
  }

  /** The officers of one case, this one last. */
  of(caseId) {
    const mine = (one) => Number(one.officer === this.session.officer);
    return this.members.filter((one) => one.case === caseId).sort((a, b) => mine(a) - mine(b));
  }

  nameOf(officer) {
    if (officer === this.session.officer) return "you";
    return this.members.find((one) => one.officer === officer)?.name ?? "a colleague";
  }
}
