"""Kills, freezes, covers, hides and moves the badge fifty times: how soon does capturing stop, and is nothing captured?

Run it with: make badge. While the badge cannot be seen, a window whose title would be captured is opened.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from agent.state import Status
from tests.agent.running import wait_until
from tests.evasion.scenarios import SCENARIOS, Scenario
from tests.evasion.stage import Stage, stage

ROUNDS = 50
BAR = 5.0
"""Seconds within which capturing must stop."""
HIDDEN = 1.5
"""Seconds for which it is looked on while the badge is gone; the agent opens a new one after three."""
TITLE = "Where to buy a gun without a licence"
WAYS = tuple(one for one in SCENARIOS if one.event.startswith("badge-"))


@dataclass(frozen=True)
class Round:
    """One time; `seconds` is None where capturing did not stop."""

    done: str
    seconds: float | None
    captured: int
    """Captures while the badge could not be seen."""


def play(stage: Stage, way: Scenario) -> Round:
    """Do it once, and look on."""
    begun = time.monotonic()
    try:
        with way.act(stage):
            stopped = _first_pause(stage, begun)
            captured = 0 if stopped is None else _look_on(stage, stopped[1])
    finally:
        stage.clear()
    assert wait_until(lambda: stage.agent.state == "watching", 60), f"it does not watch again after: {way.done}"
    return Round(way.done, None if stopped is None else stopped[0], captured)


def _first_pause(stage: Stage, begun: float) -> tuple[float, Status] | None:
    while time.monotonic() - begun < 4 * BAR:
        status = stage.agent.status
        if status.state == "paused":
            return time.monotonic() - begun, status
        time.sleep(0.01)
    return None


def _look_on(stage: Stage, first: Status) -> int:
    """Return how many captures were made while it said that it is paused."""
    stage.window(TITLE)
    status, end = first, time.monotonic() + HIDDEN
    while status.state == "paused" and time.monotonic() < end:
        last, status = status, stage.agent.status
        assert last.captures >= first.captures
        time.sleep(0.01)
    return (status if status.state == "paused" else last).captures - first.captures


def rounds(count: int) -> Iterator[Round]:
    """Play so many, each way in turn."""
    assert WAYS, "no scenario is about the badge"
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder) / "badge") as found:
        for number in range(count):
            yield play(found, WAYS[number % len(WAYS)])


def table(played: Sequence[Round]) -> str:
    """Return the results as a table, a row for each way."""
    lines = [
        "| what was done | times | stopped | median | worst | captured meanwhile |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for done in dict.fromkeys(one.done for one in played):
        these = [one for one in played if one.done == done]
        times = [one.seconds for one in these if one.seconds is not None]
        middle, worst = (f"{median(times):.1f} s", f"{max(times):.1f} s") if times else ("", "")
        captured = sum(one.captured for one in these)
        lines.append(f"| {done} | {len(these)} | {len(times)} | {middle} | {worst} | {captured} |")
    return "\n".join(lines)


def held(one: Round) -> bool:
    """Return whether it stopped in time, and nothing was captured."""
    return one.seconds is not None and one.seconds <= BAR and not one.captured


def main() -> int:
    """Play, print, and say by the exit code whether it held every time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    played = []
    for one in rounds(parser.parse_args().rounds):
        played.append(one)
        seconds = "did not stop" if one.seconds is None else f"stopped after {one.seconds:.2f} s"
        print(f"{len(played)}. {one.done}: {seconds}", file=sys.stderr, flush=True)
    kept = sum(held(one) for one in played)
    print(table(played))
    print(f"\nCapturing stopped within {BAR:.0f} s, and nothing was captured meanwhile: {kept} of {len(played)}.")
    return 0 if kept == len(played) else 1


if __name__ == "__main__":
    sys.exit(main())
