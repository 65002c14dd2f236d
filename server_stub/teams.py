"""Teams: officers who work together, and their cases. A team gives no key; it says who oversees (FIELD R32)."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from evidence.keys import LockedKey
from server_stub.access import Principal, Right, Role, demand, note
from server_stub.accounts import find_officer
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import Case, Officer, Team, TeamMember


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account that may open captures, with the key that a case's key can be sealed to."""

    officer: str
    name: str
    role: Role
    public_key: bytes


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with its people. `cases` is how many it answers for."""

    team: str
    name: str
    members: tuple[Colleague, ...]
    cases: int


def add_team(database: Database, principal: Principal, name: str) -> str:
    """Make a team; return its id. Raises UnacceptableError for a name that is taken, NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="add-team", subject="teams")
    with database.writing() as session:
        if session.scalars(select(Team).where(Team.name == name)).first() is not None:
            raise UnacceptableError(f"there is a team called {name} already")
        team = Team(id=new_id("team"), name=name, created_at=principal.at)
        session.add(team)
        note(session, principal, "add-team", team.id)
    return team.id


def join(database: Database, principal: Principal, team: str, officer: str) -> None:
    """Put an account into a team; one that is in it already stays. Raises NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="join-team", subject=team)
    with database.writing() as session:
        found, member = find_team(session, team), find_officer(session, officer)
        session.merge(TeamMember(team_id=found.id, officer_id=member.id))
        note(session, principal, "join-team", f"{found.id} {member.id}")


def leave(database: Database, principal: Principal, team: str, officer: str) -> None:
    """Take an account out of a team; the keys it has stay. Raises NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="leave-team", subject=team)
    with database.writing() as session:
        found, member = find_team(session, team), find_officer(session, officer)
        row = session.get(TeamMember, (found.id, member.id))
        if row is None:
            raise NotFoundError(f"{officer} is not in team {found.name}")
        session.delete(row)
        note(session, principal, "leave-team", f"{found.id} {member.id}")


def give_case(database: Database, principal: Principal, case: str, team: str) -> None:
    """Let a team answer for a case. Raises NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="give-case", subject=case)
    with database.writing() as session:
        found, row = find_team(session, team), session.get(Case, case)
        if row is None:
            raise NotFoundError(f"there is no case {case}")
        row.team_id = found.id
        note(session, principal, "give-case", f"{row.id} {found.id}")


def list_teams(database: Database, principal: Principal) -> list[TeamView]:
    """Return the account's teams; all of them for who administers."""
    mine = select(TeamMember.team_id).where(TeamMember.officer_id == principal.officer)
    query = select(Team).order_by(Team.name)
    if not principal.may(Right.ADMINISTER):
        query = query.where(Team.id.in_(mine))
    with database.reading() as session:
        return [_told(session, row) for row in session.scalars(query)]


def find_team(session: Session, name_or_id: str) -> Team:
    """Return a team by id or name; raises NotFoundError."""
    query = select(Team).where(or_(Team.id == name_or_id, Team.name == name_or_id)).order_by(Team.id != name_or_id)
    found = session.scalars(query).first()
    if found is None:
        raise NotFoundError(f"there is no team called {name_or_id}", hint="overt server team list names them.")
    return found


def _told(session: Session, team: Team) -> TeamView:
    members = session.scalars(
        select(Officer)
        .join(TeamMember, TeamMember.officer_id == Officer.id)
        .where(TeamMember.team_id == team.id, Officer.closed_at.is_(None))
        .order_by(Officer.name)
    )
    cases = session.scalar(select(func.count()).select_from(Case).where(Case.team_id == team.id)) or 0
    return TeamView(team.id, team.name, tuple(_colleague(one) for one in members), cases)


def _colleague(row: Officer) -> Colleague:
    return Colleague(row.id, row.name, Role(row.role), LockedKey.from_bytes(row.locked_key).public)
