"""How fast `overt evaluate` goes through a corpus, beside the engine alone in the same run, and its memory.

    python -m benchmarks.evaluate [--corpus FOLDER] [--megabytes 240] [--rounds 3] [--json FILE]

Writes a corpus of JSON lines (texts of a folder of .jsonl files, or generated ones) and a library of 1,000 terms, then
runs the command on it as anybody would, in turn with the engine over the same texts in memory. Speed is bytes of the
corpus a second of processor time, so that a busy machine disturbs all alike; two processes are judged by the clock,
and what their processor time would allow at most stands beside it: no core can be done sooner than the busiest process.
Memory is the proportional share of all processes together, looked at all the while, for a corpus and for one several
times as large. Exits 1 when a bar is missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks import text_material as material
from benchmarks.text import Bar
from engine.evaluate.batch import worth_a_look
from engine.library import compile_set, parse
from engine.text.screen import TextScreener
from overt.evaluation.corpus import BATCH, documents
from overt.evaluation.run import observation
from overt.evaluation.sources import sources
from overt.evaluation.units import Reading, units

TERMS = 1_000
LARGER = 3
"""So many times the corpus, for memory."""
BARS = {"per core": 50.0, "of the engine": 0.5, "two processes": 1.7, "memory": 300.0}
LOOK_EACH = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command. Seconds of the clock, of all processors, and of the busiest process; MB at most."""

    clock: float
    processors: float
    busiest: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Speeds:
    """What was measured of one corpus. Speeds in MB (10⁶ bytes) a second of processor time."""

    corpus: str
    megabytes: float
    documents: int
    engine: float
    command: float
    command_with_naive: float
    of_engine: float
    two_by_clock: float
    two_by_processors: float
    memory: float
    memory_larger: float
    start: float
    """Processor seconds before the first document, part of every figure of the command."""


def write_corpus(path: Path, folder: Path | None, megabytes: float) -> None:
    """Write so many megabytes of JSON lines."""
    size, number = 0, 0
    with path.open("w", encoding="utf-8") as file:
        while size < megabytes * 1e6:  # a folder that is smaller is read again
            for text in material.texts_of(folder, int(megabytes * 1e6)):
                line = json.dumps({"id": f"n{number}", "text": text}, ensure_ascii=False) + "\n"
                size, number = size + len(line.encode()), number + 1
                file.write(line)
                if size >= megabytes * 1e6:
                    break


def write_library(path: Path, folder: Path | None) -> None:
    """Write a library of a thousand terms, of which a few stand in the texts."""
    texts = list(material.texts_of(folder, 500_000))
    path.write_text(material.library(material.terms(TERMS, texts), rules=False), encoding="utf-8")


def engine_alone(corpus: Path, library: Path) -> tuple[float, int]:
    """Return the processor seconds of screening the texts of a corpus that are in memory already, and how many."""
    compiled = compile_set([parse(library.read_text(encoding="utf-8"), origin="bench")])
    screener = TextScreener(compiled, views=frozenset())
    seconds, count = 0.0, 0
    for unit in units(sources([str(corpus)]), Reading()):
        held = list(documents(unit, Reading()))
        batches = [held[at : at + BATCH] for at in range(0, len(held), BATCH)]
        texts = [[one.text for one in batch] for batch in batches]
        begun = time.process_time()
        for batch, text in zip(batches, texts, strict=True):
            for index in worth_a_look(screener, text, ()):
                screener.screen(observation(batch[index]))
        seconds += time.process_time() - begun
        count += len(held)
    return seconds, count


def command(corpus: Path, library: Path, *options: str) -> Run:
    """Run the command and look at its processes until it ends."""
    arguments = [sys.executable, "-m", "overt", "evaluate", str(corpus), "--libraries", str(library), "--no-views"]
    begun = time.monotonic()
    process = subprocess.Popen([*arguments, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    spent: dict[int, float] = {}
    most = 0.0
    own = psutil.Process(process.pid)
    while process.poll() is None:
        most = max(most, _look(own, spent))
        time.sleep(LOOK_EACH)
    clock = time.monotonic() - begun
    if process.returncode:
        raise SystemExit(process.stderr.read().decode() if process.stderr else "")
    return Run(clock, sum(spent.values()), max(spent.values()), most / 1e6)


def _look(own: psutil.Process, spent: dict[int, float]) -> float:
    """Note what each process has spent so far; return the memory of all."""
    total = 0.0
    with suppress(psutil.Error):
        for one in [own, *own.children(recursive=True)]:
            with suppress(psutil.Error):
                times = one.cpu_times()
                spent[one.pid] = times.user + times.system
                whole = one.memory_full_info()
                total += getattr(whole, "pss", whole.rss)
    return total


def measure(name: str, folder: Path | None, megabytes: float, rounds: int, place: Path) -> Speeds:
    """Let the engine and the command take turns."""
    corpus, larger, library, empty = (place / one for one in ("c.jsonl", "larger.jsonl", "bench.toml", "one.jsonl"))
    write_corpus(corpus, folder, megabytes)
    write_library(library, folder)
    empty.write_text('{"text": "nothing"}\n')
    size = corpus.stat().st_size / 1e6
    alone, ones, naive, twos, count = [], [], [], [], 0
    for _ in range(rounds):
        seconds, count = engine_alone(corpus, library)
        alone.append(seconds)
        ones.append(command(corpus, library, "--processes", "1", "--no-naive"))
        naive.append(command(corpus, library, "--processes", "1"))
        twos.append(command(corpus, library, "--processes", "2", "--no-naive"))
    start = command(empty, library, "--processes", "1", "--no-naive").processors
    with larger.open("wb") as file:
        for _ in range(LARGER):
            file.write(corpus.read_bytes())
    large = command(larger, library, "--processes", "2", "--no-naive")
    return Speeds(
        name,
        size,
        count,
        size / statistics.median(alone),
        size / statistics.median(run.processors for run in ones),
        size / statistics.median(run.processors for run in naive),
        statistics.median(a / run.processors for a, run in zip(alone, ones, strict=True)),
        statistics.median(one.clock / two.clock for one, two in zip(ones, twos, strict=True)),
        statistics.median(one.processors / two.busiest for one, two in zip(ones, twos, strict=True)),
        max(run.megabytes for run in twos),
        large.megabytes,
        start,
    )


def bars(found: Speeds) -> Iterator[Bar]:
    """Yield what was promised."""
    yield Bar(f"{found.corpus}: MB a second of one core, end to end, 1,000 terms", BARS["per core"], found.command)
    yield Bar(f"{found.corpus}: of the engine's own rate in memory", BARS["of the engine"], found.of_engine)
    yield Bar(f"{found.corpus}: two processes, of one, by the clock", BARS["two processes"], found.two_by_clock)
    yield Bar(f"{found.corpus}: MB of memory", BARS["memory"], max(found.memory, found.memory_larger), at_most=True)


def show(found: Speeds) -> None:
    """Print the figures of one corpus."""
    print(f"\n{found.corpus}: {found.megabytes:.0f} MB of JSON lines, {found.documents:,} documents")
    print(f"  engine alone, texts in memory      {found.engine:8.1f} MB/s")
    print(f"  overt evaluate --no-naive          {found.command:8.1f} MB/s   x {found.of_engine:.2f} of the engine")
    print(f"  overt evaluate                     {found.command_with_naive:8.1f} MB/s")
    print(f"  start of the command               {found.start:8.2f} s of processor time, in every figure above")
    print(f"  two processes of one               {found.two_by_clock:8.2f} by the clock, at most "
          f"{found.two_by_processors:.2f} by processor time; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(
        f"  memory                             {found.memory:8.0f} MB; {LARGER} x as much {found.memory_larger:.0f} MB"
    )


def main() -> int:
    """Read the command line, measure, print, save."""
    parser = argparse.ArgumentParser(prog="benchmarks.evaluate", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="folder of .jsonl files with a text in each line")
    parser.add_argument("--megabytes", type=float, default=240.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="save the figures there")
    options = parser.parse_args()
    kinds: list[tuple[str, Path | None]] = [("generated", None)]
    if options.corpus:
        kinds.append((options.corpus.name, options.corpus))
    found, checked = [], list[Bar]()
    for name, folder in kinds:
        with tempfile.TemporaryDirectory() as place:
            found.append(measure(name, folder, options.megabytes, options.rounds, Path(place)))
        show(found[-1])
        checked += bars(found[-1])
    _show_bars(checked)
    if options.json:
        saved = {"speeds": [asdict(one) for one in found], "bars": [{**asdict(b), "met": b.met} for b in checked]}
        options.json.write_text(json.dumps(saved, indent=1) + "\n", "utf-8")
    return 0 if all(bar.met for bar in checked) else 1


def _show_bars(checked: Sequence[Bar]) -> None:
    print("\nBars")
    for bar in checked:
        sign = "<=" if bar.at_most else ">="
        print(f"  {'met   ' if bar.met else 'MISSED'} {bar.promise}: {bar.measured:.2f} ({sign} {bar.wanted:.2f})")


if __name__ == "__main__":
    raise SystemExit(main())
