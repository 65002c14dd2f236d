"""Who may do what: roles and their rights, and which cases each account may reach (FIELD R26, R32).

Every query of case data takes a `Principal` and goes through `own_cases` or `overseen_cases`. What an account may not
reach is not there for it: `demand` raises NotFoundError, as for what does not exist, and notes the try.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NoReturn

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.tables import Case, CaseWrap, Cover, TeamMember


class Role(Enum):
    """What an account is for. One account has one role."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Right(Enum):
    """What a role may do."""

    REVIEW = "review"
    """Open captures of the cases whose key was sealed to the account, and decide about them."""
    OVERSEE = "oversee"
    """See how much waits in the cases of the account's teams; opens nothing without a key."""
    FIGURES = "figures"
    """Read the force's figures, in which small numbers are hidden: who oversees, those of the account's teams."""
    ROSTER = "roster"
    """Plan the duty of the account's teams."""
    REQUEST = "request"
    """Ask for an export, a deletion or a change of an authority."""
    APPROVE = "approve"
    """Be the second person for such a request."""
    AUDIT = "audit"
    """Search the audit chain and check that it holds."""
    ADMINISTER = "administer"
    """Make and close accounts, teams and devices."""


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OFFICER: frozenset({Right.REVIEW, Right.REQUEST}),
    Role.SUPERVISOR: frozenset(
        {Right.REVIEW, Right.OVERSEE, Right.FIGURES, Right.ROSTER, Right.REQUEST, Right.APPROVE}
    ),
    # Neither of these opens a capture, not even with a key that was once sealed to the account.
    Role.AUDITOR: frozenset({Right.AUDIT, Right.FIGURES}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER, Right.FIGURES, Right.ROSTER, Right.REQUEST}),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as what, and when: an account that has logged in. Every query of case data takes one."""

    officer: str
    csrf: str = field(repr=False)
    role: Role
    at: datetime
    """The moment of the request: leave cover counts only while it runs."""

    def may(self, right: Right) -> bool:
        """Return whether the role has this right."""
        return right in RIGHTS[self.role]


def own_cases(principal: Principal) -> Select[str]:
    """Return the query for the cases whose captures the account may open: its own, and those it covers now."""
    held = or_(Case.id.in_(_sealed_to(principal)), Case.id.in_(_covered_by(principal)))
    return select(Case.id).where(held if principal.may(Right.REVIEW) else false())


def in_own_cases(session: Session, principal: Principal, case: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a row belongs to one of the account's cases, for lists that are read in their order.

    With the cases named, a database reads the list's index from its top and leaves others' rows out. SQLite would
    rather read all rows of all these cases and sort them; an expression is no column that it has an index for.
    """
    named = list(session.scalars(own_cases(principal)))
    plain = session.get_bind().dialect.name != "sqlite"
    return (case if plain else case.concat("")).in_(named)


def overseen_cases(principal: Principal) -> Select[str]:
    """Return the query for the cases whose numbers the account may see: its own, and its teams' where it oversees."""
    own = Case.id.in_(own_cases(principal))
    return select(Case.id).where(or_(own, Case.team_id.in_(own_teams(principal, Right.OVERSEE))))


def own_teams(principal: Principal, right: Right) -> Select[str]:
    """Return the query for the account's teams; none where its role lacks the right."""
    query = select(TeamMember.team_id).where(TeamMember.officer_id == principal.officer)
    return query if principal.may(right) else query.where(false())


def running(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a cover runs at a moment."""
    return (Cover.since <= at) & (Cover.until > at) & Cover.ended_at.is_(None)


def demand(database: Database, principal: Principal, right: Right, *, action: str, subject: str) -> None:
    """Raise NotFoundError unless the account has a right; the try is then an entry of the audit chain."""
    if not principal.may(right):
        refuse(database, principal, action=action, subject=subject)


def note(session: Session, principal: Principal, action: str, subject: str) -> None:
    """Add what an account did to the audit chain, in the transaction that does it."""
    audit.write(session, at=principal.at, actor=principal.officer, action=action, subject=subject, outcome=Outcome.DONE)


def refuse(database: Database, principal: Principal, *, action: str, subject: str) -> NoReturn:
    """Note a refused try in a transaction of its own and raise NotFoundError."""
    with database.writing() as session:
        audit.write(
            session, at=principal.at, actor=principal.officer, action=action, subject=subject, outcome=Outcome.REFUSED
        )
    raise NotFoundError("there is nothing here")


def _sealed_to(principal: Principal) -> Select[str]:
    return select(CaseWrap.case_id).where(CaseWrap.officer_id == principal.officer)


def _covered_by(principal: Principal) -> Select[str]:
    return select(Cover.case_id).where(Cover.officer_id == principal.officer, running(principal.at))
