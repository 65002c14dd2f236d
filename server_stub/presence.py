"""When each device was alive, counted hour by hour, and what its silence means: judged every few minutes (FIELD R15).

Heartbeats are counted into hours once, by a job, so that years of records need not be read to know a routine. The
judging is `evidence.silence`; here the facts are gathered, the judgement is kept for the console, and an alert is
raised where somebody should look. Nothing is opened: headers, times of arrival and noted absences are all there is.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evidence import silence
from evidence.authority import check_withdrawal, read_authority
from evidence.errors import EvidenceError
from evidence.fields import format_time
from evidence.header import Kind
from evidence.silence import AliveHour, Away, Facts, Heard, Judgement
from server_stub import alerts, jobs, log
from server_stub.alerts import About, Subject
from server_stub.database import Database
from server_stub.jobs import Handler, Taken
from server_stub.tables import (
    Absence,
    AuthorityFile,
    Case,
    Departure,
    Device,
    Job,
    Presence,
    PresenceCursor,
    Record,
    Silence,
)

JOB = "watch-presence"
EVERY = timedelta(minutes=10)
SETTLED = timedelta(minutes=1)
"""Records that arrived within this are left for the next count: an older one may still be on its way to the disk."""
AT_ONCE = 20_000
KEPT_TOGETHER = 50
"""Judgements of one transaction: not a wait for the disk for each device, and nobody waits long for the lock."""
KEPT = timedelta(days=400)
READ = silence.ROUTINE + silence.RECENT + timedelta(days=2)
"""How far back hours and alarms are read to judge."""
_FIRST_HOUR = datetime(1970, 1, 1, tzinfo=UTC)


class PresenceWatch:
    """Counts heartbeats and judges silences, for all devices of a server."""

    def __init__(
        self, database: Database, *, issuer_key: bytes, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Work in this database; authorities are read with the issuer's key."""
        self._database = database
        self._issuer_key = issuer_key
        self._clock = clock

    def begin(self) -> None:
        """See to it that the job waits in the queue, once for all processes."""
        now = self._clock()
        with self._database.writing() as session:
            waits = select(Job.id).where(Job.kind == JOB, Job.given_up_at.is_(None))
            if session.scalars(waits).first() is None:
                _plan(session, now, due=now)

    def handlers(self) -> dict[str, Handler]:
        """Return the kind of job that this does."""
        return {JOB: self.work}

    def work(self, _job: Taken) -> None:
        """Plan the next round, then count and judge: a round that fails does not end the watching."""
        now = self._clock()
        with self._database.writing() as session:
            _plan(session, now, due=now + EVERY)
        self.look()

    def look(self) -> None:
        """Count what came in, and judge every device that is to report."""
        now = self._clock()
        while self._count(now):
            pass
        with self._database.reading() as session:
            devices = session.scalars(select(Device).join(Case).where(Case.shredded_at.is_(None))).all()
            judged = [(one, silence.judge(self._facts(session, one, now))) for one in devices]
        for begin in range(0, len(judged), KEPT_TOGETHER):
            with self._database.writing() as session:
                for device, judgement in judged[begin : begin + KEPT_TOGETHER]:
                    _keep(session, device, judgement, now)

    # --- counting ---

    def _count(self, now: datetime) -> bool:
        """Count the next heartbeats into their hours; return whether there may be more."""
        with self._database.reading() as session:
            cursor = session.get(PresenceCursor, 1)
            begin = 0 if cursor is None else cursor.record_id
            query = (
                select(Record.id, Record.device_id, Record.kind, Record.recorded_at, Record.received_at)
                .where(Record.id > begin, Record.received_at <= now - SETTLED)
                .order_by(Record.id)
                .limit(AT_ONCE)
            )
            rows = session.execute(query).all()
        if not rows:
            return False
        beats = ((one[1], one[3], one[4]) for one in rows if one[2] == Kind.HEARTBEAT.value)
        counts = hours_of(beats, since=now - KEPT)
        with self._database.writing() as session:
            cursor = session.get(PresenceCursor, 1)
            if (0 if cursor is None else cursor.record_id) != begin:
                return True  # another process counted these meanwhile
            _add_hours(session, counts)
            session.merge(PresenceCursor(id=1, record_id=rows[-1].id))
            session.execute(delete(Presence).where(Presence.hour < hour_of(now - KEPT)))
        return len(rows) == AT_ONCE

    # --- judging ---

    def _facts(self, session: Session, device: Device, now: datetime) -> Facts:
        hours = session.scalars(
            select(Presence).where(
                Presence.device_id == device.id, Presence.hour >= hour_of(now - READ), Presence.hour <= hour_of(now)
            )
        )
        return Facts(
            now=now,
            enrolled_at=device.enrolled_at,
            hours=[AliveHour(beginning_of(one.hour), one.beats, one.late) for one in hours],
            last=_last(session, device.id),
            alarms=_alarms(session, device, now - READ),
            away=away_times(session, device.case_id),
            ended_at=self._ended(session, device),
        )

    def _ended(self, session: Session, device: Device) -> datetime | None:
        """Return from when on nothing is expected of a device here: revoked, its case given away, authority over."""
        if device.revoked_at is not None:
            return device.revoked_at
        departure = session.get(Departure, device.case_id)
        if departure is not None:
            return departure.given_at
        query = select(AuthorityFile).where(AuthorityFile.device_id == device.id)
        newest = session.scalars(query.order_by(AuthorityFile.added_at.desc()).limit(1)).first()
        return None if newest is None else self._end_of(newest)

    def _end_of(self, authority: AuthorityFile) -> datetime | None:
        """Return when an authority ends or ended; None where that cannot be read, so that the watching goes on."""
        signer = authority.issuer_key or self._issuer_key  # it may have come with the case from another server
        try:
            if authority.withdrawal is not None:
                return check_withdrawal(authority.withdrawal, issuer_key=signer).withdrawn_at
            return read_authority(authority.file, issuer_key=signer).terms.not_after
        except EvidenceError as problem:
            log.warning("authority-unreadable", digest=authority.digest[:16], trouble=type(problem).__name__)
            return None


def hours_of(
    beats: Iterable[tuple[str, datetime, datetime]], *, since: datetime
) -> dict[tuple[str, int], tuple[int, int]]:
    """Count heartbeats (device, made, received) into hours: device and hour → how many, how many of them late.

    A clock that runs ahead is not believed: nothing was made after it arrived.
    """
    counts: dict[tuple[str, int], tuple[int, int]] = {}
    for device, made_at, received_at in beats:
        moment = min(made_at, received_at)
        if moment < since:
            continue
        key = device, hour_of(moment)
        before, late = counts.get(key, (0, 0))
        counts[key] = before + 1, late + int(received_at - moment > silence.LATE)
    return counts


def silence_name(row: Silence) -> str:
    """Return what an alert about a silence is known by: its meaning, and when it began."""
    return f"{row.meaning} {format_time(row.since)}"


def away_times(session: Session, case: str) -> tuple[Away, ...]:
    """Return the times in which the person of a case is noted as away."""
    query = select(Absence).where(Absence.case_id == case, Absence.withdrawn_at.is_(None))
    return tuple(Away(one.since, one.until) for one in session.scalars(query.order_by(Absence.since)))


def _keep(session: Session, device: Device, judgement: Judgement, now: datetime) -> None:
    row = session.get(Silence, device.id)
    same = row is not None and row.meaning == judgement.meaning.value
    since = row.since if row is not None and same else judgement.since
    row = session.merge(
        Silence(
            device_id=device.id, meaning=judgement.meaning.value, severity=judgement.severity, since=since,
            signs=_spell(judgement), judged_at=now,
        )
    )  # fmt: skip
    if judgement.severity:
        subject = Subject(About.SILENCE, device.case_id, device.id, silence_name(row), judgement.severity)
        alerts.raise_silence(session, subject, now=now)


def _plan(session: Session, now: datetime, *, due: datetime) -> None:
    slot = int((due - _FIRST_HOUR) / EVERY)
    jobs.add(session, JOB, "all devices", now=now, due=due, key=f"{JOB} {slot}")


def _add_hours(session: Session, counts: dict[tuple[str, int], tuple[int, int]]) -> None:
    for (device, hour), (beats, late) in counts.items():
        row = session.get(Presence, (device, hour))
        if row is None:
            session.add(Presence(device_id=device, hour=hour, beats=beats, late=late))
        else:
            row.beats, row.late = row.beats + beats, row.late + late


def _last(session: Session, device: str) -> Heard | None:
    query = select(Record.recorded_at, Record.received_at, Record.kind).where(Record.device_id == device)
    row = session.execute(query.order_by(Record.epoch.desc(), Record.seq.desc()).limit(1)).first()
    return None if row is None else Heard(row.recorded_at, row.received_at, Kind(row.kind))


def _alarms(session: Session, device: Device, since: datetime) -> Sequence[datetime]:
    query = select(Record.recorded_at).where(
        Record.case_id == device.case_id,
        Record.kind == Kind.EVENT.value,
        Record.device_id == device.id,
        Record.severity >= silence.ALARM,
        Record.recorded_at >= since,
    )
    return session.scalars(query).all()


def _spell(judgement: Judgement) -> bytes:
    signs = [{"words": one.words, "at": None if one.at is None else format_time(one.at)} for one in judgement.signs]
    return json.dumps(signs).encode()


def hour_of(moment: datetime) -> int:
    """Return the hour that a moment falls into, counted as in `Presence`."""
    return (moment - _FIRST_HOUR) // silence.HOUR


def beginning_of(hour: int) -> datetime:
    """Return when such an hour began."""
    return _FIRST_HOUR + hour * silence.HOUR
