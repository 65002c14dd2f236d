// Where an officer stood: kept in this browser over reloads, crashes and log-outs. Names of groups and switches only, no
// words of any capture; a note that was begun is kept sealed.

const DEFAULTS = { group: null, show: "undecided", textOnly: false, draft: null };

export class Place {
  constructor(officer) {
    this.name = `overt-place:${officer}`;
  }

  read() {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(this.name) ?? "{}") };
  }

  write(change) {
    localStorage.setItem(this.name, JSON.stringify({ ...this.read(), ...change }));
  }
}
