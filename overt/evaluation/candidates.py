"""Chooses which documents of a corpus a person is asked about: flagged ones by lot, or those that were doubtful."""

import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.evaluate.batch import worth_a_look
from engine.evaluate.tally import CAPTURED, Tally
from engine.text.screen import TextScreener
from engine.verdict import Finding, Verdict
from overt.evaluation.labelled import labelled_batches, refuse_nothing
from overt.evaluation.run import Settings, digest, observation
from overt.library_files import load

NEAR_REASONS = frozenset({"context", "weight", "allowed"})
"""Words that stood there and were held back by a rule: the rule may be wrong."""


class Order(StrEnum):
    """Which documents come first."""

    RANDOM = "random"
    """Flagged documents, by lot: what precision is estimated from."""
    UNCERTAIN = "uncertain"
    """Those at the border of captures, and those in which a rule held a word back."""


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """One document to be judged. The order is that of the hash of its text: the same for each person."""

    sha256: str
    text: str = field(compare=False, repr=False)
    finding: Finding = field(compare=False)
    note: str = field(compare=False, default="")
    """Why it did not fire, where it did not."""
    source: str = field(compare=False, default="")


def candidates(
    corpus: Sequence[str], settings: Settings, order: Order, count: int, done: Collection[str], told: Tally
) -> list[Candidate]:
    """Return up to so many documents, less those that are done, in the order of their hashes.

    `told` gets what could not be read. Raises EngineError, also where nothing could be.
    """
    found = {one.sha256: one for one in _all(corpus, settings, order, told) if one.sha256 not in done}
    return heapq.nsmallest(count, found.values())


def _all(corpus: Sequence[str], settings: Settings, order: Order, told: Tally) -> Iterator[Candidate]:
    screener = TextScreener(load(list(settings.libraries)).compile())
    documents = 0
    for batch, _ in labelled_batches(corpus, settings, told):
        documents += len(batch.texts)
        for index in worth_a_look(screener, batch.texts, batch.sources):
            one = batch.document(index)
            chosen = _chosen(screener.screen(observation(one)), order)
            if chosen is not None:
                yield Candidate(digest(one.text), one.text, *chosen, one.source)
    refuse_nothing(documents, told)


def _chosen(verdict: Verdict, order: Order) -> tuple[Finding, str] | None:
    best = max(verdict.findings, key=lambda finding: finding.severity, default=None)
    if order is Order.RANDOM:
        return None if best is None else (best, "")
    if best is not None and best.severity in (CAPTURED - 1, CAPTURED):
        return best, ""
    held = next((one for one in verdict.suppressed if one.reason in NEAR_REASONS), None)
    return None if best is not None or held is None else (held.finding, held.explanation)
