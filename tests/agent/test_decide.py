"""What becomes of what was found: captured, folded, counted, or nothing, each with a reason."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from agent.decide import Decider, Decision, Outcome, Policy
from engine.observation import Context, Provenance, TextObservation
from engine.verdict import Finding, Verdict

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def finding(term: str, severity: int = 3) -> Finding:
    return Finding("weapons", "1", term, term, "word", "weapons", severity, 0, 3, "gun", "because")


class Life:
    """A decider that is shown one window after the other."""

    def __init__(self) -> None:
        self.decider = Decider(Policy(), entropy=secrets.token_bytes)

    def show(self, title: str, *findings: Finding, after: float = 0.0) -> Decision:
        observation = TextObservation(
            "gun",
            Provenance.VISIBLE_WINDOW,
            "ocr",
            NOON + timedelta(minutes=after),
            Context(app="Browser", title=title),
        )
        return self.decider.decide(observation, Verdict(findings, ()))


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ((), Outcome.NOTHING),
        ((finding("gun", 1),), Outcome.COUNT),
        ((finding("gun", 2),), Outcome.COUNT),
        ((finding("gun", 3),), Outcome.CAPTURE),
        ((finding("gun", 2), finding("knife", 5)), Outcome.CAPTURE),
    ],
)
def test_severity_decides(findings: tuple[Finding, ...], outcome: Outcome) -> None:
    """From the floor on it is captured; what is below only counts."""
    decision = Life().show("A page", *findings)
    assert decision.outcome is outcome
    assert decision.reason
    assert bool(decision.group) is (outcome is Outcome.CAPTURE)


def test_the_same_again_is_folded_into_its_group() -> None:
    """One group for one window, and a new word in it is captured into the same group."""
    life = Life()
    first = life.show("A page", finding("gun"))
    again = life.show("A page", finding("gun"), after=1)
    more = life.show("A page", finding("gun"), finding("knife"), after=2)
    assert (again.outcome, again.group) == (Outcome.FOLD, first.group)
    assert (more.outcome, more.group) == (Outcome.CAPTURE, first.group)


def test_another_window_is_another_group() -> None:
    """Groups belong to windows."""
    life = Life()
    first, other = life.show("A page", finding("gun")), life.show("Another", finding("gun"))
    assert other.outcome is Outcome.CAPTURE
    assert other.group != first.group


@pytest.mark.parametrize(("minutes", "outcome"), [(9.9, Outcome.FOLD), (10.0, Outcome.FOLD), (10.1, Outcome.CAPTURE)])
def test_after_a_while_it_is_captured_anew(minutes: float, outcome: Outcome) -> None:
    """Ten minutes without the words make a new group."""
    life = Life()
    life.show("A page", finding("gun"))
    assert life.show("A page", finding("gun"), after=minutes).outcome is outcome


def test_a_title_is_not_kept_readable() -> None:
    """The memory of groups holds digests."""
    life = Life()
    life.show("MARKERWORD", finding("gun"))
    assert "MARKERWORD" not in repr(life.decider._groups)
