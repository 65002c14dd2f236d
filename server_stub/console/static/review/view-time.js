// For how long a capture is before the officer: told every few seconds while it is, and once more when it goes. Seconds
// count only while the page can be seen. What the network loses, the server writes down as a look that was cut off.

import { newId } from "../bytes.js";

const BEAT_MS = 5000;
const PATH = "/v1/view-times";

export class ViewTime {
  /** `csrf` is the session's: the last word is said while the page goes, when nothing can be waited for. */
  constructor(csrf) {
    this.csrf = csrf;
    this.look = null;
    setInterval(() => this.look !== null && visible() && this.tell(false), BEAT_MS);
    document.addEventListener("visibilitychange", () => this.count());
    window.addEventListener("pagehide", () => this.end());
    document.getElementById("log-out").addEventListener("click", () => this.end(), { capture: true }); // the session ends
  }

  /** Another capture is shown: `record` is its place. */
  begin(record) {
    this.end();
    this.look = { view: newId(), record, total: 0, picture: 0, uncovered: false, since: visible() ? performance.now() : null };
  }

  /** Its picture was uncovered, or covered again. */
  uncovered(is) {
    this.count();
    if (this.look !== null) this.look.uncovered = is;
  }

  end() {
    if (this.look === null) return;
    this.tell(true);
    this.look = null;
  }

  /** Add what has passed since the last time; a page that cannot be seen counts nothing. */
  count() {
    const { look } = this;
    if (look === null) return;
    const now = performance.now();
    if (look.since !== null) {
      look.total += now - look.since;
      look.picture += look.uncovered ? now - look.since : 0;
    }
    look.since = visible() ? now : null;
  }

  tell(ended) {
    this.count();
    const { view, record, total, picture } = this.look;
    const [seconds, pictureSeconds] = [total, picture].map((one) => Math.round(one / 1000));
    if (seconds === 0) return; // walked past
    fetch(PATH, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers: { "content-type": "application/json", "x-overt-csrf": this.csrf },
      body: JSON.stringify({ view, record, seconds, picture_seconds: pictureSeconds, ended }),
    }).catch(() => {}); // the word before this one stands
  }
}

const visible = () => document.visibilityState === "visible";
