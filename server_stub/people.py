"""The person of a case, as far as headers tell: silence, hours alive, captures by hour, what else was recorded.

What the records say is sealed; the officer's browser opens it and puts both together. Every query takes a Principal.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub import audit
from server_stub.access import Principal, note, own_cases, refuse
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.place import Place
from server_stub.presence import beginning_of, hour_of
from server_stub.tables import Absence, CaptureGroup, Case, Device, Presence, Record, Silence

LONGEST_TIMELINE = timedelta(days=100)
LONGEST_ABSENCE = timedelta(days=366)
MOST_RECORDS = 20_000
"""Records of a timeline; the newest are given, and `more` says that there are older ones."""
LEAD_UP = 60
"""Records before a capture that are given, heartbeats not counted."""
_TOLD = (Kind.COVERAGE.value, Kind.EVENT.value, Kind.GAP.value, Kind.NOTE.value)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence, and the moment that it is about; None where there is none."""

    words: str
    at: str | None


@dataclass(frozen=True, slots=True)
class DeviceStanding:
    """What a device's silence seems to be. `last_at`: None where nothing came yet."""

    device: str
    meaning: str
    severity: int
    since: datetime
    evidence: tuple[Evidence, ...]
    judged_at: datetime
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """A time away. `note` is as the browser sealed it."""

    id: str
    since: datetime
    until: datetime
    officer: str
    note: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """One case in the list."""

    case: str
    devices: tuple[DeviceStanding, ...]
    absences: tuple[AbsenceView, ...]
    waiting: int
    """Captures that wait for a decision."""


@dataclass(frozen=True, slots=True)
class CaptureHour:
    """Captures of one severity in one hour of the UTC clock."""

    device: str
    begin: datetime
    severity: int
    captures: int


@dataclass(frozen=True, slots=True)
class Alive:
    """An hour of the UTC clock in which a device was alive."""

    device: str
    begin: datetime
    beats: int
    late: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record that the browser may open: coverage, an event, a gap, a note."""

    place: Place
    kind: str
    severity: int
    recorded_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of a person from headers. `more`: older records of this time were left out."""

    captures: Sequence[CaptureHour]
    alive: Sequence[Alive]
    records: Sequence[Sealed]
    more: bool


@dataclass(frozen=True, slots=True)
class AbsenceWish:
    """A time away to be noted. The id comes from the browser: sent twice, it counts once."""

    id: str
    case: str
    since: datetime
    until: datetime
    note: bytes | None = field(repr=False)


class People:
    """Lists people, tells one's timeline, and notes absences."""

    def __init__(self, database: Database) -> None:
        """Work in this database."""
        self._database = database

    def listed(self, principal: Principal) -> list[Person]:
        """Return the people of the officer's cases: the silence that needs somebody most comes first."""
        with self._database.reading() as session:
            cases = session.scalars(select(Case).where(Case.id.in_(own_cases(principal))).order_by(Case.created_at))
            people = [_person(session, one) for one in cases]
        return sorted(people, key=lambda one: -max((device.severity for device in one.devices), default=0))

    def timeline(self, principal: Principal, case: str, since: datetime, until: datetime) -> Timeline:
        """Return what headers tell of a case between two moments; the view is an entry of the audit chain.

        Raises:
            NotFoundError: not the officer's case; the try is noted.
            UnacceptableError: a time that is none, or longer than LONGEST_TIMELINE.
        """
        if not since < until or until - since > LONGEST_TIMELINE:
            raise UnacceptableError(f"a timeline ends after it begins, within {LONGEST_TIMELINE.days} days")
        with self._database.writing() as session:
            known = _is_own(session, principal, case)
            if known:
                note(session, principal, "view-person", case)
        if not known:
            refuse(self._database, principal, action="view-person", subject=case)
        with self._database.reading() as session:
            records = _records(session, case, since, until)
            return Timeline(
                captures=_captures(session, case, since, until),
                alive=_alive(session, case, since, until),
                records=records[:MOST_RECORDS],
                more=len(records) > MOST_RECORDS,
            )

    def lead_up(self, principal: Principal, place: Place) -> list[Sealed]:
        """Return a record and what stands before it in its device's chain, oldest first, heartbeats left out.

        Raises NotFoundError, and notes the try.
        """
        query = select(Record).where(
            Record.device_id == place.device,
            Record.epoch == place.epoch,
            Record.seq <= place.seq,
            Record.kind != Kind.HEARTBEAT.value,
            Record.tombstone.is_(None),
            Record.case_id.in_(own_cases(principal)),
        )
        with self._database.writing() as session:
            found = session.scalars(query.order_by(Record.seq.desc()).limit(LEAD_UP + 1)).all()
            known = bool(found) and found[0].seq == place.seq
            outcome = Outcome.DONE if known else Outcome.REFUSED
            audit.write(
                session, at=principal.at, actor=principal.officer, action="list-lead-up", subject=str(place),
                outcome=outcome,
            )  # fmt: skip
        if not known:
            raise NotFoundError("there is no such record")
        return [_sealed(one) for one in reversed(found)]

    def note_absence(self, principal: Principal, wish: AbsenceWish) -> None:
        """Note that the person of a case is away; the same note again changes nothing.

        Raises:
            NotFoundError: not the officer's case; the try is noted.
            UnacceptableError: a time that is none, or longer than a year.
        """
        if not wish.since < wish.until or wish.until - wish.since > LONGEST_ABSENCE:
            raise UnacceptableError(f"a time away ends after it begins, within {LONGEST_ABSENCE.days} days")
        with self._database.writing() as session:
            known = _is_own(session, principal, wish.case)
            if known and session.get(Absence, wish.id) is None:
                session.add(
                    Absence(
                        id=wish.id, case_id=wish.case, since=wish.since, until=wish.until, by_id=principal.officer,
                        note=wish.note, noted_at=principal.at,
                    )
                )  # fmt: skip
                note(session, principal, "note-absence", wish.case)
        if not known:
            refuse(self._database, principal, action="note-absence", subject=wish.case)

    def withdraw_absence(self, principal: Principal, absence: str) -> None:
        """Take a noted absence back; it stays in the record. Raises NotFoundError, and notes the try."""
        query = select(Absence).where(Absence.id == absence, Absence.case_id.in_(own_cases(principal)))
        with self._database.writing() as session:
            row = session.scalars(query).first()
            if row is not None and row.withdrawn_at is None:
                row.withdrawn_at = principal.at
                note(session, principal, "withdraw-absence", absence)
        if row is None:
            refuse(self._database, principal, action="withdraw-absence", subject=absence)


def _is_own(session: Session, principal: Principal, case: str) -> bool:
    return session.scalars(own_cases(principal).where(Case.id == case)).first() is not None


def _person(session: Session, case: Case) -> Person:
    devices = session.scalars(select(Device).where(Device.case_id == case.id).order_by(Device.enrolled_at, Device.id))
    waiting = session.scalar(select(func.sum(CaptureGroup.undecided)).where(CaptureGroup.case_id == case.id))
    away = session.scalars(
        select(Absence).where(Absence.case_id == case.id, Absence.withdrawn_at.is_(None)).order_by(Absence.since)
    )
    return Person(
        case=case.id,
        devices=tuple(one for device in devices if (one := _standing(session, device)) is not None),
        absences=tuple(AbsenceView(one.id, one.since, one.until, one.by_id, one.note) for one in away),
        waiting=waiting or 0,
    )


def _standing(session: Session, device: Device) -> DeviceStanding | None:
    """Return how a device stands; None before it was judged for the first time."""
    row = session.get(Silence, device.id)
    if row is None:
        return None
    newest = select(Record.received_at).where(Record.device_id == device.id)
    last = session.scalars(newest.order_by(Record.epoch.desc(), Record.seq.desc()).limit(1)).first()
    evidence = tuple(Evidence(one["words"], one["at"]) for one in json.loads(row.signs))
    return DeviceStanding(device.id, row.meaning, row.severity, row.since, evidence, row.judged_at, last)


def _captures(session: Session, case: str, since: datetime, until: datetime) -> list[CaptureHour]:
    query = select(Record.device_id, Record.recorded_at, Record.severity).where(
        Record.case_id == case,
        Record.kind == Kind.CAPTURE.value,
        Record.tombstone.is_(None),
        Record.recorded_at >= since,
        Record.recorded_at < until,
    )
    counts: dict[tuple[str, datetime, int], int] = {}
    for device, at, severity in session.execute(query):
        key = device, at.replace(minute=0, second=0, microsecond=0), severity
        counts[key] = counts.get(key, 0) + 1
    return [CaptureHour(*key, captures) for key, captures in sorted(counts.items())]


def _alive(session: Session, case: str, since: datetime, until: datetime) -> list[Alive]:
    query = (
        select(Presence)
        .join(Device, Device.id == Presence.device_id)
        .where(Device.case_id == case, Presence.hour >= hour_of(since), Presence.hour <= hour_of(until))
        .order_by(Presence.device_id, Presence.hour)
    )
    return [Alive(one.device_id, beginning_of(one.hour), one.beats, one.late) for one in session.scalars(query)]


def _records(session: Session, case: str, since: datetime, until: datetime) -> list[Sealed]:
    """Return what can be opened, the newest first; one more than MOST_RECORDS where there are more."""
    query = select(Record).where(
        Record.case_id == case,
        Record.kind.in_(_TOLD),
        Record.tombstone.is_(None),
        Record.recorded_at >= since,
        Record.recorded_at < until,
    )
    found = session.scalars(query.order_by(Record.recorded_at.desc(), Record.id.desc()).limit(MOST_RECORDS + 1))
    return [_sealed(one) for one in found]


def _sealed(row: Record) -> Sealed:
    place = Place(row.device_id, row.epoch, row.seq)
    return Sealed(place, row.kind, row.severity, row.recorded_at, row.received_at)
