"""What officers decide about captures: one decision for a group or some of its captures, undone as easily as made.

The decision's kind is in the clear, because the force's figures need it; words and the term at fault are sealed in the
browser. A decision is named by the browser, so that one that is sent again after a lost answer counts once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import Session

from server_stub import audit, groups, retention
from server_stub.access import Principal, in_own_cases, own_cases
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.moments import Moment
from server_stub.place import Place
from server_stub.tables import DecidedRecord, Decision, Record

MOST_AT_ONCE = 1000
LARGEST_NOTE = 8192
"""Bytes of a sealed note."""
_IN_ONE_QUERY = 500


class Disposition(Enum):
    """What a capture turned out to be."""

    NO_CONCERN = "no-concern"
    FALSE_ALARM = "false-alarm"
    INTELLIGENCE = "intelligence"
    CONCERN = "concern"
    BREACH = "breach"
    THIRD_PARTY = "third-party"


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision as it comes from the browser."""

    id: str
    disposition: Disposition
    places: Sequence[Place]
    note: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it is told to the case's officers. `undone_at`: None while it stands."""

    id: str
    case: str
    officer: str
    disposition: str
    note: bytes | None = field(repr=False)
    decided_at: datetime
    undone_at: datetime | None
    places: tuple[Place, ...]


class Decisions:
    """Makes, undoes and lists decisions. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Work in this database."""
        self._database = database

    def decide(self, principal: Principal, wish: Wish, *, now: datetime) -> int:
        """Decide about captures of one case; return how many. The same decision again changes nothing.

        Raises:
            NotFoundError: a capture that this officer may not see; nothing is decided then, and the try is noted.
            UnacceptableError: nothing to decide about, or captures of several cases.
        """
        if not 0 < len(wish.places) <= MOST_AT_ONCE:
            raise UnacceptableError(f"a decision is about 1 to {MOST_AT_ONCE} captures")
        with self._database.writing() as session:
            if session.get(Decision, wish.id) is not None:
                return len(wish.places)
            records = [_own_record(session, principal, place) for place in wish.places]
            if None in records:
                _note(session, principal, "decide", wish.places[records.index(None)], Outcome.REFUSED, now)
                missing = True
            else:
                missing = False
                _write(session, principal, wish, [one for one in records if one is not None], now)
        if missing:
            raise NotFoundError("there is no such record")
        return len(wish.places)

    def undo(self, principal: Principal, decision_id: str, *, now: datetime) -> int:
        """Take a decision back; return how many captures it was about. Raises NotFoundError."""
        with self._database.writing() as session:
            decision = session.get(Decision, decision_id)
            known = decision is not None and decision.case_id in set(session.scalars(own_cases(principal)))
            outcome = Outcome.DONE if known else Outcome.REFUSED
            audit.write(
                session, at=now, actor=principal.officer, action="undo-decision", subject=decision_id, outcome=outcome
            )
            count = _undo(session, decision, now) if decision is not None and known else None
        if count is None:
            raise NotFoundError("there is no such decision")
        return count

    def newest(
        self, principal: Principal, *, limit: int, mine: bool = False, before: str | None = None
    ) -> list[Decided]:
        """Return the newest decisions in the officer's cases; `mine`: only his own, and only those that stand.

        `before`: the last decision of the page before; raises NotFoundError where it is none of these cases.
        """
        query = select(Decision).order_by(Decision.decided_at.desc(), Decision.id.desc()).limit(limit)
        if mine:
            query = query.where(Decision.officer_id == principal.officer, Decision.undone_at.is_(None))
        with self._database.reading() as session:
            query = query.where(in_own_cases(session, principal, Decision.case_id.expression))
            if before is not None:
                query = query.where(_before(session, principal, before))
            rows = session.scalars(query).all()
            places = _places(session, [row.id for row in rows])
            return [_told(row, places.get(row.id, [])) for row in rows]


def _before(session: Session, principal: Principal, decision_id: str) -> ColumnElement[bool]:
    decision = session.get(Decision, decision_id)
    if decision is None or decision.case_id not in set(session.scalars(own_cases(principal))):
        raise NotFoundError("there is no such decision")
    return tuple_(Decision.decided_at, Decision.id) < tuple_(literal(decision.decided_at, Moment), literal(decision_id))


def _own_record(session: Session, principal: Principal, place: Place) -> Record | None:
    return session.scalars(
        select(Record).where(
            Record.device_id == place.device,
            Record.epoch == place.epoch,
            Record.seq == place.seq,
            Record.case_id.in_(own_cases(principal)),
            Record.tombstone.is_(None),
        )
    ).first()


def _write(session: Session, principal: Principal, wish: Wish, records: Sequence[Record], now: datetime) -> None:
    cases = {record.case_id for record in records}
    if len(cases) != 1:
        raise UnacceptableError("a decision is about captures of one case")
    before = {record.id: _stands(session, record) for record in records}
    decision = Decision(
        id=wish.id,
        case_id=cases.pop(),
        officer_id=principal.officer,
        disposition=wish.disposition.value,
        note=wish.note,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    for record in records:
        session.add(DecidedRecord(decision_id=wish.id, record_id=record.id))
        if not before[record.id]:
            _count(session, record, -1)
    if wish.disposition is Disposition.THIRD_PARTY:
        retention.destroy_after_decision(session, decision, records, by=principal, now=now)
    action = f"decide-{wish.disposition.value}"
    subjects = [(str(place), Outcome.DONE) for place in wish.places]
    audit.write_all(session, subjects, at=now, actor=principal.officer, action=action)


def _undo(session: Session, decision: Decision, now: datetime) -> int:
    found = session.scalars(
        select(Record)
        .join(DecidedRecord, DecidedRecord.record_id == Record.id)
        .where(DecidedRecord.decision_id == decision.id)
    ).all()
    if decision.undone_at is None:
        decision.undone_at = now
        session.flush()
        for record in found:
            if not _stands(session, record):
                _count(session, record, +1)
    return len(found)


def _stands(session: Session, record: Record) -> bool:
    """Return whether some decision about a capture stands."""
    query = (
        select(Decision.id)
        .join(DecidedRecord, DecidedRecord.decision_id == Decision.id)
        .where(DecidedRecord.record_id == record.id, Decision.undone_at.is_(None))
        .limit(1)
    )
    return session.scalars(query).first() is not None


def _count(session: Session, record: Record, change: int) -> None:
    group = groups.of(session, record)
    if group is None:
        return
    group.undecided += change
    if group.undecided == 0:
        group.escalated = False  # the second opinion was given


def _places(session: Session, decisions: Sequence[str]) -> dict[str, list[Place]]:
    """Return the captures of many decisions, in few queries."""
    found: dict[str, list[Place]] = {}
    for at in range(0, len(decisions), _IN_ONE_QUERY):
        query = (
            select(DecidedRecord.decision_id, Record.device_id, Record.epoch, Record.seq)
            .join(Record, DecidedRecord.record_id == Record.id)
            .where(DecidedRecord.decision_id.in_(decisions[at : at + _IN_ONE_QUERY]))
        )
        for decision, device, epoch, seq in session.execute(query):
            found.setdefault(decision, []).append(Place(device, epoch, seq))
    return found


def _told(row: Decision, places: Sequence[Place]) -> Decided:
    return Decided(
        id=row.id,
        case=row.case_id,
        officer=row.officer_id,
        disposition=row.disposition,
        note=row.note,
        decided_at=row.decided_at,
        undone_at=row.undone_at,
        places=tuple(places),
    )


def _note(session: Session, principal: Principal, action: str, place: Place, outcome: Outcome, now: datetime) -> None:
    audit.write(session, at=now, actor=principal.officer, action=action, subject=str(place), outcome=outcome)
