// The dialog that assigns, escalates, hands over and gives back.

import { tell } from "../page.js";

const at = (id) => document.getElementById(id);

export class AssignDialog {
  constructor(desk) {
    this.desk = desk;
    at("assign-box").addEventListener("close", () => this.closed().catch(tell));
  }

  async open(what) {
    const row = this.desk.shown[this.desk.index];
    if (row === undefined) return;
    if (this.desk.team.members.length === 0) await this.desk.team.load();
    at("assign-what").value = what;
    at("assign-note").value = "";
    at("assign-to").replaceChildren(new Option("Whoever of the team comes first", ""), ...this.desk.team.of(row.case).map((one) => new Option(this.spell(one), one.officer)));
    at("assign-box").returnValue = "";
    at("assign-box").showModal();
    at("assign-to").focus();
  }

  spell({ officer, name }) {
    return officer === this.desk.session.officer ? `${name} (you)` : name;
  }

  async closed() {
    if (at("assign-box").returnValue !== "keep") return;
    await this.desk.assign(at("assign-what").value, at("assign-to").value || null, at("assign-note").value.trim());
  }
}
