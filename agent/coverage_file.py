"""What the state folder keeps of coverage: minutes that are in no record yet, and sums of each day for the status.

The device's user may read and change this file; what was sealed does not depend on it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from agent.state import write_replaced
from evidence.coverage import CoverageRecord, CoverageSummary, State, summarise
from evidence.errors import FormatError

KEPT_DAYS = 31
_Name = TypeVar("_Name")
_STATES = {state.value: state for state in State}


@dataclass(frozen=True, slots=True)
class Day:
    """Seconds of one day (UTC), by the moment at which each record began."""

    states: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    unexplained: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The file's content."""

    until: datetime | None = None
    """Up to when all is recorded; None: nothing is known."""
    ended: State | None = None
    """The state in which an orderly end left the device; None: it runs, or was cut off."""
    boot: str | None = None
    """The run of the system in which the file was written."""
    pending: CoverageRecord | None = None
    """Minutes that are in no sealed record yet."""
    days: Mapping[str, Day] = field(default_factory=dict)

    def summary(self, since: datetime) -> CoverageSummary:
        """Add up all days from that of `since` on, and what is pending."""
        days = [day for name, day in self.days.items() if name >= _day(since)]
        pending = summarise([self.pending] if self.pending is not None else [])
        states = [{_STATES[name]: seconds for name, seconds in day.states.items()} for day in days]
        return CoverageSummary(
            _added([*states, pending.states]),
            _added([*(day.reasons for day in days), pending.reasons]),
            sum(day.unexplained for day in days) + pending.unexplained,
        )

    def with_record(self, record: CoverageRecord) -> "Kept":
        """Return this with a sealed record counted in its day, and old days forgotten."""
        name, total = _day(record.since), summarise([record])
        before = self.days.get(name, Day())
        states = {state.value: seconds for state, seconds in total.states.items()}
        day = Day(
            _added([before.states, states]),
            _added([before.reasons, total.reasons]),
            before.unexplained + total.unexplained,
        )
        oldest = _day(record.until - timedelta(days=KEPT_DAYS))
        days = {one: kept for one, kept in self.days.items() if one >= oldest} | {name: day}
        return Kept(record.until, self.ended, self.boot, None, days)


def read(path: Path) -> Kept:
    """Return what was kept; nothing where the file is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        days = {name: Day(**day) for name, day in found["days"].items()}
        if any(name not in _STATES for day in days.values() for name in day.states):
            return Kept()
        pending = found["pending"]
        return Kept(
            None if found["until"] is None else datetime.fromisoformat(found["until"]),
            None if found["ended"] is None else State(found["ended"]),
            found["boot"],
            None if pending is None else CoverageRecord.from_bytes(pending.encode("ascii")),
            days,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, FormatError):
        return Kept()


def write(path: Path, kept: Kept) -> None:
    """Replace the file in one step."""
    days = {
        name: {"states": dict(day.states), "reasons": dict(day.reasons), "unexplained": day.unexplained}
        for name, day in kept.days.items()
    }
    value = {
        "until": None if kept.until is None else kept.until.isoformat(),
        "ended": None if kept.ended is None else kept.ended.value,
        "boot": kept.boot,
        "pending": None if kept.pending is None else kept.pending.to_bytes().decode("ascii"),
        "days": days,
    }
    write_replaced(path, json.dumps(value).encode())


def keep_day(path: Path, record: CoverageRecord) -> None:
    """Add a sealed record to the minutes of the last day, and forget what is older. Raises OSError."""
    oldest = record.until - timedelta(days=1)
    records = [*(one for one in read_day(path) if one.until > oldest), record]
    write_replaced(path, b"".join(one.to_bytes() + b"\n" for one in records))


def read_day(path: Path) -> list[CoverageRecord]:
    """Return the records of the last day, oldest first; those that can be read."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        with suppress(FormatError):
            found.append(CoverageRecord.from_bytes(line))
    return found


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _added(parts: Iterable[Mapping[_Name, int]]) -> dict[_Name, int]:
    found: dict[_Name, int] = {}
    for name, seconds in _items(parts):
        found[name] = found.get(name, 0) + seconds
    return found


def _items(parts: Iterable[Mapping[_Name, int]]) -> Iterator[tuple[_Name, int]]:
    for part in parts:
        yield from part.items()
