"""Figures against scipy, statsmodels and scikit-learn as oracles, and tallies that add up in any order."""

import json
import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_oracle
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep

from engine.evaluate.burden import Assumptions, burden
from engine.evaluate.distinct import KEPT, Distinct
from engine.evaluate.drift import Earlier, drift
from engine.evaluate.figures import calibration, flagged_from, ladder, league, quality, rates, rates_by_source
from engine.evaluate.intervals import wilson
from engine.evaluate.significance import agreement, difference, mcnemar
from engine.evaluate.tally import Seen, Stage, Tally
from engine.verdict import Finding, SuppressedFinding, Verdict


@given(st.integers(1, 100_000), st.data())
def test_wilson_is_what_scipy_says(of: int, data: st.DataObject) -> None:
    """The score interval, also at the ends."""
    count = data.draw(st.integers(0, of))
    expected = binomtest(count, of).proportion_ci(method="wilson")
    found = wilson(count, of)
    assert found is not None
    assert math.isclose(found.low, expected.low, abs_tol=1e-9)
    assert math.isclose(found.high, expected.high, abs_tol=1e-9)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_what_statsmodels_says(first: int, second: int) -> None:
    """The exact two-sided p-value; undefined where nothing differs."""
    if first + second == 0:
        assert mcnemar(first, second) is None
        return
    expected = mcnemar_oracle([[0, first], [second, 0]], exact=True).pvalue
    assert mcnemar(first, second) == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 5000), st.integers(1, 5000), st.data())
def test_difference_is_what_statsmodels_says(of_new: int, of_old: int, data: st.DataObject) -> None:
    """Newcombe's interval of two independent shares."""
    new, old = data.draw(st.integers(0, of_new)), data.draw(st.integers(0, of_old))
    low, high = confint_proportions_2indep(new, of_new, old, of_old, method="newcomb", compare="diff")
    one, other = wilson(new, of_new), wilson(old, of_old)
    assert one is not None
    assert other is not None
    found = difference(one, other)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@given(st.lists(st.tuples(*[st.sampled_from(("clean", "low", "fire"))] * 2), min_size=1, max_size=60))
def test_kappa_is_what_statsmodels_and_scikit_learn_say(pairs: list[tuple[str, str]]) -> None:
    """Kappa and its interval; undefined where chance alone agrees always."""
    found = agreement(pairs)
    first, second = zip(*pairs, strict=True)
    if len({*first, *second}) == 1:
        assert found.kappa is None
        return
    assert found.kappa is not None
    if len(set(first)) == 1 or len(set(second)) == 1:  # the oracles divide by zero for the interval
        assert found.kappa <= 0
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    labels = sorted({*first, *second})
    table = [[sum(pair == (one, other) for pair in pairs) for other in labels] for one in labels]
    with np.errstate(invalid="ignore"):  # a variance of nothing may be rounded to below nothing there
        expected = cohens_kappa(table)
    low, high = np.nan_to_num([expected.kappa_low, expected.kappa_upp], nan=expected.kappa)
    assert found.low == pytest.approx(max(-1.0, low), abs=1e-6)
    assert found.high == pytest.approx(min(1.0, high), abs=1e-6)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80))
def test_quality_is_what_scikit_learn_says(truth: list[tuple[bool, bool]]) -> None:
    """Precision, recall and F1 wherever they are defined."""
    tally = Tally()
    for number, (fires, flagged) in enumerate(truth):
        findings = (finding("gun", 3),) if flagged else ()
        tally.document(Seen(str(number), "a gun", Verdict(findings, ()), "fire" if fires else "clean"))
    should, did = zip(*truth, strict=True)
    found = quality(tally, 3)
    for share, oracle in ((found.precision, precision_score), (found.recall, recall_score)):
        expected = oracle(should, did, zero_division=math.nan)
        assert math.isnan(expected) if share is None else share.value == pytest.approx(expected)
    if any(should) or any(did):
        assert found.f1 == pytest.approx(f1_score(should, did, zero_division=0.0))
    else:
        assert found.f1 is None


def test_a_share_of_nothing_is_undefined() -> None:
    """None, and never 0."""
    assert wilson(0, 0) is None
    assert flagged_from(Tally(), 3) is None
    empty = quality(Tally(), 3)
    assert (empty.precision, empty.recall, empty.f1, empty.false_flags) == (None, None, None, None)
    assert agreement([]).kappa is None
    assert burden(Tally()).minutes_a_day is None
    assert all(row.fire is None for row in calibration(Tally()))


def finding(term: str, severity: int, rule: str = "word", matched: str = "gun") -> Finding:
    return Finding("weapons", "1", term, "gun", rule, "weapons", severity, 2, 5, matched, "because")


HELD = SuppressedFinding(finding("gun", 3), "allowed", "because")
DOCUMENTS = [
    ("a", "fire", (finding("gun", 3),)),
    ("b", "fire", (finding("gun", 4), finding("bomb", 2))),
    ("c", "fire", ()),
    ("d", "clean", (finding("gun", 3, matched="guns"),)),
    ("e", "clean", ()),
    ("f", "clean", (finding("bomb", 2),)),
    ("g", "low", (finding("gun", 3, "word, leet view"),)),
    ("h", "", (finding("gun", 5),)),
]


def tally_of(documents: list[tuple[str, str, tuple[Finding, ...]]]) -> Tally:
    tally = Tally()
    for name, label, findings in documents:
        verdict = Verdict(findings, () if findings else (HELD,))
        tally.document(Seen(name, "a gun in the shed", verdict, label, "typed" if label else "ocr", naive=True))
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
    assert [(row.term, row.false, row.true, row.documents, row.captured) for row in rows] == [
        ("weapons/gun", 2, 2, 5, 5),
        ("weapons/bomb", 1, 1, 2, 0),
    ]


def test_rates_and_sources() -> None:
    """A library's document counts once, with its highest severity; sources have their own denominators."""
    tally = tally_of(DOCUMENTS)
    (library,) = rates(tally.libraries, tally.documents)
    assert (library.flagged.count, library.captured.count, library.captured.of) == (6, 5, 8)
    assert {row.name: (row.captured.count, row.captured.of) for row in rates_by_source(tally)} == {
        "typed": (4, 7),
        "ocr": (1, 1),
    }


def test_the_ladder_goes_from_plain_search_to_captures() -> None:
    """Each stage counts what it would flag; suppressed words stood there and count until context."""
    steps = {step.stage: step for step in ladder(tally_of(DOCUMENTS))}
    assert {stage: step.flagged.count for stage, step in steps.items() if step.flagged} == {
        Stage.NAIVE: 8,
        Stage.BOUNDARY: 6,
        Stage.FORMS: 8,
        Stage.CONTEXT: 6,
        Stage.SEVERITY: 5,
    }
    assert steps[Stage.CONTEXT].fire is not None
    assert (steps[Stage.CONTEXT].fire.count, steps[Stage.CONTEXT].fire.of) == (2, 3)


def test_calibration_takes_labelled_documents_by_their_severity() -> None:
    """The one without a label counts nowhere."""
    shares = {row.severity: (row.fire.count, row.fire.of) for row in calibration(tally_of(DOCUMENTS)) if row.fire}
    assert shares == {2: (0, 1), 3: (1, 3), 4: (1, 1)}


def test_burden_is_arithmetic_on_what_is_assumed() -> None:
    """Characters make hours, hours make days, near-duplicates are one group."""
    tally = tally_of(DOCUMENTS)
    found = burden(tally, Assumptions(characters_an_hour=136, hours_a_day=2, people=10, seconds_a_group=30))
    assert (found.hours, found.captures, found.groups) == (1.0, 5, 1)
    assert (found.captures_a_day, found.groups_a_day, found.minutes_a_day) == (100.0, 20.0, 10.0)


def test_drift_tells_change_from_chance() -> None:
    """Two in eight and one in four thousand are not the same; the libraries are compared by their digest."""
    tally = tally_of(DOCUMENTS)
    then = Earlier(4000, dict.fromkeys(range(1, 6), 1), {"weapons/gun": 1, "old/term": 3}, "digest")
    found = drift(tally, then, "digest")
    assert found.same_libraries
    assert [row.name for row in found.terms] == ["weapons/gun", "weapons/bomb"]
    assert all(row.change is not None and row.change.real for row in found.severities if row.name.startswith("3"))


@given(st.permutations(DOCUMENTS), st.integers(0, len(DOCUMENTS)))
def test_parts_add_up_to_the_whole(documents: list[tuple[str, str, tuple[Finding, ...]]], cut: int) -> None:
    """However the corpus is cut and ordered, the tally is the same, samples included; and it survives being stored."""
    whole = tally_of(documents[:cut])
    whole.add(Tally.from_values(json.loads(json.dumps(tally_of(documents[cut:]).values()))))
    assert whole == tally_of(DOCUMENTS)


def test_counting_nothing_at_once_is_counting_it_one_by_one() -> None:
    """The short way for documents in which no term stands."""
    one_by_one, at_once = Tally(), Tally()
    for number in range(5):
        one_by_one.document(Seen(str(number), "words", Verdict((), ()), "clean", "typed", naive=number == 0))
    at_once.nothing(25, Counter({("clean", "typed", True): 1, ("clean", "typed", False): 4}))
    assert one_by_one == at_once


def test_samples_are_few_and_chosen_by_digest() -> None:
    """Four lines a term and label, the same ones whatever came first."""
    many = [(f"document {number}", "", (finding("gun", 3),)) for number in range(50)]
    shuffled = random.Random(1).sample(many, len(many))
    assert tally_of(many).terms["weapons/gun"].samples == tally_of(shuffled).terms["weapons/gun"].samples
    assert len(tally_of(many).terms["weapons/gun"].samples) == 4


def test_distinct_is_exact_while_few_and_close_when_many() -> None:
    """Within four standard errors of 200,000; parts add up."""
    draw = random.Random(5)
    numbers = [draw.getrandbits(64) for _ in range(200_000)]
    first, second = Distinct(), Distinct()
    for number in numbers[:3000]:
        first.add(number)
        first.add(number)
    assert (first.exact, first.count()) == (True, 3000)
    for number in numbers[2000:]:
        second.add(number)
    first.add_all(second)
    assert not first.exact
    assert abs(first.count() - len(numbers)) < 4 * len(numbers) / math.sqrt(KEPT - 2)
