// A map that forgets what was used longest ago.

export class Recent {
  constructor(most, forget = () => {}) {
    this.most = most;
    this.forget = forget;
    this.map = new Map();
  }

  get(name) {
    const found = this.map.get(name);
    if (found !== undefined) {
      this.map.delete(name);
      this.map.set(name, found);
    }
    return found;
  }

  set(name, value) {
    this.map.delete(name);
    this.map.set(name, value);
    if (this.map.size <= this.most) return;
    const [oldest, kept] = this.map.entries().next().value;
    this.map.delete(oldest);
    this.forget(kept);
  }
}
