"""What flags mean for the people: hits an hour of use, captures a day for an officer, minutes of review.

Every number that is not counted is an assumption with its source, to be replaced by the reader's own.
"""

from dataclasses import dataclass

from engine.evaluate.tally import CAPTURED, Tally


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed about use and review."""

    characters_an_hour: float = 84_000
    """Characters that a person reads in an hour: 238 words a minute (Brysbaert 2019) of 5.9 characters."""
    hours_a_day: float = 4
    """Hours that a person uses the device in a day."""
    people: float = 30
    """People that an officer has (FIELD R6)."""
    seconds_a_group: float = 20
    """Seconds that a decision on one group of near-identical captures takes."""


USUAL = Assumptions()


@dataclass(frozen=True, slots=True)
class Burden:
    """What an officer gets to do. None where the corpus has no text."""

    hours: float
    """Hours of use that the corpus stands for."""
    hits_an_hour: float | None
    captures: int
    """Documents captured; `groups` after near-duplicates are folded."""
    groups: int
    groups_exact: bool
    captures_a_day: float | None
    """For an officer with all his people, before folding; `groups_a_day` after."""
    groups_a_day: float | None
    minutes_a_day: float | None


def burden(tally: Tally, assumed: Assumptions = USUAL) -> Burden:
    """Return what the flags of a corpus ask of people."""
    hours = tally.characters / assumed.characters_an_hour
    captures = sum(count for severity, count in tally.flagged.items() if severity >= CAPTURED)
    groups = tally.groups.count()
    if not hours:
        return Burden(0.0, None, captures, groups, tally.groups.exact, None, None, None)
    a_day = assumed.hours_a_day * assumed.people / hours
    return Burden(
        hours=hours,
        hits_an_hour=tally.hits / hours,
        captures=captures,
        groups=groups,
        groups_exact=tally.groups.exact,
        captures_a_day=captures * a_day,
        groups_a_day=groups * a_day,
        minutes_a_day=groups * a_day * assumed.seconds_a_group / 60,
    )
