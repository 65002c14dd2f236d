"""How often the shipped English libraries are wrong, and how often right, on labelled and on everyday text.

    python -m benchmarks.accuracy --corpus FOLDER [--before FOLDER] [--write FILE] [--json FILE] [--show]

The folder holds JSON lines with `text` and `label`: `functional_seed.jsonl` (labels clean, low, fire) and everyday
sets that are presumed harmless. Beside each figure stands what plain substring search for the same words would flag.
`--before` takes a folder of earlier libraries, which are measured on the same texts
(`git archive COMMIT libraries | tar -x -C FOLDER` makes one); `--write` writes docs/accuracy.md.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import ahocorasick
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.evaluate.functional import outcomes
from engine.evaluate.intervals import Share, wilson
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Finding
from overt.evaluation.functional import items_in, severity_of
from overt.library_files import load

EVERYDAY: dict[str, tuple[str, ...] | None] = {
    "sms_uci": ("benign",),
    "irc_ubuntu": None,
    "mail_spamassassin_ham": None,
    "fortunes": None,
}
NAMES = {
    "sms_uci": "SMS (UCI)",
    "irc_ubuntu": "chat about Ubuntu (IRC)",
    "mail_spamassassin_ham": "mail (SpamAssassin ham)",
    "fortunes": "fortunes",
}
TESTS = Path("tests/functional")
FUNCTIONAL = "functional_seed"
FLAGGED = 3
"""Severity from which a document counts as flagged: captures are made from there."""
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a corpus."""

    id: str
    text: str = field(repr=False)
    label: str | None
    kind: str


@dataclass(slots=True)
class Everyday:
    """What happened on one everyday set."""

    documents: int = 0
    flagged: int = 0
    naive: int = 0
    terms: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Functional:
    """What happened on the labelled items: right and all, for each label and each functionality."""

    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def english() -> list[str]:
    """Return the ids of the shipped libraries whose first language is English."""
    return [one.library_id for one in load([]).libraries if one.languages[0].startswith("en")]


def documents(file: Path) -> Iterator[Document]:
    """Yield a corpus's texts."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            meta = found.get("meta") or {}
            kind = str(meta.get("obfuscation") or meta.get("functionality") or "")
            yield Document(str(found["id"]), found["text"], found.get("label"), kind)


def findings(screener: TextScreener, text: str) -> Sequence[Finding]:
    """Return what fires in a text."""
    return screener.screen(TextObservation(text, Provenance.TYPED, "file", _EPOCH)).findings


def naive_matcher(screener: TextScreener) -> ahocorasick.Automaton:
    """Return the plain substring search for the same words that products on the market do."""
    automaton = ahocorasick.Automaton()
    for text in screener.library_set.texts:
        if text.term.rules.severity >= FLAGGED and len(text.folded) > 1:
            automaton.add_word(text.folded.lower(), text.folded)
    automaton.make_automaton()
    return automaton


def everyday(
    screener: TextScreener, naive: ahocorasick.Automaton, corpus: Iterable[Document], *, show: bool
) -> Everyday:
    """Screen a set that is presumed harmless."""
    result = Everyday()
    for one in corpus:
        result.documents += 1
        result.naive += next(naive.iter(one.text.lower()), None) is not None
        high = [found for found in findings(screener, one.text) if found.severity >= FLAGGED]
        result.flagged += bool(high)
        result.terms.update({f"{found.library_id}/{found.term_id}" for found in high})
        for found in high[:1] if show else ():
            around = one.text[max(0, found.start - 60) : found.end + 60].replace("\n", " ")
            print(f"    {found.library_id}/{found.term_id}: …{around}…")
    return result


def functional(screener: TextScreener, corpus: Iterable[Document]) -> Functional:
    """Screen the labelled items: clean must not fire at all, low not from the severity of captures on, fire must."""
    result = Functional()
    for one in corpus:
        severity = max((found.severity for found in findings(screener, one.text)), default=0)
        right = {"clean": severity == 0, "low": severity < FLAGGED, "fire": severity > 0}[str(one.label)]
        for name in (f"label {one.label}", f"{one.kind}"):
            result.all[name] += 1
            result.right[name] += right
        if not right:
            result.wrong.append(f"{one.label}: {one.text!r}")
    return result


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one state of the libraries."""

    labelled: Functional
    everyday: dict[str, Everyday]
    tests: tuple[Share, Share, Share]
    """Of the functional tests: found, left alone, minimal pairs right on both sides."""
    texts: int


def tested(screener: TextScreener) -> tuple[Share, Share, Share]:
    """Run the functional tests."""
    items = items_in(TESTS)
    found = outcomes(items, [severity_of(screener, item.text) for item in items])
    shares = []
    for what in ("found", "quiet", "pairs"):
        each = [share for one in found if (share := getattr(one, what)) is not None]
        whole = wilson(sum(one.count for one in each), sum(one.of for one in each))
        assert whole is not None, "the functional tests hold no item"
        shares.append(whole)
    return shares[0], shares[1], shares[2]


def _measured(libraries: Path, corpus: Path) -> Measured:
    names = [str(file) for file in sorted(libraries.glob("*.toml")) if file.stem in english()]
    screener = TextScreener(load(names).compile())
    labelled = functional(screener, documents(corpus / f"{FUNCTIONAL}.jsonl"))
    sets = _everyday_sets(screener, corpus, show=False)
    return Measured(labelled, sets, tested(screener), len(screener.library_set.texts))


def page(now: Measured, before: Measured | None) -> str:
    """Return the page about accuracy."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=False
    )
    total = Everyday()
    for one in now.everyday.values():
        total.documents, total.flagged = total.documents + one.documents, total.flagged + one.flagged
        total.naive += one.naive
    flagged_before = None if before is None else sum(one.flagged for one in before.everyday.values())
    return environment.get_template("accuracy.md.jinja").render(
        now=now, before=before, names=NAMES, total=total, flagged_before=flagged_before, labels=("clean", "low", "fire")
    )


def main() -> int:
    """Measure and print; exit code 3 where the corpora are absent."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the JSON lines files")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--before", type=Path, help="folder of earlier libraries, measured on the same texts")
    parser.add_argument("--write", type=Path, help="write the page about accuracy here")
    parser.add_argument("--show", action="store_true", help="print what was flagged in the everyday sets")
    options = parser.parse_args()
    file = options.corpus / f"{FUNCTIONAL}.jsonl"
    if not file.exists():
        print(f"{file} is not there: nothing was measured.", file=sys.stderr)
        return 3
    screener = TextScreener(load(english()).compile())
    print(f"{len(screener.library_set.texts)} texts of {len(screener.library_set.versions)} libraries")
    result = functional(screener, documents(file))
    _print_functional(result)
    sets = _everyday_sets(screener, options.corpus, show=options.show)
    _print_everyday(sets)
    if options.write:
        earlier = None if options.before is None else _measured(options.before, options.corpus)
        now = Measured(result, sets, tested(screener), len(screener.library_set.texts))
        options.write.write_text(page(now, earlier) + "\n", encoding="utf-8")
    if options.json:
        figures = {"functional": asdict(result), "everyday": {name: asdict(one) for name, one in sets.items()}}
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


def _everyday_sets(screener: TextScreener, folder: Path, *, show: bool) -> dict[str, Everyday]:
    naive = naive_matcher(screener)
    found: dict[str, Everyday] = defaultdict(Everyday)
    for name, labels in EVERYDAY.items():
        file = folder / f"{name}.jsonl"
        if not file.exists():
            print(f"{file} is not there: left out")
            continue
        corpus = (one for one in documents(file) if labels is None or one.label in labels)
        found[name] = everyday(screener, naive, corpus, show=show)
    return found


def _print_functional(result: Functional) -> None:
    print(f"\n{'labelled items':<28} {'right':>6} {'of':>6} {'share':>8}")
    for name in sorted(result.all):
        print(f"{name:<28} {result.right[name]:>6} {result.all[name]:>6} {result.right[name] / result.all[name]:>8.1%}")
    for line in result.wrong:
        print(f"    wrong {line}")


def _print_everyday(sets: dict[str, Everyday]) -> None:
    print(f"\n{'everyday set':<28} {'texts':>7} {'flagged':>8} {'share':>8} {'naive substring':>16}")
    total = Everyday()
    for name, one in sets.items():
        _print_set(name, one)
        total.documents += one.documents
        total.flagged += one.flagged
        total.naive += one.naive
        total.terms.update(one.terms)
    if total.documents:
        _print_set("overall", total)
    for term, count in total.terms.most_common(25):
        print(f"    {count:>5} {term}")


def _print_set(name: str, one: Everyday) -> None:
    share, naive = one.flagged / one.documents, one.naive / one.documents
    print(f"{name:<28} {one.documents:>7} {one.flagged:>8} {share:>8.2%} {naive:>16.1%}")


if __name__ == "__main__":
    sys.exit(main())
