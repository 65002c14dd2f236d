"""How quick the review page is: measured in the page, from the request to the decrypted pictures on the screen."""

import random
import time
from typing import Any

from tests.console.officer import Console

# Resolves with the milliseconds until every row that can be seen shows its words and its decrypted picture.
SHOWN = """
const rowsReady = () => {
  const list = document.getElementById('list');
  const box = list.getBoundingClientRect();
  const rows = [...document.querySelectorAll('.row:not([hidden])')].filter(row => {
    const at = row.getBoundingClientRect();
    return at.bottom > box.top + 1 && at.top < box.bottom - 1;
  });
  return rows.length > 0 && rows.length >= Math.floor(box.height / 84) && rows.every(row => {
    const canvas = row.querySelector('canvas');
    const pictured = !canvas.hidden && row.getAttribute('href') === `/captures/${canvas.dataset.of}`;
    return pictured && row.querySelector('.why').textContent !== 'Sealed …';
  });
};
const untilReady = () => new Promise(resolve => {
  const look = () => rowsReady() ? resolve() : requestAnimationFrame(look);
  look();
});
"""
FIRST = f"async () => {{ {SHOWN} await untilReady(); return performance.now(); }}"
JUMP = f"""async (share) => {{
  {SHOWN}
  const list = document.getElementById('list');
  const begun = performance.now();
  list.scrollTop = Math.floor((list.scrollHeight - list.clientHeight) * share);
  await new Promise(requestAnimationFrame);
  await untilReady();
  return performance.now() - begun;
}}"""
# The floor: the same records, asked for and not opened.
BARE = """async (place) => {
  const { load } = await import('/static/key-store.js');
  const { csrf } = await load();
  const records = Array.from({ length: 12 }, (_, index) => ({ ...place, seq: place.seq + index }));
  const begun = performance.now();
  const headers = { 'content-type': 'application/json', 'x-overt-csrf': csrf };
  const body = JSON.stringify({ records, parts: ['meta', 'thumb'] });
  const answer = await fetch('/v1/bundle', { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return performance.now() - begun;
}"""


def first_tiles(page: Any, address: str) -> float:
    """Return the milliseconds from the navigation until the first rows stand there with pictures."""
    page.goto(f"{address}/captures", wait_until="commit")
    return float(page.evaluate(FIRST))


def jumps(page: Any, number: int, *, seed: int = 1) -> list[float]:
    """Return the milliseconds of jumps to anywhere, shortest first; none of the places was seen before."""
    source = random.Random(seed)
    found = []
    for _ in range(number):
        found.append(float(page.evaluate(JUMP, source.random())))
        page.wait_for_timeout(50)
    return sorted(found)


def throttle(page: Any, times: float) -> None:
    """Slow the page's processor down."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def heap(page: Any) -> float:
    """Return the megabytes of the page's live JavaScript objects."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 2**20


def share(values: list[float], part: float) -> float:
    """Return a quantile of sorted values."""
    return values[min(len(values) - 1, int(part * len(values)))]


def decide_all(page: Any, keys: str = "123145") -> tuple[int, float]:
    """Decide the whole queue by keyboard, one key when each capture stands there; return decisions and seconds."""
    begun = time.monotonic()
    number = 0
    while True:
        page.wait_for_selector("#detail[data-state=ready]")
        if page.inner_text("#summary").startswith("0 rows"):
            return number, time.monotonic() - begun
        page.keyboard.press(keys[number % len(keys)])
        number += 1


def decide_offline(console: Console, number: int, *, seconds: float = 200) -> list[str]:
    """Decide the whole queue with no network, crash the page, give the network back; return the decisions' names.

    Comes back when the server has as many decisions, and those that came with a delay had time to come twice.
    """
    page = console.page
    page.wait_for_function("number => window.desk?.whole && window.desk.rows.length === number", arg=number)
    page.evaluate("window.desk.opened.openWords(window.desk.rows, 'open-to-rank')")
    page.context.set_offline(True)
    made = page.evaluate(
        """async (number) => {
            for (let one = 0; one < number; one++) await window.desk.decide(one % 2 ? "no-concern" : "breach");
            return (await window.desk.outbox.waiting()).filter(one => one.what === "decide").map(one => one.id);
        }""",
        number,
    )
    assert console.decisions() == []
    page.context.set_offline(False)
    console.restart()
    console.wait_for(lambda: len(console.decisions()) >= number, seconds=seconds)
    page.evaluate("window.desk.outbox.settled()")
    return list(made)
