"""Five hundred devices that come back together after an outage, each with what it kept meanwhile.

    python -m benchmarks.storm [--devices N] [--backlog N] [--size BYTES] [--database sqlite|postgresql] [--json FILE]

Every device delivers one record; then the server's process ends. Each tries again, in vain. The server is started
again and all devices knock in the same moment, which is worse than the agent does it: its waits are spread. From there
on each waits as the agent does. Counted: uploads stored in a second, the fullest against the mean; devices that came
before they were asked to; how long somebody waits who opens the log-in page meanwhile. At the end the store is judged:
every receipt has its record, every record its row and its envelope, once, and every chain verifies. Exit code 1 if a
bar is missed.
"""

import argparse
import asyncio
import ssl
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2

from benchmarks.fleet import (
    FleetDevice,
    Told,
    Upload,
    empty_database,
    enrol,
    judge,
    keep_port,
    new_client,
    receipt_key_of,
    write_json,
)
from tests.console.browser import running
from tests.console.site import OFFICER, CaseSite

PEAK_BAR = 3.0
"""The fullest second must be below so many times the mean."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured, from the first record stored after the outage to the last. Times in seconds."""

    devices: int
    stored: int
    seconds: float
    rate: float
    fullest_second: int
    peak_to_mean: float
    turned_away: int
    too_early: int
    longest_asked: float
    last_first_record: float
    """Until every device had delivered something."""
    page_p95: float
    page_failures: int


def measure(
    devices: int, backlog: int, size: int, database: str, say: Callable[[str], None]
) -> tuple[Figures, list[str]]:
    """Make the outage; return the figures and what is wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="overt-storm-") as name,
        empty_database(database) as url,
        closing(CaseSite(Path(name), database=url)) as site,
    ):
        fleet = enrol(site, devices, say)
        say(f"Sealing {devices} × {backlog + 1} records …")
        work = [[device.upload(size) for _ in range(backlog + 1)] for device in fleet]
        storm = asyncio.run(_play(site, fleet, work, say))
        say("Judging what is stored …")
        wrong = judge(site, storm.told, [one.digest for uploads in work for one in uploads])
    return _figures(devices, storm), wrong


@dataclass(frozen=True, slots=True)
class _Storm:
    """What came of it: `firsts` are the moments at which each device had delivered something after the outage."""

    told: Told
    firsts: list[float]
    pages: list[float | None]


async def _play(
    site: CaseSite, fleet: Sequence[FleetDevice], work: Sequence[Sequence[Upload]], say: Callable[[str], None]
) -> _Storm:
    storm, trust = _Storm(Told(), [], []), ssl.create_default_context(cafile=str(site.folder.ca_certificate))
    key = receipt_key_of(site)
    async with AsyncExitStack() as stack:
        with running(site) as address:
            keep_port(site, address)
            clients = [await stack.enter_async_context(new_client(address, trust)) for _ in fleet]
            all_of_them = list(zip(fleet, clients, work, strict=True))
            await asyncio.gather(*(one.deliver(client, own[0], storm.told, key) for one, client, own in all_of_them))
        say("The server is gone.")
        for one, client, own in all_of_them:
            with suppress(httpx2.HTTPError):
                await client.put(own[1].path, content=own[1].body, headers=one.headers(own[1]))
                raise SystemExit("something still answers")
        with running(site):
            say("The server is back; all devices knock.")
            storm.told.stored.clear()
            looking = asyncio.create_task(_look(address, trust, storm.pages))
            await asyncio.gather(*(_catch_up(*one, storm, key) for one in all_of_them))
            looking.cancel()
    return storm


async def _catch_up(
    device: FleetDevice, client: httpx2.AsyncClient, work: Sequence[Upload], storm: _Storm, receipt_key: bytes
) -> None:
    """Deliver what waited."""
    for number, upload in enumerate(work[1:]):
        await device.deliver(client, upload, storm.told, receipt_key)
        if number == 0:
            storm.firsts.append(time.monotonic())


async def _look(address: str, trust: ssl.SSLContext, pages: list[float | None]) -> None:
    """Ask for what the log-in page asks for, twice a second; None for what is not answered with 200."""
    async with httpx2.AsyncClient(base_url=address, verify=trust, timeout=60, trust_env=False) as client:
        while True:
            begun = time.monotonic()
            answered = False
            with suppress(httpx2.HTTPError):
                answered = (await client.get("/v1/session/lock", params={"name": OFFICER})).is_success
            pages.append(time.monotonic() - begun if answered else None)
            await asyncio.sleep(0.5)


def _figures(devices: int, storm: _Storm) -> Figures:
    told = storm.told
    begun, ended = min(told.stored), max(told.stored)
    seconds = max(1.0, ended - begun)
    full = Counter(int(at - begun) for at in told.stored)
    rate = len(told.stored) / seconds
    answered = [one for one in storm.pages if one is not None]
    return Figures(
        devices, len(told.stored), seconds, rate, max(full.values()), max(full.values()) / rate, told.turned_away,
        told.too_early, told.longest_asked, max(storm.firsts) - begun,
        statistics.quantiles(answered, n=20)[18] if len(answered) > 1 else 0.0, len(storm.pages) - len(answered),
    )  # fmt: skip


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--backlog", type=int, default=10, help="records of each device that wait")
    parser.add_argument("--size", type=int, default=30_000, help="bytes of the picture in a record")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    figures, wrong = measure(
        wanted.devices, wanted.backlog, wanted.size, wanted.database, lambda text: print(text, file=sys.stderr)
    )  # fmt: skip
    for name, value in asdict(figures).items():
        print(f"{name:18} {value:10.2f}" if isinstance(value, float) else f"{name:18} {value:10}")
    write_json(wanted.json, asdict(figures))
    missed = [] if figures.peak_to_mean < PEAK_BAR else [f"peak/mean {figures.peak_to_mean:.2f}, the bar is {PEAK_BAR}"]
    missed += [f"{figures.too_early} requests came before they were asked to"] if figures.too_early else []
    for line in (*wrong, *missed):
        print(f"MISSED: {line}")
    return int(bool(wrong or missed))


if __name__ == "__main__":
    raise SystemExit(main())
