"""The review queue: groups of captures, the most severe first, as one compact index for a browser to scroll."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.access import Principal, own_cases
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.ingest import Place
from server_stub.tables import CaptureGroup, DecidedRecord, Decision, Record

MOST_ROWS = 50_000
MOST_IN_GROUP = 500


class Filter(Enum):
    """Which groups are asked for."""

    UNDECIDED = "undecided"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """One group."""

    id: int
    place: Place
    """The capture that stands for it."""
    severity: int
    captures: int
    undecided: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A capture of a group. `disposition` is the one that stands, None while undecided."""

    place: Place
    severity: int
    recorded_at: datetime
    disposition: str | None


class Queue:
    """Reads groups for officers. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    def rows(self, principal: Principal, which: Filter, *, now: datetime) -> list[Row]:
        """Return the officer's groups: the most severe first, within a severity the newest first."""
        query = select(CaptureGroup).where(CaptureGroup.case_id.in_(own_cases(principal)))
        if which is Filter.UNDECIDED:
            query = query.where(CaptureGroup.undecided > 0)
        elif which is Filter.DECIDED:
            query = query.where(CaptureGroup.undecided == 0)
        query = query.order_by(CaptureGroup.severity.desc(), CaptureGroup.id.desc()).limit(MOST_ROWS)
        with self._database.writing() as session:
            found = [_row(one) for one in session.scalars(query)]
            audit.write(
                session, at=now, actor=principal.officer, action="list-queue", subject=which.value, outcome=Outcome.DONE
            )
        return found

    def members(self, principal: Principal, group_id: int, *, now: datetime) -> list[Member]:
        """Return the captures of a group, oldest first; raises NotFoundError, and notes the try."""
        with self._database.writing() as session:
            group = session.scalars(
                select(CaptureGroup).where(CaptureGroup.id == group_id, CaptureGroup.case_id.in_(own_cases(principal)))
            ).first()
            outcome = Outcome.DONE if group is not None else Outcome.REFUSED
            audit.write(
                session, at=now, actor=principal.officer, action="list-group", subject=str(group_id), outcome=outcome
            )
            found = [] if group is None else _members(session, group)
        if group is None:
            raise NotFoundError("there is no such group")
        return found


def _members(session: Session, group: CaptureGroup) -> list[Member]:
    alone = Record.fold_group == group.name
    if "." in group.name:
        alone = (Record.epoch == group.epoch) & (Record.seq == group.seq)
    records = session.scalars(
        select(Record)
        .where(Record.case_id == group.case_id, Record.device_id == group.device_id, alone)
        .order_by(Record.id)
        .limit(MOST_IN_GROUP)
    ).all()
    decided = session.execute(
        select(DecidedRecord.record_id, Decision.disposition)
        .join(Decision, Decision.id == DecidedRecord.decision_id)
        .where(DecidedRecord.record_id.in_([one.id for one in records]), Decision.undone_at.is_(None))
        .order_by(Decision.decided_at)
    )
    standing = {row[0]: row[1] for row in decided}
    return [
        Member(Place(one.device_id, one.epoch, one.seq), one.severity, one.recorded_at, standing.get(one.id))
        for one in records
        if one.kind == "capture"
    ]


def _row(one: CaptureGroup) -> Row:
    return Row(
        id=one.id,
        place=Place(one.device_id, one.epoch, one.seq),
        severity=one.severity,
        captures=one.captures,
        undecided=one.undecided,
        first_at=one.first_at,
        last_at=one.last_at,
    )
