"""Intervals against scipy, and tallies that add up in any order."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from engine.evaluate.figures import flagged_from, league, quality
from engine.evaluate.intervals import wilson
from engine.evaluate.tally import Tally
from engine.verdict import Finding


@given(st.integers(1, 100_000), st.data())
def test_wilson_is_what_scipy_says(of: int, data: st.DataObject) -> None:
    """The score interval, also at the ends."""
    count = data.draw(st.integers(0, of))
    expected = binomtest(count, of).proportion_ci(method="wilson")
    found = wilson(count, of)
    assert found is not None
    assert math.isclose(found.low, expected.low, abs_tol=1e-9)
    assert math.isclose(found.high, expected.high, abs_tol=1e-9)


def test_a_share_of_nothing_is_undefined() -> None:
    """None, and never 0."""
    assert wilson(0, 0) is None
    assert flagged_from(Tally(), 3) is None
    empty = quality(Tally(), 3)
    assert (empty.precision, empty.recall, empty.f1, empty.false_flags) == (None, None, None, None)


def finding(term: str, severity: int) -> Finding:
    return Finding("weapons", "1", term, term, "word", "weapons", severity, 2, 5, "gun", "because")


DOCUMENTS = [
    ("a", "fire", (finding("gun", 3),)),
    ("b", "fire", (finding("gun", 4), finding("bomb", 2))),
    ("c", "fire", ()),
    ("d", "clean", (finding("gun", 3),)),
    ("e", "clean", ()),
    ("f", "clean", (finding("bomb", 2),)),
    ("g", "low", (finding("gun", 3),)),
    ("h", "", (finding("gun", 5),)),
]


def tally_of(documents: list[tuple[str, str, tuple[Finding, ...]]]) -> Tally:
    tally = Tally()
    for name, label, findings in documents:
        tally.document(name, "a gun in the shed", label, findings, ["allowed"])
    return tally


def test_quality_counts_what_people_mean() -> None:
    """Precision over everything labelled and flagged, recall over fire, false flags over clean."""
    found = quality(tally_of(DOCUMENTS), 3)
    assert found.precision is not None
    assert (found.precision.count, found.precision.of) == (2, 4)
    assert found.recall is not None
    assert (found.recall.count, found.recall.of) == (2, 3)
    assert found.false_flags is not None
    assert (found.false_flags.count, found.false_flags.of) == (1, 3)
    assert found.f1 == pytest.approx(4 / 7)


def test_the_league_puts_false_flags_first() -> None:
    """By false flags where there are labels, else by documents."""
    rows = league(tally_of(DOCUMENTS), labelled=True)
    assert [(row.term, row.false, row.true, row.documents) for row in rows] == [
        ("weapons/gun", 2, 2, 5),
        ("weapons/bomb", 1, 1, 2),
    ]


@given(st.permutations(DOCUMENTS), st.integers(0, len(DOCUMENTS)))
def test_parts_add_up_to_the_whole(documents: list[tuple[str, str, tuple[Finding, ...]]], cut: int) -> None:
    """However the corpus is cut and ordered, the tally is the same, samples included."""
    whole = tally_of(documents[:cut])
    whole.add(tally_of(documents[cut:]))
    assert whole == tally_of(DOCUMENTS)


def test_samples_are_few_and_chosen_by_digest() -> None:
    """Five lines a term, the same ones whatever came first."""
    many = [(f"document {number}", "", (finding("gun", 3),)) for number in range(50)]
    shuffled = random.Random(1).sample(many, len(many))
    assert tally_of(many).terms["weapons/gun"].samples == tally_of(shuffled).terms["weapons/gun"].samples
    assert len(tally_of(many).terms["weapons/gun"].samples) == 5
