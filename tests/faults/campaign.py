"""The fault campaign: every fault, counted, in one table. Exit code 1 where anything went wrong.

python -m tests.faults.campaign            the long form (make faults), half an hour
python -m tests.faults.campaign --short    the form that the tests run
python -m tests.faults.campaign --only power --only disk    those whose names have these words
python -m tests.faults.campaign --write docs/faults.md      write the rows and remarks of what ran into the page
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults import damage, disk, kills, network, power
from tests.faults.judge import Verdict


@dataclass(frozen=True)
class Size:
    """How much of each."""

    kills: int
    call_step: int
    power_cuts: int
    full_disks: int
    bit_flips: int
    chaos_records: int
    server_records: int
    server_kills: int
    offline_records: int
    crowd_records: int
    crowd_kills: int


LONG = Size(1000, 1, 200, 20, 1000, 400, 1000, 20, 30_000, 125, 20)
SHORT = Size(15, 12, 3, 2, 40, 15, 40, 2, 100, 6, 1)


def scenarios(size: Size) -> dict[str, Callable[[Path], Verdict]]:
    """Return every scenario by its name."""
    return {
        "kill -9 at random moments": lambda at: kills.random_kills(at, size.kills),
        "kill -9 at every system call": lambda at: kills.kills_at_every_call(at, size.call_step),
        "a call of the disk fails": lambda at: kills.failing_calls(at, size.call_step),
        "power cut (ext4 image)": lambda at: power.power_cuts(at, size.power_cuts),
        "disk full (4 MB)": lambda at: disk.full_disk(at, size.full_disks),
        "one bit flips on the disk": lambda at: damage.bit_flips(at, size.bit_flips),
        "side files deleted": damage.lost_side_files,
        "clock ten years off": damage.clock_jumps,
        "network: 70 % of connections fail": lambda at: network.chaos(at, size.chaos_records),
        "network: order, repeats, forgery": network.out_of_order,
        "kill -9 of the server": lambda at: network.server_killed(at, size.server_records, size.server_kills),
        "kill -9 of the server, 8 devices": lambda at: _crowd(at, size),
        "months offline": lambda at: network.months_offline(at, size.offline_records),
    }


def _crowd(at: Path, size: Size) -> Verdict:
    from tests.faults import crowd  # noqa: PLC0415  (the server's code: it would count as the device's memory below)

    return crowd.server_killed_in_a_crowd(at, size.crowd_records, size.crowd_kills)


def run(size: Size, only: Sequence[str], say: Callable[[str], None]) -> Iterator[tuple[str, Verdict, float]]:
    """Run every scenario, or those whose names have one of the words; yield name, verdict and seconds."""
    with tempfile.TemporaryDirectory(prefix="overt-faults-") as folder:
        for number, (name, scenario) in enumerate(scenarios(size).items()):
            if only and not any(word in name for word in only):
                continue
            say(f"{name} …")
            begun = time.perf_counter()
            yield name, scenario(Path(folder) / str(number)), time.perf_counter() - begun


def table(results: list[tuple[str, Verdict, float]]) -> Table:
    """Return the results as people read them."""
    found = Table(title="Faults")
    found.add_column("fault")
    for name in ("faults", "promised", "lost", "torn", "reused", "unchained", "seconds"):
        found.add_column(name, justify="right")
    for name, verdict, seconds in results:
        counts = (verdict.faults, verdict.promised, verdict.lost, verdict.torn, verdict.reused, verdict.unchained)
        found.add_row(name, *map(str, counts), f"{seconds:.0f}")
    return found


def remarks(results: list[tuple[str, Verdict, float]]) -> Iterator[str]:
    """Return what is to be said beside the numbers."""
    for name, verdict, _ in results:
        if verdict.skipped:
            yield f"{name}: NOT RUN, {verdict.skipped}"
        for note in verdict.notes:
            yield f"{name}: {note}"


def write(page: Path, results: list[tuple[str, Verdict, float]]) -> None:
    """Put the rows and remarks of what ran into a page, in place of those of the same faults."""
    text = page.read_text(encoding="utf-8")
    for name, verdict, _ in results:
        if verdict.skipped:
            continue
        counts = (verdict.faults, verdict.promised, verdict.lost, verdict.torn, verdict.reused, verdict.unchained)
        text = _replaced(text, f"| {name} |", f"| {name} | {' | '.join(map(str, counts))} |", before="<!-- rows -->")
        told = f"- *{name}*: {'; '.join(verdict.notes)}."
        text = _replaced(text, f"- *{name}*:", told if verdict.notes else "", before="<!-- remarks -->")
    page.write_text(text, encoding="utf-8")


def _replaced(text: str, start: str, line: str, *, before: str) -> str:
    """Replace the line that begins with `start`, or put it before the mark."""
    lines = text.splitlines()
    at = next((number for number, one in enumerate(lines) if one.startswith(start)), None)
    if at is None:
        at = lines.index(before)
        lines.insert(at, "")
    lines[at : at + 1] = [line] if line else []
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="the form that the tests run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the rows of what ran into this page")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="scenarios with this word")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    results = []
    for one in run(SHORT if options.short else LONG, options.only, lambda text: print(text, flush=True)):
        results.append(one)
        if options.write:
            write(options.write, [one])  # at once: a later one may take hours, or break off
    if not results:
        parser.error("no scenario has such a name")
    console.print(table(results))
    for line in remarks(results):
        console.print(line, soft_wrap=True)
    sys.exit(0 if all(verdict.good for _, verdict, _ in results) else 1)


if __name__ == "__main__":
    main()
