"""An agency's devices on an ordinary day: each a heartbeat a minute and a capture now and then.

    python -m benchmarks.steady [--devices N] [--minutes N] [--every MINUTES] [--size BYTES]
                                [--database sqlite|postgresql] [--json FILE]

Each device has its own moment in the minute, its own chain and, after the pause, a new TLS connection, as agents have.
The lag of a record is the time from when it was due until its receipt is there and holds. A table of the minutes is
printed; lag may not grow from the first third of the time to the last, and nothing may fail. At the end the store is
judged as after the storm. Exit code 1 if a bar is missed.
"""

import argparse
import asyncio
import random
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.fleet import FleetDevice, Told, empty_database, enrol, judge, new_client, receipt_key_of, write_json
from evidence.envelope import Kind
from tests.console.browser import running
from tests.console.site import CaseSite

MINUTE = 60.0
GROWTH_BAR = 2.0
"""The median lag of the last third may be so many times that of the first: an hour more would not change it."""
QUIET = 0.05
"""Seconds: a median lag below this has not grown, whatever it was before."""


@dataclass(frozen=True, slots=True)
class Minute:
    """Records that were due in a minute. Lags in seconds."""

    number: int
    records: int
    median: float
    p99: float
    longest: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    devices: int
    minutes: float
    records: int
    captures: int
    turned_away: int
    unreachable: int
    refused: int
    median_first_third: float
    median_last_third: float
    p99_first_third: float
    p99_last_third: float

    @property
    def grew(self) -> bool:
        """Return whether devices waited longer at the end than at the beginning."""
        return self.median_last_third > max(QUIET, GROWTH_BAR * self.median_first_third)


@dataclass(frozen=True, slots=True)
class Day:
    """How the devices behave."""

    minutes: float
    every: float
    """Minutes between two captures of a device, on average."""
    size: int


def measure(
    devices: int, day: Day, database: str, say: Callable[[str], None]
) -> tuple[Figures, list[Minute], list[str]]:
    """Run the devices; return the figures, the minutes, and what is wrong with what is stored."""
    told, sent = Told(), list[tuple[str, Kind]]()
    with (
        tempfile.TemporaryDirectory(prefix="overt-steady-") as name,
        empty_database(database) as url,
        closing(CaseSite(Path(name), database=url)) as site,
    ):
        fleet = enrol(site, devices, say)
        with running(site) as address:
            say(f"{devices} devices report for {day.minutes:g} minutes …")
            begun = time.monotonic()
            asyncio.run(_report(site, address, fleet, day, told, sent))
        say("Judging what is stored …")
        wrong = judge(site, told, [digest for digest, _ in sent])
    minutes = _minutes(told, begun)
    return _figures(devices, day, told, sent, begun), minutes, wrong


async def _report(
    site: CaseSite, address: str, fleet: Sequence[FleetDevice], day: Day, told: Told, sent: list[tuple[str, Kind]]
) -> None:
    trust, key = ssl.create_default_context(cafile=str(site.folder.ca_certificate)), receipt_key_of(site)
    begun = time.monotonic()

    async def report(device: FleetDevice) -> None:
        due = begun + random.uniform(0, MINUTE)
        async with new_client(address, trust) as client:
            while due < begun + day.minutes * MINUTE:
                await asyncio.sleep(due - time.monotonic())
                kinds = [Kind.HEARTBEAT, *([Kind.CAPTURE] if random.random() < 1 / day.every else [])]
                for kind in kinds:
                    upload = device.upload(day.size if kind is Kind.CAPTURE else 0, kind, made=due)
                    sent.append((upload.digest, kind))
                    await device.deliver(client, upload, told, key)
                due += MINUTE

    await asyncio.gather(*(report(one) for one in fleet))


def _minutes(told: Told, begun: float) -> list[Minute]:
    found: dict[int, list[float]] = {}
    for made, lag in told.lags:
        found.setdefault(int((made - begun) // MINUTE), []).append(lag)
    return [
        Minute(number + 1, len(lags), statistics.median(lags), _p99(lags), max(lags))
        for number, lags in sorted(found.items())
    ]


def _p99(lags: Sequence[float]) -> float:
    return statistics.quantiles(lags, n=100)[98] if len(lags) > 1 else lags[0]


def _figures(devices: int, day: Day, told: Told, sent: Sequence[tuple[str, Kind]], begun: float) -> Figures:
    third = day.minutes * MINUTE / 3
    first = [lag for made, lag in told.lags if made - begun < third]
    last = [lag for made, lag in told.lags if made - begun >= 2 * third]
    return Figures(
        devices, day.minutes, len(sent), sum(kind is Kind.CAPTURE for _, kind in sent), told.turned_away,
        told.unreachable, len(told.refused), statistics.median(first), statistics.median(last), _p99(first), _p99(last),
    )  # fmt: skip


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1300)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--every", type=float, default=10.0, help="minutes between two captures of a device, on average"
    )
    parser.add_argument("--size", type=int, default=300_000, help="bytes of a capture's picture")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    day = Day(wanted.minutes, wanted.every, wanted.size)
    figures, minutes, wrong = measure(
        wanted.devices, day, wanted.database, lambda text: print(text, file=sys.stderr, flush=True)
    )
    print("minute  records  median s    p99 s  longest s")
    for one in minutes:
        print(f"{one.number:6} {one.records:8} {one.median:9.3f} {one.p99:8.3f} {one.longest:10.3f}")
    for name, value in asdict(figures).items():
        print(f"{name:18} {value:10.3f}" if isinstance(value, float) else f"{name:18} {value:10}")
    write_json(wanted.json, asdict(figures))
    missed = ["lag grew"] if figures.grew else []
    failed = figures.turned_away + figures.unreachable
    missed += [f"{failed} requests were turned away or lost"] if failed else []
    for line in (*wrong, *missed):
        print(f"MISSED: {line}")
    return int(bool(wrong or missed))


if __name__ == "__main__":
    raise SystemExit(main())
