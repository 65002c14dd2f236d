"""What officers carry: pictures opened, days over the gentle limit, groups that wait for each. For welfare only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, own_teams
from server_stub.database import Database
from server_stub.tables import CaptureGroup, Exposure, Officer, TeamMember

GENTLE_LIMIT = 60
"""Pictures a day after which the console suggests a break. It never forbids: the officer decides (FIELD R12, R33)."""
DAYS = 7


@dataclass(frozen=True, slots=True)
class Load:
    """What one officer of the team carries."""

    officer: str
    name: str
    today: int
    """Pictures opened today (UTC)."""
    severe_today: int
    week: int
    """Pictures opened on the last seven days."""
    days_over: int
    """Days of these on which the gentle limit was passed."""
    waiting: int
    """Groups that were given to this officer and wait for a decision."""


class Welfare:
    """Reads the counts. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    def own(self, principal: Principal, *, now: datetime) -> Load:
        """Return what the asking officer has seen."""
        with self._database.reading() as session:
            officer = session.get_one(Officer, principal.officer)
            return _load(session, officer, now)

    def team(self, principal: Principal, *, now: datetime) -> list[Load]:
        """Return what each person of the asking account's teams carries, by name; nothing to who oversees no team."""
        shared = select(TeamMember.officer_id).where(TeamMember.team_id.in_(own_teams(principal, Right.OVERSEE)))
        with self._database.reading() as session:
            officers = session.scalars(select(Officer).where(Officer.id.in_(shared)).order_by(Officer.name)).all()
            return [_load(session, one, now) for one in officers]


def _load(session: Session, officer: Officer, now: datetime) -> Load:
    today = now.date()
    since = (today - timedelta(days=DAYS - 1)).isoformat()
    days = session.scalars(select(Exposure).where(Exposure.officer_id == officer.id, Exposure.day >= since)).all()
    this = next((one for one in days if one.day == today.isoformat()), None)
    waiting = (
        select(func.count())
        .select_from(CaptureGroup)
        .where(CaptureGroup.assignee_id == officer.id, CaptureGroup.undecided > 0)
    )
    return Load(
        officer=officer.id,
        name=officer.name,
        today=0 if this is None else this.pictures,
        severe_today=0 if this is None else this.severe,
        week=sum(one.pictures for one in days),
        days_over=sum(one.pictures > GENTLE_LIMIT for one in days),
        waiting=session.scalars(waiting).one(),
    )
