"""How the agent stands, in words for the person who is monitored and for the officer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from agent import coverage_file
from agent.state import Enrolment, StateFolder, Status
from evidence.authority import Authority, read_authority
from evidence.coverage import CoverageRecord
from evidence.errors import AuthorityError
from evidence.sources import SOURCES
from overt.coverage_text import Stretch, coverage_lines, stretch_line, stretches

STATES = {
    "starting": "It is starting.",
    "waiting-for-notice": "It waits for the notice to be confirmed. Nothing is watched yet.",
    "watching": "This computer is monitored now.",
    "paused": "It runs, and watches nothing at the moment.",
    "stopped": "It is not running. Nothing is watched.",
}

LOOK_BACK = timedelta(days=6)
"""Today and the six days before."""


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """What can be told without the server. Times are RFC 3339; None: not known."""

    state: str
    reason: str
    badge: bool
    captures: int
    spooled: int
    delivered: int
    last_report: str | None
    device: str
    case: str
    server: str
    authority_until: str | None
    issued_by: str | None
    contact: str | None
    watched: tuple[str, ...]
    coverage: tuple[str, ...]
    """The last seven days in sentences."""
    in_use: int
    """Seconds of the last seven days in which this computer was in use while the agent ran."""
    share_watched: float | None
    unexplained: int
    """Seconds of the last seven days of which nobody knows."""
    libraries: int
    """Version of the published set of libraries in use; 0: those that came with this version."""
    asked: str | None
    """When the server was asked for newer libraries the last time."""
    libraries_problem: str
    """Why the newest libraries are not in use; empty where they are."""
    troubles: tuple[str, ...] = ()
    """Sources that are permitted and cannot see now, each with the reason."""
    minutes: tuple[Stretch, ...] = ()
    """The last day minute by minute, those that were alike as one; empty where it was not asked for."""


def read_status(root: Path, *, minutes: bool = False) -> AgentStatus:
    """Return how the agent of this state folder stands, with its `minutes` or without; raises NotEnrolledError."""
    state = StateFolder(root)
    enrolment = state.enrolment()
    found = state.status() or Status("stopped", process=0)
    running = found.state != "stopped" and psutil.pid_exists(found.process)
    authority = _authority(state, enrolment)
    terms = None if authority is None else authority.terms
    coverage = coverage_file.read(state.coverage_file).summary(datetime.now(UTC) - LOOK_BACK)
    return AgentStatus(
        state=found.state if running else "stopped",
        reason=found.reason if running or found.state == "stopped" else "it was ended from outside",
        badge=found.badge and running,
        captures=found.captures,
        spooled=found.spooled,
        delivered=found.delivered,
        last_report=found.last_report,
        device=enrolment.device,
        case=enrolment.case,
        server=enrolment.server,
        authority_until=None if terms is None else terms.not_after.isoformat(timespec="minutes"),
        issued_by=None if terms is None else terms.issued_by,
        contact=None if terms is None else terms.contact,
        watched=() if terms is None else terms.sources,
        coverage=tuple(coverage_lines(coverage)),
        in_use=coverage.in_use,
        share_watched=coverage.share_watched,
        unexplained=coverage.unexplained,
        libraries=found.libraries,
        asked=found.asked,
        libraries_problem=found.libraries_problem,
        troubles=tuple(map(str, found.troubles)) if running and isinstance(found.troubles, list) else (),
        minutes=tuple(stretches(_last_day(state))) if minutes else (),
    )


def describe(status: AgentStatus) -> Iterator[str]:
    """Say it in plain lines. Which moment was captured is not among them."""
    yield STATES.get(status.state, status.state)
    if status.reason:
        yield f"  Reason       {status.reason}"
    yield f"  Case         {status.case} (this device: {status.device})"
    if status.authority_until is None:
        yield "  Authority    none that is valid is on this computer"
    else:
        yield f"  Authority    until {_moment(status.authority_until)}, issued by {status.issued_by}"
        yield f"  Watched      {'; '.join(SOURCES.get(one, one) for one in status.watched)}"
        yield f"  Questions    {status.contact}"
    for trouble in status.troubles:
        yield f"  Not seeing   {trouble}. It is tried again; overt agent doctor says what to do"
    last = "not since it started" if status.last_report is None else _moment(status.last_report)
    for number, line in enumerate(status.coverage):
        yield f"  {'' if number else 'Last 7 days':<12} {line}"
    yield f"  Libraries    {libraries_line(status.libraries, status.libraries_problem)}"
    yield f"  Last report  {last}"
    yield f"  Waiting      {status.spooled} sealed records to be delivered to {status.server}"
    if status.minutes:
        yield "  The last day, minute by minute:"
    for one in status.minutes:
        yield f"    {stretch_line(one)}"


def libraries_line(version: int, problem: str = "") -> str:
    """Say which libraries are in use, and why not the newest."""
    in_use = f"set {version} from the server" if version else "those that came with this version"
    return f"{in_use}. Nothing newer: {problem}" if problem else in_use


def _last_day(state: StateFolder) -> list[CoverageRecord]:
    pending = coverage_file.read(state.coverage_file).pending
    return [*coverage_file.read_day(state.day_file), *([] if pending is None else [pending])]


def _authority(state: StateFolder, enrolment: Enrolment) -> Authority | None:
    try:
        return read_authority(state.authority_file.read_bytes(), issuer_key=bytes.fromhex(enrolment.issuer_key))
    except (FileNotFoundError, AuthorityError):
        return None


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%d %B %Y, %H:%M}"
