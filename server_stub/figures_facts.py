"""What the force's figures are made of, read from the database: ids, moments and decisions, no content."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Subquery, and_, func, select
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub.access import Principal, Right, own_teams
from server_stub.accounts import can_review
from server_stub.tables import (
    Case,
    CaseWrap,
    DecidedRecord,
    Decision,
    Departure,
    Device,
    Exposure,
    Officer,
    Record,
    Team,
    TeamMember,
)

NO_TEAM = "no team"
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month, in UTC: `since` is in it, `until` is not."""

    since: datetime
    until: datetime

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """Return a month; raises ValueError where there is none."""
        following = (year + month // 12, month % 12 + 1)
        return cls(datetime(year, month, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC))

    @property
    def name(self) -> str:
        """The month as 2026-11."""
        return f"{self.since:%Y-%m}"

    def days_begun(self, now: datetime) -> "Period":
        """Return the whole days of it that have begun, today included; it must have begun itself."""
        today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        return Period(self.since, min(self.until, today + timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class DeviceFact:
    """A device that is enrolled. `days`: on how many days of the period it reported, of those it was enrolled."""

    case: str
    days: int
    days_enrolled: int
    last_report: datetime | None
    """None: it never reported."""


@dataclass(frozen=True, slots=True)
class CaptureFact:
    """A capture that was received in the period. `disposition` and `decided_at`: what stands; None while undecided."""

    case: str
    received_at: datetime
    disposition: str | None
    decided_at: datetime | None
    officer: str | None


@dataclass(frozen=True, slots=True)
class OfficerFact:
    """Somebody who reviews. `pictures`: how many were opened, for each day of the period on which any was."""

    officer: str
    pictures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one set of figures is made of."""

    teams: dict[str, str]
    """Team's name by case: the people of the figures are these cases."""
    devices: tuple[DeviceFact, ...]
    captures: tuple[CaptureFact, ...]
    waiting: tuple[CaptureFact, ...]
    """Every capture that nobody has decided about, of whatever month."""
    officers: tuple[OfficerFact, ...]


def read(session: Session, principal: Principal, period: Period, *, now: datetime) -> Facts:
    """Return the facts that the account may have figures of: its teams', or everything for who oversees no team."""
    cases = _cases(session, principal)
    begun = period.days_begun(now)
    inside = and_(Record.received_at >= period.since, Record.received_at < period.until)
    return Facts(
        teams=cases,
        devices=tuple(one for one in _devices(session, begun) if one.case in cases),
        captures=tuple(one for one in _captures(session, inside) if one.case in cases),
        waiting=tuple(one for one in _waiting(session) if one.case in cases),
        officers=tuple(_officers(session, principal, begun)),
    )


def _cases(session: Session, principal: Principal) -> dict[str, str]:
    query = select(Case.id, Team.name).outerjoin(Team, Team.id == Case.team_id)
    query = query.where(Case.shredded_at.is_(None), Case.id.not_in(select(Departure.case_id)))
    if principal.may(Right.OVERSEE):
        query = query.where(Case.team_id.in_(own_teams(principal, Right.OVERSEE)))
    return {case: team or NO_TEAM for case, team in session.execute(query)}


def _devices(session: Session, begun: Period) -> Iterator[DeviceFact]:
    days = _days_by_device(session, begun)
    newest = select(Record.device_id, func.max(Record.received_at)).group_by(Record.device_id)
    last = {row[0]: row[1] for row in session.execute(newest)}
    query = select(Device).where(Device.revoked_at.is_(None), Device.enrolled_at < begun.until)
    for device in session.scalars(query):
        enrolled = (begun.until.date() - max(begun.since, device.enrolled_at).date()).days
        yield DeviceFact(device.case_id, len(days.get(device.id, ())), enrolled, last.get(device.id))


def _days_by_device(session: Session, begun: Period) -> dict[str, set[date]]:
    """Return the days on which each device recorded anything: its own clock, which it signed."""
    found: dict[str, set[date]] = {}
    inside = and_(Record.recorded_at >= begun.since, Record.recorded_at < begun.until)
    day = func.date(Record.recorded_at)
    for device, text in session.execute(select(Record.device_id, day).where(inside).distinct()):
        found.setdefault(device, set()).add(text if isinstance(text, date) else date.fromisoformat(text))
    return found


def _standing() -> Subquery:
    """Return the decision that stands for each capture: the newest that was not undone."""
    newest = func.row_number().over(
        partition_by=DecidedRecord.record_id, order_by=(Decision.decided_at.desc(), Decision.id)
    )
    columns = (DecidedRecord.record_id, Decision.disposition, Decision.decided_at, Decision.officer_id)
    ranked = (
        select(*columns, newest.label("place"))
        .join(Decision, Decision.id == DecidedRecord.decision_id)
        .where(Decision.undone_at.is_(None))
        .subquery()
    )
    return select(ranked).where(ranked.c.place == 1).subquery()


def _captures(session: Session, inside: ColumnElement[bool]) -> Iterator[CaptureFact]:
    standing = _standing()
    query = (
        select(Record.case_id, Record.received_at, standing.c.disposition, standing.c.decided_at, standing.c.officer_id)
        .outerjoin(standing, standing.c.record_id == Record.id)
        .where(Record.kind == Kind.CAPTURE.value, inside)
        .execution_options(yield_per=_AT_ONCE)
    )
    return (CaptureFact(case, at, what, when, who) for case, at, what, when, who in session.execute(query))


def _waiting(session: Session) -> Iterator[CaptureFact]:
    decided = (
        select(DecidedRecord.record_id)
        .join(Decision, Decision.id == DecidedRecord.decision_id)
        .where(DecidedRecord.record_id == Record.id, Decision.undone_at.is_(None))
        .exists()
    )
    query = (
        select(Record.case_id, Record.received_at)
        .where(Record.kind == Kind.CAPTURE.value, Record.tombstone.is_(None), ~decided)
        .execution_options(yield_per=_AT_ONCE)
    )
    return (CaptureFact(case, at, None, None, None) for case, at in session.execute(query))


def _officers(session: Session, principal: Principal, begun: Period) -> Iterator[OfficerFact]:
    """Those who review: in the account's teams, or everywhere."""
    members = select(TeamMember.officer_id).where(TeamMember.team_id.in_(own_teams(principal, Right.OVERSEE)))
    holders = select(CaseWrap.officer_id)
    query = select(Officer).where(Officer.closed_at.is_(None), Officer.id.in_(holders))
    if principal.may(Right.OVERSEE):
        query = query.where(Officer.id.in_(members))
    days = select(Exposure.officer_id, Exposure.pictures).where(
        Exposure.day >= begun.since.date().isoformat(), Exposure.day < begun.until.date().isoformat()
    )
    pictures: dict[str, list[int]] = {}
    for officer, number in session.execute(days):
        pictures.setdefault(officer, []).append(number)
    for one in session.scalars(query):
        if can_review(one):
            yield OfficerFact(one.id, tuple(pictures.get(one.id, ())))
