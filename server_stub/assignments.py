"""Who is to decide about a group: given to an officer of the team, escalated for a second opinion, handed over, freed.

Only officers who hold the case's key can be given its groups: nobody else could open them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from sqlalchemy import CompoundSelect, select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.access import Principal, own_cases, running
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.tables import Assignment, CaptureGroup, CaseWrap, Cover, Officer

MOST_AT_ONCE = 5000


class What(Enum):
    """What happens to a group."""

    ASSIGN = "assign"
    ESCALATE = "escalate"
    HAND_OVER = "hand-over"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Wish:
    """An assignment as it comes from the browser. `to`: None where it is for the whole team."""

    id: str
    what: What
    groups: Sequence[int]
    to: str | None
    note: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An assignment as a group's history shows it."""

    what: str
    by: str
    to: str | None
    note: bytes | None = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseOfficer:
    """An officer of a case."""

    case: str
    officer: str
    name: str


class Assignments:
    """Makes and reads assignments. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Work in this database."""
        self._database = database

    def team(self, principal: Principal) -> list[CaseOfficer]:
        """Return the officers of the asking officer's cases, by name."""
        holders = _holders(principal.at).subquery()
        query = (
            select(holders.c.case_id, Officer.id, Officer.name)
            .join(Officer, Officer.id == holders.c.officer_id)
            .where(holders.c.case_id.in_(own_cases(principal)))
            .order_by(Officer.name)
        )
        with self._database.reading() as session:
            return [CaseOfficer(*row) for row in session.execute(query)]

    def assign(self, principal: Principal, wish: Wish, *, now: datetime) -> int:
        """Carry an assignment out; return how many groups. The same one again changes nothing.

        Raises:
            NotFoundError: a group that this officer may not see; nothing is changed then, and the try is noted.
            UnacceptableError: no groups, or an officer who has no key of their case.
        """
        if not 0 < len(wish.groups) <= MOST_AT_ONCE:
            raise UnacceptableError(f"an assignment is about 1 to {MOST_AT_ONCE} groups")
        with self._database.writing() as session:
            if session.scalars(select(Assignment.id).where(Assignment.id == wish.id).limit(1)).first() is not None:
                return len(wish.groups)
            groups = _own_groups(session, principal, wish.groups)
            allowed = len(groups) == len(set(wish.groups))
            if allowed:
                _check_can_open(session, wish.to, {one.case_id for one in groups}, now)
                for group in groups:
                    _apply(session, principal, wish, group, now)
            outcome = Outcome.DONE if allowed else Outcome.REFUSED
            subjects = [(f"group {one}", outcome) for one in wish.groups]
            audit.write_all(session, subjects, at=now, actor=principal.officer, action=wish.what.value)
        if not allowed:
            raise NotFoundError("there is no such group")
        return len(groups)

    def history(self, principal: Principal, group_id: int, *, now: datetime) -> list[Told]:
        """Return what happened to a group, oldest first; raises NotFoundError, and notes the try."""
        query = select(Assignment).where(Assignment.group_id == group_id).order_by(Assignment.at)
        with self._database.writing() as session:
            known = bool(_own_groups(session, principal, [group_id]))
            outcome = Outcome.DONE if known else Outcome.REFUSED
            subject = f"group {group_id}"
            audit.write(
                session, at=now, actor=principal.officer, action="list-history", subject=subject, outcome=outcome
            )
            found = [Told(one.what, one.by_id, one.to_id, one.note, one.at) for one in session.scalars(query)]
        if not known:
            raise NotFoundError("there is no such group")
        return found


def _holders(at: datetime) -> CompoundSelect[str, str]:
    """Return the query for who can open which case: its officers, and who stands in for one of them now."""
    covers = select(Cover.case_id, Cover.officer_id).where(running(at))
    return select(CaseWrap.case_id, CaseWrap.officer_id).union(covers)


def _own_groups(session: Session, principal: Principal, ids: Sequence[int]) -> list[CaptureGroup]:
    query = select(CaptureGroup).where(CaptureGroup.id.in_(ids), CaptureGroup.case_id.in_(own_cases(principal)))
    return list(session.scalars(query))


def _check_can_open(session: Session, officer: str | None, cases: set[str], at: datetime) -> None:
    if officer is None:
        return
    holders = _holders(at).subquery()
    query = select(holders.c.case_id).where(holders.c.officer_id == officer, holders.c.case_id.in_(cases))
    if set(session.scalars(query)) != cases:
        raise UnacceptableError("this officer has no key of the case and could not open its captures")


def _apply(session: Session, principal: Principal, wish: Wish, group: CaptureGroup, now: datetime) -> None:
    group.assignee_id = None if wish.what is What.FREE else wish.to
    group.escalated = wish.what is What.ESCALATE
    session.add(
        Assignment(
            id=wish.id,
            group_id=group.id,
            what=wish.what.value,
            by_id=principal.officer,
            to_id=wish.to,
            note=wish.note,
            at=now,
        )
    )
