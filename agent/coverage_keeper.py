"""Counts coverage while the agent runs, and the time before it; seals a record each quarter of an hour and at the end.

What was pending when the agent was killed is sealed at the next start, from the state folder.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent import coverage_file, run_of_system
from agent.coverage import Minutes, Sight
from agent.coverage_file import Kept
from agent.passing_time import Passed
from agent.recorder import Recorder
from agent.state import StateFolder
from evidence.coverage import CoverageRecord, State

SAVED = 15.0
"""Seconds between two savings of what is pending."""
LATE = timedelta(minutes=2)
"""Time after log-on in which the agent has to be up."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the time before this start."""

    boot: str
    """This run of the system."""
    cut_off: bool
    """Whether the run before did not end by itself."""
    booted: datetime
    logged_in: datetime | None


class CoverageKeeper:
    """Coverage of one run of the agent."""

    def __init__(self, state: StateFolder, recorder: Recorder, before: Before, now: datetime) -> None:
        """Seal what is pending, and account for the time since the last run."""
        self._file, self._day_file = state.coverage_file, state.day_file
        self._recorder, self._boot = recorder, before.boot
        self._kept = coverage_file.read(self._file)
        if self._kept.pending is not None:
            self._sealed(self._kept.pending)
        until = self._kept.until
        self._minutes = Minutes(now if until is None or until > now else until)
        for moment, silent in silence(self._kept, before, now):
            self._minutes.skip(moment, silent)
        self._unsaved = 0.0
        self._kept = replace(self._kept, ended=None, boot=before.boot)
        self._seal(now)

    def add(self, went_by: Passed, sight: Sight, now: datetime) -> None:
        """Count what went by since the last look."""
        self._minutes.add(went_by, sight)
        if went_by.moved:
            self._seal(now)
            self._minutes.start_anew(now)
        elif self._minutes.due():
            self._seal(self._minutes.until)
        self._unsaved += went_by.ran + went_by.held + went_by.asleep
        if self._unsaved >= SAVED:
            self._save()

    def end(self) -> None:
        """Seal the rest; remember how the run ended."""
        self._seal(self._minutes.until)
        ended = State.OFF if run_of_system.is_ending() else State.STOPPED
        self._kept = replace(self._kept, ended=ended)
        self._save()

    def _seal(self, since: datetime) -> None:
        """Seal all that is pending, in several records where it is more than one may hold."""
        while (record := self._minutes.record()) is not None:
            self._sealed(record)
            if record.until >= self._minutes.until - timedelta(milliseconds=1):
                break
            self._minutes.drop(record.until)
        self._minutes.start_anew(since)
        self._save()

    def _sealed(self, record: CoverageRecord) -> None:
        self._recorder.coverage(record)
        self._kept = self._kept.with_record(record)
        with suppress(OSError):  # a full disk: the minutes are in the record, and the person is told the sums
            coverage_file.keep_day(self._day_file, record)

    def _save(self) -> None:
        self._unsaved = 0.0
        self._kept = replace(self._kept, until=self._minutes.since)
        with suppress(OSError):  # a full disk: it is saved anew in a moment, and what is sealed is safe
            coverage_file.write(self._file, replace(self._kept, pending=self._minutes.record()))


def silence(kept: Kept, before: Before, now: datetime) -> Iterator[tuple[datetime, State | None]]:
    """Yield up to when the time since the last run was in which state; None: nobody knows."""
    if kept.until is None or kept.until >= now:
        return
    if kept.boot == before.boot:
        yield now, State.DOWN if before.cut_off else kept.ended or State.STOPPED
        return
    yield min(before.booted, now), None if before.cut_off else kept.ended or State.STOPPED
    logged_in = before.logged_in or now
    up = logged_in if now - logged_in > LATE else now
    yield min(up, now), State.OFF
    yield now, State.DOWN
