"""Alerts: what may not wait until somebody looks, who is told, and who has taken one on (FIELD R11, R15, R32).

A rule belongs to a team or to a case and names an address. A capture that reaches its severity raises one alert for its
group of near-identical captures, in the transaction that stores it; a device that goes silent beyond its routine raises
one for the silence (see `presence`). `alert_delivery` tells the addresses. Nothing of what was captured is in an alert;
the server could not read it anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub import groups, jobs
from server_stub.access import Principal, Right, note, overseen_cases, own_cases, own_teams, refuse
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.identifiers import new_id
from server_stub.place import Place
from server_stub.tables import Alert, AlertRule, CaptureGroup, Case, Contact, Team

SEND, ESCALATE = "alert", "alert-escalate"
"""Kinds of job."""
URGENT = 5
"""A severity that no quiet hours hold back."""
LONGEST_ESCALATION = timedelta(days=1)


class About(Enum):
    """What an alert is about."""

    CAPTURE = "capture"
    SILENCE = "silence"


class Channel(Enum):
    """How an address is reached."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom to tell of what. Exactly one of `team` and `case` is given.

    `quiet`: from when until when only urgent alerts are sent, in `zone`; None for never. `escalate_after`: how long an
    alert may wait for somebody before the officer on duty is told, and as long again before the team's supervisors are.
    """

    address: str
    least_severity: int
    escalate_after: timedelta
    team: str | None = None
    case: str | None = None
    quiet: tuple[time, time] | None = None
    zone: str = "UTC"

    @property
    def channel(self) -> Channel:
        return channel_of(self.address)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that stands."""

    rule: str
    wish: Rule


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as those see it who may take it on. `taken_by`: None while nobody has.

    `capture`: the one that stands for the group; None for a silence, and where the captures were destroyed.
    """

    alert: str
    about: About
    case: str
    severity: int
    raised_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    escalated: int
    capture: Place | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is raised for: a group of captures, or a silence by its meaning and beginning."""

    about: About
    case: str
    device: str
    name: str
    severity: int


class Alerts:
    """Rules, contacts and open alerts. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    def add_rule(self, principal: Principal, wish: Rule) -> str:
        """Add a rule; return its id.

        Raises:
            NotFoundError: not the asking account's team or case; the try is noted.
            UnacceptableError: an address, severity, time or zone that cannot be.
        """
        check_rule(wish)
        subject = wish.team or wish.case or ""
        with self._database.writing() as session:
            scope = _scope(session, principal, wish)
            if scope is not None:
                row = _row(wish, scope, principal)
                session.add(row)
                note(session, principal, "add-alert-rule", f"{subject} {row.id}")
        if scope is None:
            refuse(self._database, principal, action="add-alert-rule", subject=subject)
        return row.id

    def remove_rule(self, principal: Principal, rule: str) -> None:
        """Take a rule away; raises NotFoundError, and notes the try."""
        with self._database.writing() as session:
            found = session.scalars(select(AlertRule).where(AlertRule.id == rule, _manages(principal))).first()
            if found is not None:
                note(session, principal, "remove-alert-rule", rule)
                session.delete(found)
        if found is None:
            refuse(self._database, principal, action="remove-alert-rule", subject=rule)

    def rules(self, principal: Principal) -> list[RuleView]:
        """Return the rules that the account may change."""
        with self._database.reading() as session:
            found = session.scalars(select(AlertRule).where(_manages(principal)).order_by(AlertRule.id))
            return [RuleView(row.id, rule_of(row)) for row in found]

    def set_contact(self, principal: Principal, address: str, *, officer: str | None = None) -> None:
        """Say where an officer is told of alerts that wait: the asking one, or another if the account administers."""
        whom = officer or principal.officer
        if whom != principal.officer and not principal.may(Right.ADMINISTER):
            refuse(self._database, principal, action="set-contact", subject=whom)
        channel_of(address)
        with self._database.writing() as session:
            session.merge(Contact(officer_id=whom, address=address))
            note(session, principal, "set-contact", whom)

    def contact(self, principal: Principal) -> str:
        """Return where the asking officer is told of alerts that wait; empty where nowhere."""
        with self._database.reading() as session:
            found = session.get(Contact, principal.officer)
            return "" if found is None else found.address

    def open(self, principal: Principal) -> list[AlertView]:
        """Return alerts of the account's cases and teams that nobody has taken on, the most severe first."""
        query = _seen(principal).where(Alert.taken_at.is_(None)).order_by(Alert.severity.desc(), Alert.raised_at)
        with self._database.reading() as session:
            return _views(session, session.scalars(query).all())

    def take(self, principal: Principal, alert: str) -> None:
        """Take an alert on, so that it goes to nobody else; one that is taken stays with whoever took it first.

        Raises NotFoundError, and notes the try.
        """
        with self._database.writing() as session:
            found = session.scalars(_seen(principal).where(Alert.id == alert)).first()
            if found is not None and found.taken_at is None:
                found.taken_by, found.taken_at = principal.officer, principal.at
                note(session, principal, "take-alert", alert)
        if found is None:
            refuse(self._database, principal, action="take-alert", subject=alert)


def check_rule(wish: Rule) -> None:
    """Raise UnacceptableError for a rule that cannot be."""
    channel_of(wish.address)
    if (wish.team is None) == (wish.case is None):
        raise UnacceptableError("a rule is for a team or for a case, one of them")
    if not 1 <= wish.least_severity <= URGENT:
        raise UnacceptableError(f"severity {wish.least_severity}: there are 1 to {URGENT}")
    if not timedelta(minutes=1) <= wish.escalate_after <= LONGEST_ESCALATION:
        raise UnacceptableError("an alert waits between a minute and a day before it goes further")
    try:
        ZoneInfo(wish.zone)
    except (KeyError, ValueError, OSError):
        raise UnacceptableError(
            f"{wish.zone} is no time zone that this computer knows", hint="Such as Europe/London."
        ) from None


def channel_of(address: str) -> Channel:
    """Return how an address is reached; raises UnacceptableError for one that is neither mail nor a web hook."""
    if address.startswith("https://") and len(address) <= LONGEST_ADDRESS and not set(address) & _UNPRINTABLE:
        return Channel.WEBHOOK
    name, at, domain = address.partition("@")
    if name and at and domain and len(address) <= LONGEST_ADDRESS and not set(address) & (_UNPRINTABLE | set(" ,;<>")):
        return Channel.MAIL
    raise UnacceptableError(f"{address!r} is no mail address and no https:// address")


LONGEST_ADDRESS = 254
_UNPRINTABLE = {chr(code) for code in range(32)}


def raise_for_all(connection: Connection, records: Sequence[Mapping[str, Any]]) -> None:
    """Raise alerts for new records, in the transaction that stores them; `records` are the columns of their rows.

    Most captures concern no rule: one plain query tells which do.
    """
    cases = sorted({one["case_id"] for one in records if one["kind"] == Kind.CAPTURE.value})
    least = {row[0]: row[1] for row in connection.execute(_LEAST, {"cases": cases})} if cases else {}
    concerned = [one for one in records if one["severity"] >= least.get(one["case_id"], NEVER)]
    if not concerned:
        return
    with Session(connection) as session:
        for one in concerned:
            raise_for(session, one)
        session.flush()


def raise_for(session: Session, record: Mapping[str, Any]) -> None:
    """Raise an alert for a new capture where a rule says so, in the transaction that stores it.

    `record` are the columns of its row.
    """
    if record["kind"] != Kind.CAPTURE.value:
        return
    name, severity = groups.name_in(record), record["severity"]
    subject = Subject(About.CAPTURE, record["case_id"], record["device_id"], name, severity)
    _raise(session, subject, now=record["received_at"])


def raise_silence(session: Session, subject: Subject, *, now: datetime) -> None:
    """Raise an alert for a device that went silent beyond its routine, once for each silence."""
    _raise(session, subject, now=now)


def _raise(session: Session, subject: Subject, *, now: datetime) -> None:
    case, severity = subject.case, subject.severity
    team = session.scalars(select(Case.team_id).where(Case.id == case)).first()
    found = session.scalars(
        select(AlertRule).where(
            AlertRule.least_severity <= severity,
            or_(AlertRule.case_id == case, AlertRule.team_id == team if team else AlertRule.id.is_(None)),
        )
    ).all()
    if not found or _is_raised(session, subject):
        return
    alert = Alert(
        id=new_id("alert"), case_id=case, device_id=subject.device, about=subject.about.value, group_name=subject.name,
        severity=severity, raised_at=now, escalated=0,
    )  # fmt: skip
    session.add(alert)
    for rule in found:
        jobs.add(session, SEND, f"{alert.id} {rule.id}", now=now, due=due_at(rule_of(rule), severity, now))
    soonest = min(found, key=_patience)
    begins = due_at(rule_of(soonest), severity, now)
    jobs.add(session, ESCALATE, f"{alert.id} {soonest.id}", now=now, due=begins + rule_of(soonest).escalate_after)


def due_at(rule: Rule, severity: int, now: datetime) -> datetime:
    """Return when an alert is to be sent: at once, or at the end of the quiet hours it falls into."""
    if rule.quiet is None or severity >= URGENT:
        return now
    begin, end = rule.quiet
    local = now.astimezone(ZoneInfo(rule.zone))
    clock = local.time()
    inside = begin <= clock < end if begin <= end else clock >= begin or clock < end
    if not inside:
        return now
    day = local.date() + timedelta(days=1 if begin > end and clock >= begin else 0)
    return datetime.combine(day, end, tzinfo=ZoneInfo(rule.zone)).astimezone(now.tzinfo)


def rule_of(row: AlertRule) -> Rule:
    """Return a stored rule."""
    quiet = None
    if row.quiet_from is not None and row.quiet_until is not None:
        quiet = (time.fromisoformat(row.quiet_from), time.fromisoformat(row.quiet_until))
    wait = timedelta(minutes=row.escalate_minutes)
    return Rule(row.address, row.least_severity, wait, row.team_id, row.case_id, quiet, row.zone)


NEVER = 99
_LEAST = (
    select(Case.id, func.min(AlertRule.least_severity))
    .join(AlertRule, or_(AlertRule.case_id == Case.id, AlertRule.team_id == Case.team_id))
    .where(Case.id.in_(bindparam("cases", expanding=True)))
    .group_by(Case.id)
)
"""From which severity on a rule wants to be told of a case's captures."""


def _patience(row: AlertRule) -> int:
    return row.escalate_minutes


def _is_raised(session: Session, subject: Subject) -> bool:
    """One alert for a group or a silence, unless it has grown worse since."""
    query = select(Alert.id).where(
        Alert.device_id == subject.device, Alert.group_name == subject.name, Alert.severity >= subject.severity
    )
    return session.scalars(query).first() is not None


def _scope(session: Session, principal: Principal, wish: Rule) -> tuple[str | None, str | None] | None:
    """Return team and case of a rule by their ids; None where they are not the account's."""
    if wish.team is not None:
        named = or_(Team.id == wish.team, Team.name == wish.team)
        team = session.scalars(select(Team.id).where(named, Team.id.in_(_teams(principal)))).first()
        return None if team is None else (team, None)
    case = session.scalars(select(Case.id).where(Case.id == wish.case, Case.id.in_(_cases(principal)))).first()
    return None if case is None else (None, case)


def _teams(principal: Principal) -> Select[str]:
    return select(Team.id) if principal.may(Right.ADMINISTER) else own_teams(principal, Right.ROSTER)


def _cases(principal: Principal) -> Select[str]:
    return select(Case.id) if principal.may(Right.ADMINISTER) else own_cases(principal)


def _manages(principal: Principal) -> ColumnElement[bool]:
    return or_(AlertRule.team_id.in_(_teams(principal)), AlertRule.case_id.in_(_cases(principal)))


def _seen(principal: Principal) -> Select[Alert]:
    return select(Alert).where(Alert.case_id.in_(overseen_cases(principal)))


def _row(wish: Rule, scope: tuple[str | None, str | None], principal: Principal) -> AlertRule:
    quiet: Sequence[str | None] = (None, None) if wish.quiet is None else [one.isoformat() for one in wish.quiet]
    return AlertRule(
        id=new_id("rule"), team_id=scope[0], case_id=scope[1], address=wish.address,
        least_severity=wish.least_severity, escalate_minutes=int(wish.escalate_after.total_seconds() // 60),
        quiet_from=quiet[0], quiet_until=quiet[1], zone=wish.zone, made_by=principal.officer, made_at=principal.at,
    )  # fmt: skip


def _views(session: Session, rows: Sequence[Alert]) -> list[AlertView]:
    # Not as pairs: for those SQLite reads the whole table. What is found beyond them is left aside.
    devices, names = {row.device_id for row in rows}, {row.group_name for row in rows}
    named = (CaptureGroup.device_id.in_(devices), CaptureGroup.name.in_(names))
    found = session.scalars(select(CaptureGroup).where(*named, CaptureGroup.captures > 0)).all()
    places = {(one.device_id, one.name): Place(one.device_id, one.epoch, one.seq) for one in found}
    return [_view(row, places.get((row.device_id, row.group_name))) for row in rows]


def _view(row: Alert, capture: Place | None) -> AlertView:
    return AlertView(
        row.id, About(row.about), row.case_id, row.severity, row.raised_at, row.taken_by, row.taken_at, row.escalated,
        capture,
    )  # fmt: skip


def find(session: Session, alert: str) -> Alert:
    """Return an alert; raises NotFoundError."""
    found = session.get(Alert, alert)
    if found is None:
        raise NotFoundError("no such alert")
    return found
