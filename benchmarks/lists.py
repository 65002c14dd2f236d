"""How long each query of the console's lists takes at the database, with many captures; and whether ingest slows down.

    python -m benchmarks.lists [--captures N] [--cases N] [--database sqlite|postgresql] [--records N] [--json FILE]

Each list is asked for as the console does (pages by keyset), for officers with all cases, one in ten, and one. Every
statement of it is then run again on the bare driver, to the last row: the best of three counts. The slowest
statement of a list is printed. Ingest is measured into the full store and into an empty one by
turns, in one process, without network. Exit code 1 where a query takes longer than 20 ms.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from server_stub.database import Database
from tests.console.site import CaseSite, Seed
from tests.postgres import Cluster
from tests.server_stub.lists import OFFICERS, Asked, asked, fill, lists

LIMIT_MS = 20.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A list as one officer asks for it: the slowest of its statements, in milliseconds at the database."""

    list: str
    cases: str
    statements: int
    slowest_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured. `ingest_`: processor milliseconds of one record; `slower`: full to empty."""

    database: str
    captures: int
    lines: Sequence[Line]
    ingest_full_ms: float
    ingest_empty_ms: float
    slower: float


def measure(kind: str, captures: int, cases: int, records: int, say: Callable[[str], None]) -> Figures:
    """Fill a store and measure."""
    with tempfile.TemporaryDirectory(prefix="overt-lists-") as name, _databases(kind) as (full_url, empty_url):
        folder = Path(name)
        with (
            closing(CaseSite(folder / "full", database=full_url)) as full,
            closing(CaseSite(folder / "empty", database=empty_url)) as empty,
        ):
            say(f"{captures} captures in {cases} cases …")
            fill(full.server.database, captures, cases)
            say("Lists …")
            lines = [_line(full, name, officer, captures) for officer in OFFICERS for name in _names(full, captures)]
            say("Ingest …")
            full_ms, empty_ms = _ingest([full, empty], records)
    return Figures(kind, captures, lines, full_ms, empty_ms, full_ms / empty_ms)


@contextmanager
def _databases(kind: str) -> Iterator[tuple[str, str]]:
    if kind == "sqlite":
        yield "", ""
        return
    with closing(Cluster()) as cluster:
        yield cluster.make_database(), cluster.make_database()


def _names(site: CaseSite, captures: int) -> list[str]:
    return list(lists(site.server, "all", captures))


def _line(site: CaseSite, name: str, officer: str, captures: int) -> Line:
    database = site.server.database
    with asked(database) as found:
        lists(site.server, officer, captures)[name]()
    return Line(name, officer, len(found), max((_at_the_database(database, one) for one in found), default=0.0))


def _at_the_database(database: Database, one: Asked) -> float:
    """Return the milliseconds of a statement on the bare driver, to the last row."""
    times = []
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for _ in range(TRIES):
            begun = time.perf_counter()
            cursor = raw.cursor()
            cursor.execute(one.words, one.values)
            cursor.fetchall()
            cursor.close()
            times.append((time.perf_counter() - begun) * 1000)
    return min(times)


def _ingest(sites: Sequence[CaseSite], records: int) -> list[float]:
    """Take records in by turns; return the median of each site's processor time for one, in milliseconds."""
    times: list[list[float]] = [[] for _ in sites]
    for number in range(records):
        for site, found in zip(sites, times, strict=True):
            sealed = site.seal(Seed("A page", f"a gun {number}"))
            envelope, place, now = sealed.envelope, site.last_place, datetime.now(UTC)
            begun = time.process_time()
            site.server.ingest.put(place, envelope, digest=sealed.digest, now=now)
            found.append((time.process_time() - begun) * 1000)
    return [statistics.median(found) for found in times]


def main() -> int:
    """Measure, print, compare with the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captures", type=int, default=100_000)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--records", type=int, default=300, help="records taken in by each store")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    found = measure(
        wanted.database, wanted.captures, wanted.cases, wanted.records, lambda text: print(text, file=sys.stderr)
    )
    print(f"{'list':32} {'cases':6} {'statements':>10} {'slowest ms':>10}")
    for line in found.lines:
        late = "  TOO SLOW" if line.slowest_ms > LIMIT_MS else ""
        print(f"{line.list:32} {line.cases:6} {line.statements:10} {line.slowest_ms:10.1f}{late}")
    print(f"ingest: {found.ingest_full_ms:.2f} ms full, {found.ingest_empty_ms:.2f} ms empty, ratio {found.slower:.2f}")
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    return int(any(line.slowest_ms > LIMIT_MS for line in found.lines))


if __name__ == "__main__":
    raise SystemExit(main())
