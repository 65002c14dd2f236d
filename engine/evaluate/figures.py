"""Figures from a tally: how many documents are flagged, and where labels are, how often rightly."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from engine.evaluate.intervals import Share, wilson
from engine.evaluate.tally import CAPTURED, Label, Stage, Tally, TermTally

SEVERITIES = range(1, 6)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the flags from one severity on are, against labels. None where it is undefined."""

    floor: int
    precision: Share | None
    """Of the flagged documents with a label, those labelled fire."""
    recall: Share | None
    """Of the documents labelled fire, those flagged."""
    false_flags: Share | None
    """Of the documents labelled clean, those flagged."""
    f1: float | None


@dataclass(frozen=True, slots=True)
class League:
    """A term in the league of false flags. `false` and `true` count labelled documents only."""

    term: str
    documents: int
    captured: int
    false: int
    true: int
    severity: int
    tally: TermTally


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something named fired: at all, and from the severity of captures on."""

    name: str
    flagged: Share
    captured: Share


@dataclass(frozen=True, slots=True)
class Step:
    """One stage from plain search to captures. Shares are None where there are no such documents."""

    stage: Stage
    flagged: Share | None
    clean: Share | None
    """Of the documents labelled clean, those still flagged."""
    fire: Share | None
    """Of the documents labelled fire, those flagged: the recall that is left."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What the documents of one severity turned out to be."""

    severity: int
    fire: Share | None


@dataclass(frozen=True, slots=True)
class ScreenLook:
    """What texts lost when they were read back from a screen that looks so. None: there was nothing to lose."""

    name: str
    documents: int
    words_lost: Share | None
    words_invented: int
    terms_lost: Share | None
    """Of the terms that fire in the texts as written."""
    terms_invented: int


def flagged_from(tally: Tally, floor: int) -> Share | None:
    """Return the share of documents whose highest severity is at least `floor`."""
    return wilson(sum(count for severity, count in tally.flagged.items() if severity >= floor), tally.documents)


def has_labels(tally: Tally) -> bool:
    """Return whether any document had a label."""
    return any(label for label, _ in tally.labels)


def quality(tally: Tally, floor: int) -> Quality:
    """Return precision, recall, F1 and the share of clean documents that were flagged, from a severity on."""

    def count(label: Label, *, flagged: bool) -> int:
        return sum(n for (name, s), n in tally.labels.items() if name == label.value and (s >= floor) is flagged)

    hits, missed = count(Label.FIRE, flagged=True), count(Label.FIRE, flagged=False)
    false, clean = count(Label.CLEAN, flagged=True), count(Label.CLEAN, flagged=False)
    low = count(Label.LOW, flagged=True)
    precision, recall = wilson(hits, hits + false + low), wilson(hits, hits + missed)
    f1 = None
    if 2 * hits + missed + false + low > 0:
        f1 = 2 * hits / (2 * hits + missed + false + low)
    return Quality(floor, precision, recall, wilson(false, false + clean), f1)


def league(tally: Tally, *, labelled: bool) -> list[League]:
    """Return the terms that flag most: with labels by false flags, without by captured documents."""
    rows = [
        League(
            key,
            term.documents,
            term.captured,
            term.labels[Label.CLEAN.value] + term.labels[Label.LOW.value],
            term.labels[Label.FIRE.value],
            term.severity,
            term,
        )
        for key, term in tally.terms.items()
    ]
    return sorted(rows, key=lambda row: (-(row.false if labelled else 0), -row.captured, -row.documents, row.term))


def rates(counter: Counter[tuple[str, int]], documents: int) -> list[Rate]:
    """Return how often each library or category fired among all documents, the most frequent first."""
    found = [_rate(name, counter, documents) for name in {name for name, _ in counter}]
    return _ordered([one for one in found if one is not None])


def rates_by_source(tally: Tally) -> list[Rate]:
    """Return how often anything fired among the documents of each source."""
    totals: Counter[str] = Counter()
    for (name, _), count in tally.sources.items():
        totals[name] += count
    found = [_rate(name, tally.sources, total) for name, total in totals.items()]
    return _ordered([one for one in found if one is not None])


def screen_looks(tally: Tally) -> list[ScreenLook]:
    """Return what each look of a screen lost, and all of them together last; nothing where none was asked for."""
    looks = sorted({look for look, _ in tally.screen})
    every: Counter[str] = Counter()
    for (_, what), count in tally.screen.items():
        every[what] += count
    rows = [(look, {what: n for (one, what), n in tally.screen.items() if one == look}) for look in looks]
    return [_look(name, counts) for name, counts in [*rows, *([("all", every)] if looks else [])]]


def _look(name: str, counts: Mapping[str, int]) -> ScreenLook:
    words, terms = counts.get("words", 0), counts.get("terms", 0)
    return ScreenLook(
        name,
        counts.get("documents", 0),
        wilson(counts.get("words lost", 0), words),
        counts.get("words invented", 0),
        wilson(counts.get("terms lost", 0), terms),
        counts.get("terms invented", 0),
    )


def _rate(name: str, counter: Counter[tuple[str, int]], documents: int) -> Rate | None:
    def share(floor: int) -> Share | None:
        return wilson(sum(n for (one, s), n in counter.items() if one == name and s >= floor), documents)

    flagged, captured = share(1), share(CAPTURED)
    return None if flagged is None or captured is None else Rate(name, flagged, captured)


def _ordered(rows: list[Rate]) -> list[Rate]:
    return sorted(rows, key=lambda row: (-row.captured.count, -row.flagged.count, row.name))


def ladder(tally: Tally) -> list[Step]:
    """Return the stages from plain search to captures, each with what it flags."""
    totals: Counter[str] = Counter()
    for (label, _), count in tally.labels.items():
        totals[label] += count
    asked = tally.ladder[Stage.NAIVE.value, "asked"]
    steps = []
    for stage in Stage:
        counts = {label: n for (name, label), n in tally.ladder.items() if name == stage.value and label != "asked"}
        known = stage is not Stage.NAIVE or asked == tally.documents

        def share(label: Label, counts: dict[str, int] = counts, *, known: bool = known) -> Share | None:
            return wilson(counts.get(label.value, 0), totals[label.value]) if known else None

        flagged = wilson(sum(counts.values()), tally.documents) if known else None
        steps.append(Step(stage, flagged, share(Label.CLEAN), share(Label.FIRE)))
    return steps


def calibration(tally: Tally) -> list[Calibrated]:
    """Return for each severity the share of its labelled documents that are fire: it should rise with severity."""
    rows = []
    for severity in SEVERITIES:
        of = sum(n for (label, s), n in tally.labels.items() if label and s == severity)
        rows.append(Calibrated(severity, wilson(tally.labels[Label.FIRE.value, severity], of)))
    return rows
