"""The coverage record: minute by minute, what the device could see, and why not where it could not.

Each second between `since` and `until` is in one state or in none; those in none are unexplained. Columns have one
number for each minute of the UTC clock that the record touches, and are stored as runs of equal numbers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import groupby
from typing import TypeAlias

from evidence import canonical
from evidence.canonical import Value
from evidence.errors import FormatError
from evidence.fields import NAME, Fields, format_time

FORMAT = "overt-coverage-1"
MINUTE = timedelta(minutes=1)
MOST_MINUTES = 31 * 24 * 60
"""Minutes that one record may span; a longer silence is told in several."""
COVERAGE_LIMIT = 2**20
_MOST_COLUMNS = 64
_PLACE = "coverage"

Column: TypeAlias = tuple[int, ...]
"""Seconds, one number for each minute."""


class State(Enum):
    """What a second of the device was. A second is in one state at most."""

    WATCHED = "watched"
    """In use, and what was shown could be seen."""
    UNWATCHED = "unwatched"
    """In use, and could not be seen; `reasons` say why."""
    IDLE = "idle"
    """Switched on and unlocked; nobody touched it."""
    LOCKED = "locked"
    ASLEEP = "asleep"
    OTHER_ACCOUNT = "other-account"
    """An account that the authority does not name was in front: not watched, as it should be."""
    STOPPED = "stopped"
    """The agent had been stopped in an orderly way."""
    OFF = "off"
    """The system itself did not run."""
    DOWN = "down"
    """The system ran, the agent did not: it was ended from outside."""
    SUSPENDED = "suspended"
    """The agent was held still from outside, or the system was too busy to let it run."""


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """What could be seen from `since` until `until`. Columns of zeros only are left out."""

    since: datetime
    until: datetime
    states: Mapping[State, Column]
    sources: Mapping[str, Column] = field(default_factory=dict)
    """For each source of the authority: seconds in which it could see."""
    reasons: Mapping[str, Column] = field(default_factory=dict)
    """For each reason: seconds in use in which it kept the agent from seeing. Reasons may overlap."""

    @property
    def lengths(self) -> Column:
        """Return the seconds of each minute that the record spans, a begun second counted whole."""
        return minute_lengths(self.since, self.until)

    @property
    def unexplained(self) -> Column:
        """Return the seconds of each minute that are in no state."""
        known = tuple(self.states.values())
        return tuple(length - sum(column[minute] for column in known) for minute, length in enumerate(self.lengths))

    def to_bytes(self) -> bytes:
        """Return the stored form; raises FormatError for what the format does not allow."""
        data = canonical.encode(_spell(self), place=_PLACE)
        CoverageRecord.from_bytes(data)
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> "CoverageRecord":
        """Read the stored form strictly; raises FormatError."""
        fields = Fields(canonical.decode(data, place=_PLACE, limit=COVERAGE_LIMIT), _PLACE)
        fields.constant("format", FORMAT)
        since, until = fields.time("since"), fields.time("until")
        lengths = _lengths(since, until)
        columns = {name: _columns(fields, name, lengths) for name in ("states", "sources", "reasons")}
        fields.done()
        record = cls(since, until, _states(columns["states"]), columns["sources"], columns["reasons"])
        if any(seconds < 0 for seconds in record.unexplained):
            raise FormatError(f"{_PLACE}.states", "more seconds in a minute than it has")
        return record


@dataclass(frozen=True, slots=True)
class CoverageSummary:
    """Seconds, added up."""

    states: Mapping[State, int]
    reasons: Mapping[str, int]
    unexplained: int

    @property
    def in_use(self) -> int:
        """Seconds in which the device was in use."""
        return self.states.get(State.WATCHED, 0) + self.states.get(State.UNWATCHED, 0)

    @property
    def share_watched(self) -> float | None:
        """Share of the time in use that could be seen; None where it was not in use."""
        return self.states.get(State.WATCHED, 0) / self.in_use if self.in_use else None


def summarise(records: Iterable[CoverageRecord]) -> CoverageSummary:
    """Add up the seconds of records that do not overlap."""
    states: dict[State, int] = {}
    reasons: dict[str, int] = {}
    unexplained = 0
    for record in records:
        unexplained += sum(record.unexplained)
        for state, column in record.states.items():
            states[state] = states.get(state, 0) + sum(column)
        for reason, column in record.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + sum(column)
    return CoverageSummary(states, reasons, unexplained)


def first_minute(moment: datetime) -> datetime:
    """Return the beginning of the minute that a moment lies in."""
    return moment.replace(second=0, microsecond=0)


def minute_lengths(since: datetime, until: datetime) -> Column:
    """Return how many seconds of [since, until) lie in each minute that it touches, a begun second counted whole."""
    begin = since - first_minute(since)
    end = begin + (until - since)
    parts = (min(end, (n + 1) * MINUTE) - max(begin, n * MINUTE) for n in range(-(-end // MINUTE)))
    return tuple(-(-part // timedelta(seconds=1)) for part in parts)


def _lengths(since: datetime, until: datetime) -> Column:
    if not timedelta(0) < until - since <= MOST_MINUTES * MINUTE:
        raise FormatError(f"{_PLACE}.until", f"not after since, or more than {MOST_MINUTES} minutes after it")
    return minute_lengths(since, until)


def _spell(record: CoverageRecord) -> Value:
    states = {state.value: column for state, column in record.states.items()}
    return {
        "format": FORMAT,
        "since": format_time(record.since),
        "until": format_time(record.until),
        "states": _spell_columns(states),
        "sources": _spell_columns(record.sources),
        "reasons": _spell_columns(record.reasons),
    }


def _spell_columns(columns: Mapping[str, Column]) -> Value:
    return {name: [list(run) for run in _runs(column)] for name, column in columns.items() if any(column)}


def _runs(column: Column) -> Iterator[tuple[int, int]]:
    """Yield how often in a row which number stands there."""
    for seconds, run in groupby(column):
        yield sum(1 for _ in run), seconds


def _states(columns: Mapping[str, Column]) -> dict[State, Column]:
    try:
        return {State(name): column for name, column in columns.items()}
    except ValueError:
        allowed = ", ".join(state.value for state in State)
        raise FormatError(f"{_PLACE}.states", f"a state that is none of {allowed}") from None


def _columns(fields: Fields, name: str, lengths: Column) -> dict[str, Column]:
    value, place = fields.take(name), fields.at(name)
    if not isinstance(value, Mapping) or len(value) > _MOST_COLUMNS:
        raise FormatError(place, f"not an object of at most {_MOST_COLUMNS} columns")
    found = {}
    for key, runs in value.items():
        if not NAME.fullmatch(key):
            raise FormatError(f"{place}.{key}", f"not of the form {NAME.pattern}")
        found[key] = _column(runs, f"{place}.{key}", lengths)
    return found


def _column(value: Value, place: str, lengths: Column) -> Column:
    if not isinstance(value, list) or not value:
        raise FormatError(place, "not a list of runs")
    column: list[int] = []
    before: int | None = None
    for run in value:
        count, seconds = _run(run, place, len(lengths) - len(column))
        if seconds == before:
            raise FormatError(place, "two runs of one number that should be one")
        column += [seconds] * count
        before = seconds
    if len(column) != len(lengths) or any(one > most for one, most in zip(column, lengths, strict=True)):
        raise FormatError(place, "not one number for each minute, or more seconds than a minute has")
    if not any(column):
        raise FormatError(place, "a column of zeros")
    return tuple(column)


def _run(value: Value, place: str, most: int) -> Sequence[int]:
    if isinstance(value, list) and len(value) == 2 and all(type(number) is int for number in value):
        count, seconds = value
        if isinstance(count, int) and isinstance(seconds, int) and 1 <= count <= most and 0 <= seconds <= 60:
            return count, seconds
    raise FormatError(place, "not a run: [how often, seconds]")
