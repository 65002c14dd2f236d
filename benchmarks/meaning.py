"""What meaning adds to rules alone, on texts that nothing was learned from, and what it costs.

    python -m benchmarks.meaning [--corpus FOLDER] [--json FILE]

The functional tests and the texts of another style hold none of the templates that classifiers learn from. The folder
holds everyday sets as JSON lines, presumed harmless: flags on them are false. Times are processor time of one core.
Exits 1 where a bar is missed.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.accuracy import EVERYDAY, english
from benchmarks.text import Bar
from engine.evaluate.batch import worth_a_look
from engine.evaluate.functional import Item, Outcome, outcomes
from engine.evaluate.tally import CAPTURED
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from overt.evaluation.functional import items_in, severity_of
from overt.library_files import load
from overt.meaning.embedder import E5Embedder
from overt.meaning.files import load_meaning

OTHER_STYLE = Path("tests/meaning/other_style.toml")
FUNCTIONAL = Path("tests/functional")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMED = 200


@dataclass(frozen=True, slots=True)
class Row:
    """Shares of one functionality, in per cent. None: it has no such items."""

    name: str
    found: tuple[float | None, float | None]
    """Of what must fire, by rules alone and with meaning."""
    quiet: tuple[float | None, float | None]
    pairs: tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Everyday:
    """Texts of one everyday set that are flagged: at all, and from captures on; by rules alone and with meaning."""

    name: str
    texts: int
    flagged: tuple[int, int]
    captured: tuple[int, int]


def screeners() -> tuple[TextScreener, TextScreener, E5Embedder]:
    """Return what screens by rules alone and with meaning, and the embedder of the latter."""
    loaded = load(english())
    compiled, meaning = loaded.compile(), load_meaning(loaded.libraries)
    assert isinstance(meaning.embedder, E5Embedder)
    return TextScreener(compiled), TextScreener(compiled, meaning=meaning), meaning.embedder


def rows(items: Sequence[Item], both: Sequence[TextScreener]) -> list[Row]:
    """Screen items both ways."""
    ways = [outcomes(items, [severity_of(one, item.text) for item in items]) for one in both]
    return [_row(rules, with_it) for rules, with_it in zip(*ways, strict=True)]


def _row(rules: Outcome, with_it: Outcome) -> Row:
    def pair(name: str) -> tuple[float | None, float | None]:
        shares = (getattr(rules, name), getattr(with_it, name))
        first, second = (None if share is None else 100 * share.value for share in shares)
        return first, second

    return Row(rules.functionality, pair("found"), pair("quiet"), pair("pairs"))


def everyday(folder: Path, both: Sequence[TextScreener]) -> Iterator[Everyday]:
    """Screen the everyday sets of a folder both ways."""
    for name, labels in EVERYDAY.items():
        file = folder / f"{name}.jsonl"
        if file.exists():
            said = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            texts = [one["text"] for one in said if labels is None or one.get("label") in labels]
            standing = sorted(worth_a_look(both[0], texts, ()))
            found = [[severity_of(one, texts[index]) for index in standing] for one in both]
            flagged, captured = ([sum(s >= floor for s in way) for way in found] for floor in (1, CAPTURED))
            yield Everyday(name, len(texts), (flagged[0], flagged[1]), (captured[0], captured[1]))


def milliseconds_a_hit(embedder: E5Embedder, items: Sequence[Item], *, together: bool) -> float:
    """Return the processor time of a sentence that was not seen before: of a corpus at once, or each by itself."""
    texts = [f"{item} {'then' if together else 'so'}" for item in dict.fromkeys(item.text for item in items)][:TIMED]
    embedder.embed(["the first one loads the model"])
    begun = time.process_time()
    for some in [texts] if together else [[text] for text in texts]:
        embedder.embed(some)
    return 1000 * (time.process_time() - begun) / len(texts)


def without_hits(both: Sequence[TextScreener]) -> float:
    """Return the time with meaning over that of rules alone, for a text in which nothing stands."""
    nothing = TextObservation("We met at the library and talked about the weather for an hour. " * 20, Provenance.TYPED,
                              "bench", NOON)  # fmt: skip
    spent: list[list[float]] = [[], []]
    for _ in range(300):
        for way, one in zip(spent, both, strict=True):
            begun = time.perf_counter()
            one.screen(nothing)
            way.append(time.perf_counter() - begun)
    rules, with_it = (sorted(way)[len(way) // 4] for way in spent)
    return with_it / rules


def bars(functional: Sequence[Row], together: float, alone: float, ratio: float) -> Iterator[Bar]:
    """Yield what was promised."""
    pairs = next(row.pairs[1] for row in functional if row.pairs[1] is not None)
    yield Bar("minimal pairs right on both sides, held out by template, %", 80.0, pairs)
    losses = [
        row.found[0] - row.found[1] for row in functional if row.found[0] is not None and row.found[1] is not None
    ]
    yield Bar("points of recall that any functionality loses", 1.0, max(losses), at_most=True)
    yield Bar("ms a hit on one core, hits of a corpus", 10.0, together, at_most=True)
    yield Bar("ms a hit on one core, a hit alone", 10.0, alone, at_most=True)
    yield Bar("time for texts without hits, of rules alone", 1.05, ratio, at_most=True)


def _show(title: str, found: Sequence[Row]) -> None:
    print(f"\n| {title} | found, rules | with meaning | quiet, rules | with meaning | pairs, rules | with meaning |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in found:
        cells = ("–" if one is None else f"{one:.1f}" for one in (*row.found, *row.quiet, *row.pairs))
        print(f"| {row.name} | {' | '.join(cells)} |")


def main() -> int:
    """Read the command line, measure, print, save."""
    parser = argparse.ArgumentParser(prog="benchmarks.meaning", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--corpus", type=Path, help="folder of everyday sets as .jsonl")
    parser.add_argument("--json", type=Path, help="save the figures there")
    options = parser.parse_args()
    rules, with_it, embedder = screeners()
    items, others = items_in(FUNCTIONAL), items_in(OTHER_STYLE)
    functional, style = rows(items, (rules, with_it)), rows(others, (rules, with_it))
    _show(
        "functional tests that change",
        [r for r in functional if len({*r.found}) + len({*r.quiet}) + len({*r.pairs}) > 3],
    )
    _show("texts of another style", style)
    sets = list(everyday(options.corpus, (rules, with_it))) if options.corpus else []
    for one in sets:
        print(f"{one.name:<24}{one.texts:>8} texts, flagged {one.flagged[0]:>5} → {one.flagged[1]:>5}, "
              f"captured {one.captured[0]:>4} → {one.captured[1]:>4}")  # fmt: skip
    alone, together = (milliseconds_a_hit(embedder, items, together=way) for way in (False, True))
    checked = list(bars(functional, together, alone, without_hits((rules, with_it))))
    print()
    for bar in checked:
        sign = "<=" if bar.at_most else ">="
        print(f"  {'met   ' if bar.met else 'MISSED'} {bar.promise}: {bar.measured:.2f} ({sign} {bar.wanted:.2f})")
    if options.json:
        saved = {"functional": [asdict(r) for r in functional], "style": [asdict(r) for r in style],
                 "everyday": [asdict(one) for one in sets], "bars": [asdict(bar) for bar in checked]}  # fmt: skip
        options.json.write_text(json.dumps(saved, indent=1) + "\n", "utf-8")
    return 0 if all(bar.met for bar in checked) else 1


if __name__ == "__main__":
    raise SystemExit(main())
