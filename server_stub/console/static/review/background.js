// What the desk reads beside the chosen capture. What could not be read is named in one line and asked for again: silence
// would say that there is nothing to know.

import { tell } from "../page.js";
import { RequestError } from "../server.js";

export class Background {
  /** `told(names)` hears what is not known now: nothing, when all of it is. */
  constructor(told) {
    this.told = told;
    this.missing = new Map(); // name -> how it is read
    this.reading = new Set();
  }

  /** Read something now, and again with each `again` as long as that fails. `name` says in words what it is. */
  async read(name, action) {
    if (this.reading.has(name)) return; // a slow answer is on its way
    this.reading.add(name);
    try {
      await action();
      this.missing.delete(name);
    } catch (problem) {
      this.missing.set(name, action);
      if (!(problem instanceof RequestError) || problem.status === 401) tell(problem);
    } finally {
      this.reading.delete(name);
    }
    this.told([...this.missing.keys()]);
  }

  /** Ask again for what is not known. */
  again() {
    for (const [name, action] of this.missing) this.read(name, action);
  }
}
