"""How quick the officer's console is with a whole backlog in one case, beside the bare requests that it stands on.

    python -m benchmarks.console [--captures N] [--jumps N] [--json FILE]

A real server and a real browser on one computer. "First tiles": from the navigation until every row in view shows its
words and its decrypted picture. "Jump": the same after a jump to anywhere in the list, to records that were not opened.
The peer of each jump is the bare request for as many records, neither verified nor opened, in the same page.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.console import day, pace
from tests.console.browser import logged_in, running
from tests.console.many import ManySite
from tests.console.officer import Console
from tests.console.site import CaseSite

LEAST = {"first_ms": 1000, "jump_p95_ms": 100, "tab_mb": 300, "slow_first_ms": 3000, "officer_s": 300}
LEAST |= {"offline_lost": 0, "offline_doubled": 0}
OFFLINE = 1000
"""What must not be passed."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. `slow_`: with the page's processor slowed down four times; `cpu`: of server and browser."""

    captures: int
    first_ms: float
    jump_median_ms: float
    jump_p95_ms: float
    bare_median_ms: float
    jump_ratio: float
    jump_cpu_ms: float
    heap_mb: float
    tab_mb: float
    slow_first_ms: float
    slow_jump_p95_ms: float
    officer_captures: int
    officer_decisions: int
    officer_s: float
    offline: int
    offline_lost: int
    offline_doubled: int


def measure(captures: int, jumps: int, folder: Path) -> Figures:
    """Make the cases and measure."""
    begun = time.monotonic()
    with closing(ManySite(folder / "many")) as site:
        site.fill(captures)
        print(f"{captures} captures sealed in {time.monotonic() - begun:.0f} s")
        with running(site) as address, logged_in(site, address) as page:
            many = _many(page, address, site, jumps)
    return Figures(captures=captures, **many, **_officer(folder / "day"), **_offline(folder / "offline"))


def _many(page: Any, address: str, site: CaseSite, number: int) -> dict[str, Any]:
    first = pace.first_tiles(page, address)
    page.wait_for_selector("#detail[data-state=ready]")
    page.wait_for_function("() => window.desk?.whole", timeout=60_000)  # "anywhere" is among all of them
    before = _processor_seconds()
    plain = pace.jumps(page, number)
    spent = _processor_seconds() - before
    bare = [float(page.evaluate(pace.BARE, {"device": site.device, "epoch": 0, "seq": 50 * one})) for one in range(20)]
    memory = {"heap_mb": pace.heap(page), "tab_mb": _tab_megabytes()}
    pace.throttle(page, 4)
    slow_first = pace.first_tiles(page, address)
    page.wait_for_function("() => window.desk?.whole", timeout=120_000)
    slow = pace.jumps(page, number // 2, seed=2)
    pace.throttle(page, 1)
    return memory | {
        "first_ms": first,
        "jump_median_ms": statistics.median(plain),
        "jump_p95_ms": pace.share(plain, 0.95),
        "bare_median_ms": statistics.median(bare),
        "jump_ratio": statistics.median(plain) / statistics.median(bare),
        "jump_cpu_ms": 1000 * spent / number,
        "slow_first_ms": slow_first,
        "slow_jump_p95_ms": pace.share(slow, 0.95),
    }


def _officer(folder: Path) -> dict[str, Any]:
    with closing(CaseSite(folder)) as site:
        seeds = day.captures()
        site.add(seeds)
        with running(site) as address, logged_in(site, address) as page:
            decisions, seconds = pace.decide_all(page)
    return {"officer_captures": len(seeds), "officer_decisions": decisions, "officer_s": seconds}


def _offline(folder: Path) -> dict[str, int]:
    with closing(ManySite(folder)) as site:
        site.fill(OFFLINE)
        with running(site) as address, logged_in(site, address) as page:
            console = Console(site, page, address)
            made = set(pace.decide_offline(console, OFFLINE, seconds=300))
            there = [one.id for one in console.decisions()]
    return {
        "offline": OFFLINE,
        "offline_lost": len(made - set(there)),
        "offline_doubled": len(there) - len(made & set(there)),
    }


def _processor_seconds() -> float:
    """Return the processor time of the server and of all processes of the browser so far."""
    times = [one.cpu_times() for one in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


def _tab_megabytes() -> float:
    """Return the memory that the largest page process has for itself."""
    pages = [one for one in psutil.Process().children(recursive=True) if "--type=renderer" in " ".join(one.cmdline())]
    return max(one.memory_full_info().uss for one in pages) / 2**20


def main() -> int:
    """Measure, print, compare with the bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=int, default=30_000)
    parser.add_argument("--jumps", type=int, default=60)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asdict(measure(wanted.captures, wanted.jumps, Path(folder)))
    for name, value in found.items():
        bar = f"   bar: {LEAST[name]}  {'met' if value <= LEAST[name] else 'NOT MET'}" if name in LEAST else ""
        print(f"{name:18} {value:10.1f}{bar}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if all(found[name] <= bar for name, bar in LEAST.items()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
