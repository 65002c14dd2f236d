"""How fast texts are screened, against plain matchers in the same run, and which of the bars are met.

    python -m benchmarks.text [--corpus FOLDER] [--json FILE] [--sizes 50,1000] [--megabytes 1] [--rounds 7]

Prints the median speed of each matcher and its ratio to `pyahocorasick.iter` over text in small letters: processor
time, candidates taking turns, so that a busy machine disturbs all alike. Then the time for a text as it stands on a
screen, the time and memory that 50,000 terms cost, and the bars. Exits 1 when a bar is missed.
"""

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import psutil

from benchmarks import text_material as material
from benchmarks.text_peers import NAIVE, PEERS, RAW, Peer, Search
from engine.library import LibrarySet, compile_set, parse
from engine.library.model import ALL_VIEWS, View
from engine.observation import Provenance, TextObservation
from engine.text import automaton
from engine.text.screen import TextScreener

SIZES = (50, 1_000, 10_000, 50_000)
LARGEST = 50_000
SCREENS, SCREEN_TERMS = 1_000, 1_000
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NO_VIEWS: frozenset[View] = frozenset()


@dataclass(frozen=True, slots=True)
class Speed:
    """One candidate on one kind of text. `ratio` is to raw pyahocorasick; above 1 is faster."""

    text: str
    terms: int
    candidate: str
    megabytes_a_second: float
    ratio: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Latency:
    """Microseconds of processor time for one text of a screen."""

    candidate: str
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a set costs before it screens: seconds from TOML text to a screener, and megabytes of memory."""

    terms: int
    seconds: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise with what was measured for it."""

    promise: str
    wanted: float
    measured: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured in one run."""

    corpus: str
    speeds: tuple[Speed, ...]
    latencies: tuple[Latency, ...]
    cost: Cost
    missing: tuple[str, ...]


def engine(compiled: LibrarySet, back_end: str, views: frozenset[View]) -> Search:
    """The whole of screening: text in, verdict out."""
    screener = TextScreener(compiled, back_end, views=views)
    return lambda text: screener.screen(TextObservation(text, Provenance.TYPED, "bench", NOON))


def candidates(chosen: Sequence[str]) -> dict[str, tuple[Search, Peer | None]]:
    """Build every candidate that is installed and can bear so many terms."""
    made: dict[str, tuple[Search, Peer | None]] = {
        peer.name: (peer.build(chosen), peer) for peer in PEERS if peer.installed and len(chosen) <= peer.most
    }
    compiled = compile_set([parse(material.library(list(chosen), rules=False), origin="bench")])
    for back_end in automaton.installed():
        for name, views in (("no views", NO_VIEWS), ("all views", ALL_VIEWS)):
            made[f"engine {back_end}, {name}"] = (engine(compiled, back_end, views), None)
    return made


def measure(blocks: Sequence[str], chosen: Sequence[str], rounds: int, text: str) -> list[Speed]:
    """Let the candidates take turns over the same blocks, and give each round blocks that nobody has seen before.

    Text that comes twice would flatter everybody: processors learn its branches, and the engine remembers tokens. The
    first round is not counted.
    """
    made = candidates(chosen)
    speeds: dict[str, list[float]] = {name: [] for name in made}
    names, each = list(made), len(blocks) // (rounds + 1)
    gc.collect()
    for turn in range(rounds + 1):
        part = blocks[turn * each : (turn + 1) * each]
        lowered, size = [block.lower() for block in part], sum(map(len, part)) / 1e6
        for name in [*names[turn % len(names) :], *names[: turn % len(names)]]:
            search, peer = made[name]
            taken = _time(search, lowered if peer and peer.lowered else part, peer.share if peer else 1.0)
            if turn:
                speeds[name].append(size / taken)
    return [_speed(text, len(chosen), name, speeds[name], speeds[RAW]) for name in names]


def _time(search: Search, blocks: Sequence[str], share: float) -> float:
    if share < 1:
        part = blocks[0][: max(1, int(share * sum(map(len, blocks))))]
        begin = time.process_time()
        search(part)
        return (time.process_time() - begin) * sum(map(len, blocks)) / len(part)
    gc.disable()
    begin = time.process_time()
    for block in blocks:
        search(block)
    taken = time.process_time() - begin
    gc.enable()
    return taken


def _speed(text: str, terms: int, name: str, speeds: list[float], reference: list[float]) -> Speed:
    ratios = [one / other for one, other in zip(speeds, reference, strict=True)]
    return Speed(text, terms, name, statistics.median(speeds), statistics.median(ratios), min(ratios), max(ratios))


def latencies(texts: Sequence[str], chosen: Sequence[str], rounds: int) -> list[Latency]:
    """Time each text of a screen alone, with every kind of rule in the library; medians over the rounds."""
    compiled = compile_set([parse(material.library(list(chosen), rules=True), origin="bench")])
    made = {peer.name: peer.build(chosen) for peer in PEERS if peer.name == NAIVE and peer.installed}
    for back_end in automaton.installed():
        made[f"engine {back_end}, all rules and views"] = engine(compiled, back_end, ALL_VIEWS)
    taken: dict[str, list[list[float]]] = {name: [] for name in made}
    for _ in range(rounds + 1):
        for name, search in made.items():
            taken[name].append(sorted(_each(search, texts)))
    middle, far = len(texts) // 2, len(texts) * 99 // 100
    return [
        Latency(
            name,
            statistics.median(one[middle] for one in runs[1:]),
            statistics.median(one[far] for one in runs[1:]),
        )
        for name, runs in taken.items()
    ]


def _each(search: Search, texts: Sequence[str]) -> list[float]:
    clock: Callable[[], int] = time.thread_time_ns
    taken = []
    gc.collect()
    gc.disable()
    for text in texts:
        begin = clock()
        search(text)
        taken.append((clock() - begin) / 1000)
    gc.enable()
    return taken


def cost(library: str) -> Cost:
    """Make a screener from TOML text in a process of its own, and see how it grew. The median of five."""
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        grown = [pool.apply(_grow, (library,)) for _ in range(5)]
    return Cost(
        library.count("[[term]]"), statistics.median(s for s, _ in grown), statistics.median(m for _, m in grown)
    )


def _grow(library: str) -> tuple[float, float]:
    small = compile_set([parse(material.library(["warm"], rules=False), origin="bench")])
    TextScreener(small)
    gc.collect()
    process = psutil.Process()
    before, begin = process.memory_info().rss, time.process_time()
    screener = TextScreener(compile_set([parse(library, origin="bench")]))
    taken = time.process_time() - begin
    gc.collect()
    grown = (process.memory_info().rss - before) / 1e6
    assert screener is not None
    return taken, grown


def bars(report: Report) -> list[Bar]:
    """Return the promises that this run can speak to."""
    fastest = f"engine {automaton.installed()[0]}"
    ratios = {(one.text, one.terms, one.candidate): one.ratio for one in report.speeds}
    made = []
    for terms in SIZES:
        for text, candidate, wanted in (
            ("ASCII", f"{fastest}, no views", 2.8 if terms == SIZES[0] else 2.0),
            ("ASCII", f"{fastest}, all views", 1.25),
            ("ASCII", "engine pyahocorasick, all views", 0.9),
            ("as it comes", f"{fastest}, no views", 1.8),
        ):
            measured = ratios.get((text, terms, candidate))
            if measured is not None:
                made.append(Bar(f"{text}, {terms} terms, {candidate}: ratio", wanted, measured))
    screen = next((one for one in report.latencies if one.candidate.startswith(fastest)), None)
    naive = next((one for one in report.latencies if one.candidate == NAIVE), None)
    if screen and naive:
        made.append(Bar("text of a screen, p99 in µs", 200, screen.p99, at_most=True))
        made.append(Bar("text of a screen, p50 in µs against the naive check", naive.p50, screen.p50, at_most=True))
    made.append(Bar(f"{report.cost.terms} terms from TOML text, seconds", 0.5, report.cost.seconds, at_most=True))
    made.append(Bar(f"{report.cost.terms} terms, MB of memory", 100, report.cost.megabytes, at_most=True))
    return made


def run(corpus: Path | None, sizes: Sequence[int], megabytes: float, rounds: int) -> Report:
    """Measure everything."""
    texts = list(material.texts_of(corpus, int(megabytes * 1e6 * (rounds + 1))))
    speeds = []
    for size in sizes:
        chosen = material.terms(size, texts)
        for kind in ("ASCII", "as it comes"):
            part = measure(material.blocks(iter(texts), ascii_only=kind == "ASCII"), chosen, rounds, kind)
            speeds += part
            _print_speeds(part)
    screened = latencies(material.screens(texts, SCREENS), material.terms(SCREEN_TERMS, texts), rounds)
    grown = cost(material.library(material.terms(LARGEST, texts), rules=False))
    missing = tuple(peer.name for peer in PEERS if not peer.installed)
    name = corpus.name if corpus else "generated from the project's pages"
    return Report(name, tuple(speeds), tuple(screened), grown, missing)


def _print_speeds(speeds: Sequence[Speed]) -> None:
    print(f"\n{speeds[0].text}, {speeds[0].terms} terms")
    for one in speeds:
        print(
            f"  {one.candidate:44} {one.megabytes_a_second:9.2f} MB/s  x {one.ratio:7.3f}"
            f"  [{one.lowest:.3f} - {one.highest:.3f}]",
            flush=True,
        )


def print_rest(report: Report) -> None:
    print("\nText of a screen (2 to 8 KB), 1000 terms")
    for one in report.latencies:
        print(f"  {one.candidate:44} p50 {one.p50:8.1f} µs   p99 {one.p99:8.1f} µs")
    print(f"\n{report.cost.terms} terms: {report.cost.seconds:.2f} s from TOML text, {report.cost.megabytes:.0f} MB")
    for name in report.missing:
        print(f"not installed, left out: {name}")
    print("\nBars")
    for bar in bars(report):
        sign = "<=" if bar.at_most else ">="
        print(f"  {'met   ' if bar.met else 'MISSED'} {bar.promise}: {bar.measured:.2f} ({sign} {bar.wanted:.2f})")


def main() -> int:
    """Read the command line, measure, print, save."""
    parser = argparse.ArgumentParser(prog="benchmarks.text", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="folder of .jsonl files with a text in each line")
    parser.add_argument("--json", type=Path, help="save the figures there")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of terms")
    parser.add_argument("--megabytes", type=float, default=1.0, help="of text in each round")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    report = run(options.corpus, sizes, options.megabytes, options.rounds)
    print_rest(report)
    checked = bars(report)
    if options.json:
        saved = {**asdict(report), "bars": [{**asdict(bar), "met": bar.met} for bar in checked]}
        options.json.write_text(json.dumps(saved, indent=1) + "\n", "utf-8")
    return 0 if all(bar.met for bar in checked) else 1


if __name__ == "__main__":
    raise SystemExit(main())
