"""The duty rota: who answers for a team's alerts, from a moment to a moment (FIELD R11, R32)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, demand, note, own_teams, refuse
from server_stub.accounts import can_review, find_officer
from server_stub.database import Database
from server_stub.errors import UnacceptableError
from server_stub.identifiers import new_id
from server_stub.tables import Duty, Officer, Team, TeamMember
from server_stub.teams import find_team

LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who shall be on duty. Team and officer by id or name."""

    team: str
    officer: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class DutyView:
    """One turn of duty, with the names of team and officer."""

    duty: str
    team: str
    officer: str
    name: str
    since: datetime
    until: datetime


class Rota:
    """Plans and lists duty. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Keep it in this database."""
        self._database = database

    def plan(self, principal: Principal, wish: Wish) -> str:
        """Put an officer on duty for a team; return the turn's id. Several may be on duty at once.

        Raises:
            NotFoundError: not the asking account's team to plan, or no such team or officer; a foreign try is noted.
            UnacceptableError: a time that is over or too long, or an officer who is not in the team.
        """
        demand(self._database, principal, Right.ROSTER, action="plan-duty", subject=wish.team)
        if not wish.since < wish.until or wish.until <= principal.at or wish.until - wish.since > LONGEST:
            raise UnacceptableError(
                f"a turn of duty ends after it begins, not in the past, and within {LONGEST.days} days"
            )
        with self._database.writing() as session:
            team = find_team(session, wish.team)
            allowed = session.scalars(_planned_by(principal).where(Team.id == team.id)).first() is not None
            if allowed:
                officer = _member(session, team, wish.officer)
                row = Duty(
                    id=new_id("duty"), team_id=team.id, officer_id=officer.id, since=wish.since, until=wish.until
                )
                session.add(row)
                note(session, principal, "plan-duty", f"{row.team_id} {row.officer_id}")
        if not allowed:
            refuse(self._database, principal, action="plan-duty", subject=wish.team)
        return row.id

    def cancel(self, principal: Principal, duty: str) -> None:
        """Take a turn off the rota; raises NotFoundError, and notes the try."""
        demand(self._database, principal, Right.ROSTER, action="cancel-duty", subject=duty)
        with self._database.writing() as session:
            query = select(Duty).where(Duty.id == duty, Duty.team_id.in_(_planned_by(principal)))
            found = session.scalars(query).first()
            if found is not None:
                note(session, principal, "cancel-duty", f"{found.team_id} {found.officer_id}")
                session.delete(found)
        if found is None:
            refuse(self._database, principal, action="cancel-duty", subject=duty)

    def listed(self, principal: Principal) -> list[DutyView]:
        """Return the turns of the account's teams that are not over, the soonest first; all for who administers."""
        mine = select(TeamMember.team_id).where(TeamMember.officer_id == principal.officer)
        seen = or_(Duty.team_id.in_(mine), Duty.team_id.in_(_planned_by(principal)))
        query = _turns().where(Duty.until > principal.at, seen).order_by(Duty.since, Duty.id)
        with self._database.reading() as session:
            return [DutyView(*row) for row in session.execute(query)]


def on_duty(session: Session, team: str, at: datetime) -> list[str]:
    """Return the ids of the officers who are on duty for a team at a moment, who began last first."""
    query = select(Duty.officer_id).where(Duty.team_id == team, Duty.since <= at, Duty.until > at)
    return list(dict.fromkeys(session.scalars(query.order_by(Duty.since.desc(), Duty.id))))


def _turns() -> Select[str, str, str, str, datetime, datetime]:
    return (
        select(Duty.id, Team.name, Duty.officer_id, Officer.name, Duty.since, Duty.until)
        .join(Team, Team.id == Duty.team_id)
        .join(Officer, Officer.id == Duty.officer_id)
    )


def _planned_by(principal: Principal) -> Select[str]:
    if principal.may(Right.ADMINISTER):
        return select(Team.id)
    return select(Team.id).where(Team.id.in_(own_teams(principal, Right.ROSTER)))


def _member(session: Session, team: Team, officer: str) -> Officer:
    found = find_officer(session, officer)
    if session.get(TeamMember, (team.id, found.id)) is None:
        raise UnacceptableError(
            f"{found.name} is not in team {team.name}", hint="overt server team join puts him there."
        )
    if not can_review(found):
        raise UnacceptableError(f"{found.name} is {found.role}: that role opens no captures")
    return found
