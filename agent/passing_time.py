"""What went by between two looks of the agent: time it ran, slept or was held, and whether the clock was set.

The wall clock can be set, the monotonic clock cannot; the system knows how long it slept. What is left when the agent's
own pause and the sleep are taken off was spent stopped (SIGSTOP, a debugger, a frozen container) or starved.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

HELD = 5.0
"""Seconds between two looks from which the agent counts as held: some twenty looks that did not happen."""
SLEPT = 1.0
MOVED = 2.0
"""Seconds by which the wall clock may drift or be slewed without counting as set."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Three clocks read together."""

    now: datetime
    monotonic_ns: int
    """Stands still while the system sleeps."""
    asleep_ns: int
    """How long the system has slept since it was started."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What went by since the last look, in seconds. One of `ran` and `held` is zero."""

    since: datetime
    """By the wall clock as it stood then."""
    until: datetime
    ran: float
    held: float = 0.0
    asleep: float = 0.0
    moved: float = 0.0
    """By how much the wall clock was set, forward or (negative) back."""


def passed(before: Moment, after: Moment) -> Passed:
    """Tell what went by between two moments."""
    awake = (after.monotonic_ns - before.monotonic_ns) / 1e9
    asleep = max(0.0, (after.asleep_ns - before.asleep_ns) / 1e9)
    asleep = asleep if asleep >= SLEPT else 0.0
    moved = (after.now - before.now).total_seconds() - awake - asleep
    held = awake >= HELD
    return Passed(
        since=before.now,
        until=before.now + timedelta(seconds=awake + asleep),
        ran=0.0 if held else awake,
        held=awake if held else 0.0,
        asleep=asleep,
        moved=moved if abs(moved) >= MOVED else 0.0,
    )
