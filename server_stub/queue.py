"""The review queue: groups of captures as one compact index for a browser to scroll.

The server orders by what it can see: escalated first, then severity, then the newest. Where a word came from and which
term it was are sealed; the browser, which can open them, refines the order and shows why.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub import audit
from server_stub.access import Principal, in_own_cases, own_cases
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.place import Place
from server_stub.tables import CaptureGroup, DecidedRecord, Decision, Record

MOST_ROWS = 5000
"""Of a page."""
_NONE = literal_column("0", Integer)  # spelled as in the index of what is open: databases compare words
MOST_IN_GROUP = 1000
"""Captures of a group that are told at once: as many as one decision may be about."""


# Columns and not objects: thirty thousand rows in a third of the time.
_COLUMNS = (
    CaptureGroup.id,
    CaptureGroup.case_id,
    CaptureGroup.device_id,
    CaptureGroup.epoch,
    CaptureGroup.seq,
    CaptureGroup.severity,
    CaptureGroup.captures,
    CaptureGroup.undecided,
    CaptureGroup.first_at,
    CaptureGroup.last_at,
    CaptureGroup.assignee_id,
    CaptureGroup.escalated,
)


class Filter(Enum):
    """Which groups are asked for."""

    UNDECIDED = "undecided"
    DECIDED = "decided"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the queue's order: that of a row with these values."""

    escalated: bool
    severity: int
    id: int


@dataclass(frozen=True, slots=True)
class Row:
    """One group."""

    id: int
    case: str
    place: Place
    """The capture that stands for it."""
    severity: int
    captures: int
    undecided: int
    first_at: datetime
    last_at: datetime
    assignee: str | None
    """The officer who is to decide; None: whoever comes first."""
    escalated: bool

    @property
    def cursor(self) -> Cursor:
        """Where it stands in the queue."""
        return Cursor(self.escalated, self.severity, self.id)


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

    def rows(
        self,
        principal: Principal,
        which: Filter,
        *,
        now: datetime,
        limit: int = MOST_ROWS,
        after: Cursor | None = None,
        entered: bool = False,
    ) -> list[Row]:
        """Return the officer's groups: escalated ones first, then the most severe, within a severity the newest.

        `after`: only what stands below that row, which need not be there any more. `entered`: that the officer looks
        at this list is in the audit chain already.
        """
        # A group whose captures were all destroyed has nothing to show.
        query = select(*_COLUMNS).where(CaptureGroup.captures > _NONE)
        if which is Filter.UNDECIDED:
            query = query.where(CaptureGroup.undecided > _NONE)
        elif which is Filter.DECIDED:
            query = query.where(CaptureGroup.undecided == 0)
        if after is not None:
            query = query.where(_below(after))
        query = query.order_by(
            CaptureGroup.escalated.desc(), CaptureGroup.severity.desc(), CaptureGroup.id.desc()
        ).limit(limit)
        with self._database.reading() as session:
            own = in_own_cases(session, principal, CaptureGroup.case_id.expression)
            found = [_row(one) for one in session.execute(query.where(own))]
        if entered:
            return found
        # Writers wait for each other: not for the reading of a list.
        with self._database.writing() as session:
            audit.write(
                session, at=now, actor=principal.officer, action="list-queue", subject=which.value, outcome=Outcome.DONE
            )
        return found

    def state(self, principal: Principal) -> str:
        """Return a word that changes with anything that `rows` tells this officer, at a small part of its cost.

        Each change of a group is counted in its row, so that a change moves the sum whatever else was changed.
        """
        with self._database.reading() as session:
            cases = sorted(session.scalars(own_cases(principal)))
            counted = select(func.count(), func.sum(CaptureGroup.changes)).where(CaptureGroup.case_id.in_(cases))
            groups, changes = session.execute(counted).one()
        return hashlib.sha256(json.dumps([cases, groups, int(changes or 0)]).encode()).hexdigest()[:32]

    def members(self, principal: Principal, group_ids: Sequence[int], *, now: datetime) -> dict[int, list[Member]]:
        """Return the captures of each group, oldest first; raises NotFoundError, and notes the try."""
        query = select(CaptureGroup).where(
            CaptureGroup.id.in_(group_ids), CaptureGroup.case_id.in_(own_cases(principal))
        )
        with self._database.writing() as session:
            groups = {one.id: one for one in session.scalars(query)}
            subjects = [
                (f"group {one}", Outcome.DONE if one in groups else Outcome.REFUSED) for one in dict.fromkeys(group_ids)
            ]
            audit.write_all(session, subjects, at=now, actor=principal.officer, action="list-group")
            found = {one.id: _members(session, one) for one in groups.values()}
        if not set(group_ids) <= set(found):
            raise NotFoundError("there is no such group")
        return found


def _below(cursor: Cursor) -> ColumnElement[bool]:
    """Return the condition that a group stands below a place of the order: as rows are compared, an index is used."""
    place = tuple_(literal(cursor.escalated), literal(cursor.severity), literal(cursor.id))
    return tuple_(CaptureGroup.escalated, CaptureGroup.severity, CaptureGroup.id) < place


def _row(columns: Any) -> Row:
    # By place and not by name: a large queue is read in half the time.
    group, case, device, epoch, seq, *rest = columns
    return Row(group, case, Place(device, epoch, seq), *rest)


def _members(session: Session, group: CaptureGroup) -> list[Member]:
    alone = Record.fold_group == group.name
    if "." in group.name:
        alone = (Record.epoch == group.epoch) & (Record.seq == group.seq)
    of_group = (
        Record.case_id == group.case_id,
        Record.device_id == group.device_id,
        Record.kind == Kind.CAPTURE.value,
        Record.tombstone.is_(None),  # what was destroyed is not there any more
        alone,
    )
    standing = _standing(session, select(Record.id).where(*of_group))
    # In a huge group those that wait for a decision come first; the rest is told when these are decided.
    records = sorted(session.scalars(select(Record).where(*of_group)), key=lambda one: (one.id in standing, one.id))
    return [
        Member(Place(one.device_id, one.epoch, one.seq), one.severity, one.recorded_at, standing.get(one.id))
        for one in sorted(records[:MOST_IN_GROUP], key=lambda one: one.id)
    ]


def _standing(session: Session, records: Select[int]) -> dict[int, str]:
    """Return the disposition that stands for each of some records: the newest that was not undone."""
    decided = session.execute(
        select(DecidedRecord.record_id, Decision.disposition)
        .join(Decision, Decision.id == DecidedRecord.decision_id)
        .where(DecidedRecord.record_id.in_(records), Decision.undone_at.is_(None))
        .order_by(Decision.decided_at)
    )
    return {row[0]: row[1] for row in decided}
