"""What an administrator does with accounts: look at them, change a role, close one. Log-ins are in `officers`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session as DatabaseSession

from evidence.keys import LockedKey, key_id, unlock_officer_key
from server_stub.access import RIGHTS, Principal, Right, Role, demand, note
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.tables import CaseWrap, Cover, Officer, Session, Team, TeamMember

MACHINE = "cli"
"""The actor of what is typed at the server's own command line."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it. `closed_at`: None while it is open."""

    officer: str
    name: str
    role: Role
    fingerprint: str
    """Short name of the account's public key, which its owner sees as well."""
    teams: tuple[str, ...]
    cases: int
    """How many cases it has a key of."""
    closed_at: datetime | None


def at_the_machine(now: datetime) -> Principal:
    """Return who types at the server's own command line: an administrator, and named as such in the audit chain."""
    return Principal(MACHINE, "", Role.ADMINISTRATOR, now)


def at_the_machine_as(database: Database, name: str, passphrase: str, *, now: datetime) -> Principal:
    """Return an account that types at the server's command line and proves itself by unlocking its key.

    Raises:
        NotFoundError: no such account.
        evidence.errors.PassphraseError: wrong passphrase.
    """
    with database.reading() as session:
        found = find_officer(session, name)
    unlock_officer_key(LockedKey.from_bytes(found.locked_key), passphrase)
    return Principal(found.id, "", Role(found.role), now)


def list_accounts(database: Database, principal: Principal) -> list[Account]:
    """Return every account by name; raises NotFoundError for who does not administer."""
    demand(database, principal, Right.ADMINISTER, action="list-accounts", subject="accounts")
    with database.reading() as session:
        return [_told(session, row) for row in session.scalars(select(Officer).order_by(Officer.name))]


def own_account(database: Database, principal: Principal) -> Account:
    """Return the asking account."""
    with database.reading() as session:
        return _told(session, session.get_one(Officer, principal.officer))


def set_role(database: Database, principal: Principal, officer: str, role: Role) -> None:
    """Give an account another role, from its next request on.

    Raises:
        NotFoundError: no such account, or the asking one does not administer.
        UnacceptableError: nobody would be left who administers, or a role that opens nothing for one that has keys.
    """
    demand(database, principal, Right.ADMINISTER, action="set-role", subject=officer)
    with database.writing() as session:
        found = find_officer(session, officer)
        if Role(found.role) is Role.ADMINISTRATOR and role is not Role.ADMINISTRATOR:
            _keep_an_administrator(session, found)
        if Right.REVIEW not in RIGHTS[role] and _keys(session, found):
            raise UnacceptableError(
                f"{found.name} has keys of cases; take the account off them first",
                hint="overt server case remove-officer does that.",
            )
        found.role = role.value
        note(session, principal, "set-role", f"{found.id} {role.value}")


def close_account(database: Database, principal: Principal, officer: str) -> None:
    """Close an account: its sessions end, its keys of cases and covers go. It stays in the record.

    The cases' keys are not changed by this: `cases.remove_officer` does that, case by case, and should come first.

    Raises:
        NotFoundError: no such account, or the asking one does not administer.
        UnacceptableError: nobody would be left who administers, or who can open some case.
    """
    demand(database, principal, Right.ADMINISTER, action="close-account", subject=officer)
    with database.writing() as session:
        found = find_officer(session, officer)
        if Role(found.role) is Role.ADMINISTRATOR:
            _keep_an_administrator(session, found)
        if _keys(session, found):
            raise UnacceptableError(
                f"{found.name} is on cases still", hint="overt server case remove-officer takes an account off a case."
            )
        found.closed_at = principal.at
        session.execute(delete(Session).where(Session.officer_id == found.id))
        session.execute(delete(TeamMember).where(TeamMember.officer_id == found.id))
        for cover in session.scalars(select(Cover).where(Cover.officer_id == found.id, Cover.ended_at.is_(None))):
            cover.ended_at = principal.at
        note(session, principal, "close-account", found.id)


def end_sessions(database: Database, principal: Principal, officer: str) -> None:
    """End every session of an account: it has to log in again. Raises NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="end-sessions", subject=officer)
    with database.writing() as session:
        found = find_officer(session, officer)
        session.execute(delete(Session).where(Session.officer_id == found.id))
        note(session, principal, "end-sessions", found.id)


def find_officer(session: DatabaseSession, name_or_id: str) -> Officer:
    """Return an open account by its id or its name; raises NotFoundError."""
    query = select(Officer).where(
        or_(Officer.id == name_or_id, Officer.name == name_or_id), Officer.closed_at.is_(None)
    )
    found = session.scalars(query.order_by(Officer.id != name_or_id)).first()
    if found is None:
        raise NotFoundError(f"there is no officer called {name_or_id}", hint="overt server officer list names them.")
    return found


def can_review(officer: Officer) -> bool:
    """Return whether an account is open and its role opens captures."""
    return officer.closed_at is None and Right.REVIEW in RIGHTS[Role(officer.role)]


def _told(session: DatabaseSession, row: Officer) -> Account:
    teams = session.scalars(
        select(Team.name).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.officer_id == row.id)
    )
    fingerprint = key_id(LockedKey.from_bytes(row.locked_key).public)
    return Account(
        row.id, row.name, Role(row.role), fingerprint, tuple(sorted(teams)), _keys(session, row), row.closed_at
    )


def _keys(session: DatabaseSession, officer: Officer) -> int:
    query = select(CaseWrap.case_id).where(CaseWrap.officer_id == officer.id).distinct()
    return len(session.scalars(query).all())


def _keep_an_administrator(session: DatabaseSession, leaving: Officer) -> None:
    others = select(Officer.id).where(
        Officer.role == Role.ADMINISTRATOR.value, Officer.id != leaving.id, Officer.closed_at.is_(None)
    )
    if session.scalars(others.limit(1)).first() is None:
        raise UnacceptableError(f"{leaving.name} is the only administrator: make another one first")
