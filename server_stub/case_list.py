"""The list of cases for who administers: by id, with who opens them, and no word about whom they concern."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, demand
from server_stub.database import Database
from server_stub.tables import Case, CaseWrap, Departure, Device, Officer, Team


class CaseState(Enum):
    """What became of a case."""

    OPEN = "open"
    GIVEN = "given to another agency"
    SHREDDED = "keys destroyed"


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case. `team`: None where it belongs to none. `devices`: those that were not revoked."""

    case: str
    opened_at: datetime
    officers: tuple[str, ...]
    """Names of the accounts that have a key of it."""
    team: str | None
    devices: int
    state: CaseState


def listed(database: Database, principal: Principal) -> list[CaseView]:
    """Return every case, newest first, to who administers; raises NotFoundError."""
    demand(database, principal, Right.ADMINISTER, action="list-cases", subject="cases")
    query = (
        select(Case, Team.name, Departure.case_id)
        .outerjoin(Team, Team.id == Case.team_id)
        .outerjoin(Departure, Departure.case_id == Case.id)
        .order_by(Case.created_at.desc(), Case.id)
    )
    with database.reading() as session:
        officers, devices = _officers(session), _devices(session)
        return [
            CaseView(
                case.id, case.created_at, tuple(officers.get(case.id, ())), team, devices.get(case.id, 0),
                _state(case, given=given is not None),
            )
            for case, team, given in session.execute(query)
        ]  # fmt: skip


def _officers(session: Session) -> dict[str, list[str]]:
    query = select(CaseWrap.case_id, Officer.name).join(Officer, Officer.id == CaseWrap.officer_id).distinct()
    found: dict[str, list[str]] = {}
    for case, name in session.execute(query.order_by(Officer.name)):
        found.setdefault(case, []).append(name)
    return found


def _devices(session: Session) -> dict[str, int]:
    query = select(Device.case_id, func.count()).where(Device.revoked_at.is_(None)).group_by(Device.case_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _state(case: Case, *, given: bool) -> CaseState:
    if case.shredded_at is not None:
        return CaseState.SHREDDED
    return CaseState.GIVEN if given else CaseState.OPEN
