"""Figures from a tally: how many documents are flagged, and where labels are, how often rightly."""

from dataclasses import dataclass

from engine.evaluate.intervals import Share, wilson
from engine.evaluate.tally import Label, Tally, TermTally

CAPTURED = 3
"""Severity from which the agent makes captures."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the flags from one severity on are, against labels. None where it is undefined."""

    floor: int
    precision: Share | None
    """Of the flagged documents, those labelled fire."""
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
    false: int
    true: int
    severity: int
    tally: TermTally


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
    if precision is not None and recall is not None and precision.value + recall.value > 0:
        f1 = 2 * precision.value * recall.value / (precision.value + recall.value)
    return Quality(floor, precision, recall, wilson(false, false + clean), f1)


def league(tally: Tally, *, labelled: bool) -> list[League]:
    """Return the terms that flag most: with labels by false flags, without by documents."""
    rows = [
        League(
            key,
            term.documents,
            term.labels[Label.CLEAN.value] + term.labels[Label.LOW.value],
            term.labels[Label.FIRE.value],
            term.severity,
            term,
        )
        for key, term in tally.terms.items()
    ]
    return sorted(rows, key=lambda row: (-(row.false if labelled else 0), -row.documents, row.term))
