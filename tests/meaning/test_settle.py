"""Severity moves by what the sentence means: bounded, only for marked terms, and explained."""

from datetime import UTC, datetime

import pytest

from engine.meaning.settle import ALONE, Meaning, steps
from engine.observation import Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Verdict
from tests.meaning.kit import TwoKinds, compiled, told_apart

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Fixture:
    """The same library by rules alone and with meaning."""

    def __init__(self) -> None:
        self.embedder = TwoKinds()
        self.rules = TextScreener(compiled())
        self.meaning = TextScreener(compiled(), meaning=Meaning(self.embedder, {"guns": told_apart()}))

    def both(self, text: str) -> tuple[Verdict, Verdict]:
        observation = TextObservation(text, Provenance.TYPED, "test", NOON)
        return self.rules.screen(observation), self.meaning.screen(observation)


@pytest.fixture(scope="module")
def screeners() -> Fixture:
    return Fixture()


def test_a_harmless_sentence_holds_the_word_back(screeners: Fixture) -> None:
    """It is listed as suppressed, with sentences that it reads like."""
    rules, settled = screeners.both("the glue gun is hot in the garden")
    assert rules.severity == 3
    assert not settled.findings
    (held,) = settled.suppressed
    assert held.reason == "meaning"
    assert "reads like “" in held.explanation
    assert "harmless" in held.explanation


def test_a_meant_sentence_fires_below_captures_where_rules_held_the_word_back(screeners: Fixture) -> None:
    """A model alone never makes a capture."""
    rules, settled = screeners.both("hide the rifle in the bag tonight")
    assert not rules.findings
    (found,) = settled.findings
    assert found.severity == ALONE
    assert "So it fires" in found.explanation
    assert not settled.suppressed


@pytest.mark.parametrize("text", ["buy a gun now", "hide the gun tonight"])
def test_nothing_is_raised_above_what_the_library_gives_it(screeners: Fixture, text: str) -> None:
    """What fires and is meant stays as it was, to the letter."""
    rules, settled = screeners.both(text)
    assert settled == rules
    assert rules.severity == 3


@pytest.mark.parametrize(
    ("text", "severity"),
    [("the glue pistol is hot", 3), ("museum pistol display", 3), ("a toy bullet for the kids made of lego", 2)],
)
def test_unmarked_terms_are_left_alone_and_marked_ones_move_no_further_than_allowed(
    screeners: Fixture, text: str, severity: int
) -> None:
    """`pistol` is not marked; `bullet` may move one step."""
    _, settled = screeners.both(text)
    assert settled.severity == severity


def test_exceptions_stand(screeners: Fixture) -> None:
    """What a harmless phrase held back stays so, however the sentence reads, and is not even embedded."""
    before = len(screeners.embedder.asked)
    rules, settled = screeners.both("buy top gun now and hide it tonight")
    assert settled == rules
    assert len(screeners.embedder.asked) == before


def test_texts_without_marked_terms_are_not_embedded(screeners: Fixture) -> None:
    """So they cost nothing more."""
    before = len(screeners.embedder.asked)
    for text in ("nothing here", "a pistol", "", "begun gunwale"):
        rules, settled = screeners.both(text)
        assert settled == rules
    assert len(screeners.embedder.asked) == before


def test_a_sentence_is_embedded_once_and_alone(screeners: Fixture) -> None:
    """Two words of one sentence ask once; what stands in other sentences is not part of it."""
    before = len(screeners.embedder.asked)
    screeners.both("A dull day. buy a gun and a rifle now! The garden is lovely.")
    assert screeners.embedder.asked[before:] == ["buy a gun and a rifle now"]


def test_disguised_words_are_embedded_as_the_library_writes_them(screeners: Fixture) -> None:
    """The model should not have to read disguises."""
    before = len(screeners.embedder.asked)
    screeners.both("hide the g.u.n tonight")
    assert screeners.embedder.asked[before:] == ["hide the gun tonight"]


@pytest.mark.parametrize(
    ("chance", "most", "moved"),
    [(0.0, 3, -3), (0.1, 3, -3), (0.101, 3, -1), (0.25, 3, -1), (0.26, 3, 0), (0.5, 3, 0), (0.74, 3, 0), (0.75, 2, 1),
     (0.89, 2, 1), (0.9, 2, 2), (1.0, 1, 1)],
)  # fmt: skip
def test_steps(chance: float, most: int, moved: int) -> None:
    """All steps where it is sure, one where it is inclined, none where it does not know."""
    assert steps(chance, most) == moved
