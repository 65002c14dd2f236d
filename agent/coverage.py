"""Keeps the minutes: what each second was, which source could see in it, and why not. Makes coverage records of them.

Nothing observed is in here. The minutes since the last record are kept in the state folder as well, so that a killed
agent loses none of them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.passing_time import Passed
from evidence.coverage import MINUTE, MOST_MINUTES, Column, CoverageRecord, State, first_minute, minute_lengths

BATCH = timedelta(minutes=15)
"""How much time one record tells of, so that there are few of them."""
IN_USE = 60.0
"""Seconds since the last key or movement of the pointer for which the device counts as in use."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How things stand at a look: what the time since the last one was, who could see, and why not."""

    state: State
    seeing: frozenset[str] = frozenset()
    """Sources that can see."""
    reasons: frozenset[str] = frozenset()
    """What keeps the agent from seeing all or part of what is shown while the device is in use."""


@dataclass(slots=True)
class _Minute:
    states: dict[State, float] = field(default_factory=lambda: defaultdict(float))
    sources: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    reasons: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Minutes:
    """The minutes since the last record."""

    def __init__(self, since: datetime) -> None:
        """Begin at a moment."""
        self.since = self.until = since
        self._minutes: dict[datetime, _Minute] = {}

    def add(self, went_by: Passed, sight: Sight) -> None:
        """Count what went by; time in which the agent did not run has a state of its own."""
        self._spread(went_by.asleep, Sight(State.ASLEEP))
        self._spread(went_by.held, Sight(State.SUSPENDED))
        self._spread(went_by.ran, sight)

    def skip(self, until: datetime, state: State | None) -> None:
        """Count all time until a moment as one state; None: unexplained."""
        seconds = (until - self.until).total_seconds()
        if seconds > 0 and state is not None:
            self._spread(seconds, Sight(state))
        self.until = max(self.until, until)

    def due(self) -> bool:
        """Return whether there is enough for a record."""
        return self.until - self.since >= BATCH

    def record(self) -> CoverageRecord | None:
        """Return the record so far; None where no time has gone by."""
        since, until = _whole(self.since), _whole(self.until)
        if until <= since:
            return None
        until = min(until, since + MOST_MINUTES * MINUTE)
        lengths = minute_lengths(since, until)
        first = first_minute(since)
        minutes = [self._minutes.get(first + n * MINUTE, _Minute()) for n in range(len(lengths))]
        whole = [_rounded(one.states, length) for one, length in zip(minutes, lengths, strict=True)]
        return CoverageRecord(
            since,
            until,
            {state: column for state in State if any(column := tuple(one.get(state, 0) for one in whole))},
            _columns([one.sources for one in minutes], lengths),
            _columns([one.reasons for one in minutes], lengths),
        )

    def drop(self, until: datetime) -> None:
        """Forget what was recorded up to a moment, and keep what came after."""
        self._minutes = {minute: one for minute, one in self._minutes.items() if minute >= first_minute(until)}
        self.since = until

    def start_anew(self, since: datetime) -> None:
        """Forget what was recorded. `since` is another moment than the last one where the clock was set."""
        self.since = self.until = since
        self._minutes = {}

    def _spread(self, seconds: float, sight: Sight) -> None:
        left = timedelta(seconds=seconds)
        while left > timedelta(0):
            minute = first_minute(self.until)
            part = min(left, minute + MINUTE - self.until)
            self._count(self._minutes.setdefault(minute, _Minute()), part.total_seconds(), sight)
            self.until += part
            left -= part

    @staticmethod
    def _count(minute: _Minute, seconds: float, sight: Sight) -> None:
        minute.states[sight.state] += seconds
        for source in sight.seeing:
            minute.sources[source] += seconds
        if sight.state in (State.WATCHED, State.UNWATCHED):
            for reason in sight.reasons:
                minute.reasons[reason] += seconds


def _whole(moment: datetime) -> datetime:
    """Records know milliseconds."""
    return moment - timedelta(microseconds=moment.microsecond % 1000)


def _rounded(exact: Mapping[State, float], length: int) -> dict[State, int]:
    """Round to whole seconds so that the sum stays what it was, a begun second counted whole."""
    excess = max(1.0, sum(exact.values()) / length)  # a minute that was cut into two records
    exact = {state: seconds / excess for state, seconds in exact.items()}
    total = min(length, math.ceil(sum(exact.values()) - 0.01))
    found = {state: int(seconds) for state, seconds in exact.items()}
    by_rest = sorted(exact, key=lambda state: exact[state] - int(exact[state]), reverse=True)
    for state in by_rest[: max(0, total - sum(found.values()))]:
        found[state] += 1
    return found


def _columns(minutes: Iterable[Mapping[str, float]], lengths: Column) -> dict[str, Column]:
    kept = list(minutes)
    names = sorted({name for one in kept for name in one})
    columns = {
        name: tuple(min(length, round(one.get(name, 0.0))) for one, length in zip(kept, lengths, strict=True))
        for name in names
    }
    return {name: column for name, column in columns.items() if any(column)}
