"""Looks a server over: what works, what does not, what to do about it. Changes nothing but a probe in the store."""

import hashlib
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from cryptography import x509
from sqlalchemy import Select, func, select, text

from server_stub import audit_search, checkpoints
from server_stub.access import Role
from server_stub.approvals import needs_four_eyes
from server_stub.blobs import Blobs, open_blobs
from server_stub.database import Database
from server_stub.errors import ServerError, StoreError
from server_stub.folder import ServerFolder
from server_stub.jobs import Jobs
from server_stub.tables import AuthorityFile, Case, Device, Officer, Record, TeamMember

SAMPLE = 50
"""Newest envelopes that are read and compared with their digests."""
LEAST_FREE = 5 * 2**30
CERTIFICATE_WARNING = timedelta(days=30)
LEAST_POSTGRESQL = 150_000
CHECKPOINT_AGE = timedelta(days=2)
JOB_AGE = timedelta(minutes=15)


class State(Enum):
    """How a thing stands."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice` is empty where nothing need be done."""

    name: str
    state: State
    words: str
    advice: str = ""


def examine(folder: ServerFolder, *, now: datetime) -> Iterator[Check]:
    """Yield what is found, one thing after the other; the rest is left out where the settings or the database fail."""
    try:
        folder.settings()
    except ServerError as problem:
        yield Check("settings", State.BAD, str(problem), problem.hint)
        return
    yield Check("settings", State.GOOD, f"{folder.settings_file} can be read")
    yield _private(folder)
    yield _offline_keys(folder)
    yield _certificate(folder, now)
    try:
        with closing(Database(folder.database_url())) as database:
            yield _database(database)
            yield from _store(folder, database, now)
    except ServerError as problem:
        yield Check("database", State.BAD, str(problem), problem.hint)


def _store(folder: ServerFolder, database: Database, now: datetime) -> Iterator[Check]:
    if not database.schema().is_current:
        return
    blobs = open_blobs(folder)
    yield _envelopes(database, blobs)
    yield _space(folder.root)
    yield _audit_chain(database)
    yield _checkpoints(database, now)
    yield _set_up(folder, database)
    yield _second_person(database)
    yield _jobs(database, now)


def _private(folder: ServerFolder) -> Check:
    secrets = [folder.receipt_key_file, folder.tls_key]
    if database_is_here := folder.database.exists():
        secrets.append(folder.root)
    loose = [path for path in secrets if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if loose:
        return Check("private", State.BAD, f"others may read {loose[0]}", f"chmod go-rwx {loose[0]}")
    return Check(
        "private", State.GOOD, "keys" + (" and database" if database_is_here else "") + " are their owner's only"
    )


def _offline_keys(folder: ServerFolder) -> Check:
    beside = folder.root.with_name(folder.root.name + "-offline")
    if (beside / "issuing.key").exists() or (beside / "recovery.key").exists():
        advice = "Move that folder off this machine: it permits monitoring, and gives cases to new officers."
        return Check("offline keys", State.WARNING, f"the keys that belong elsewhere are in {beside}", advice)
    return Check("offline keys", State.GOOD, "not on this machine, as far as can be seen")


def _certificate(folder: ServerFolder, now: datetime) -> Check:
    until = x509.load_pem_x509_certificate(folder.tls_certificate.read_bytes()).not_valid_after_utc
    words, left = f"the TLS certificate is good until {until:%Y-%m-%d}", until - now
    if left <= timedelta(0):
        return Check("certificate", State.BAD, f"the TLS certificate ended on {until:%Y-%m-%d}", "Devices are refused.")
    if left < CERTIFICATE_WARNING:
        return Check("certificate", State.WARNING, words, "Renew it before that day.")
    return Check("certificate", State.GOOD, words)


def _database(database: Database) -> Check:
    schema = database.schema()
    with database.engine.connect() as connection:
        question = "SELECT sqlite_version()" if database.is_sqlite else "SHOW server_version_num"
        version = str(connection.execute(text(question)).scalar())
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    if not database.is_sqlite and int(version) < LEAST_POSTGRESQL:
        return Check("database", State.BAD, f"PostgreSQL {version} is too old", "Version 15 or newer is needed.")
    if not schema.is_current:
        words = f"{kind} {version} has schema {schema.found}, and {schema.wanted} is wanted"
        return Check("database", State.BAD, words, "Make a backup, then: overt server migrate")
    return Check("database", State.GOOD, f"{kind} {version}, schema {schema.found}")


def _envelopes(database: Database, blobs: Blobs) -> Check:
    try:
        blobs.check()
    except StoreError as problem:
        return Check("envelopes", State.BAD, str(problem), "Nothing can be taken in until it can be written to.")
    with database.reading() as session:
        digests = list(
            session.scalars(
                select(Record.digest).where(Record.tombstone.is_(None)).order_by(Record.id.desc()).limit(SAMPLE)
            )
        )
    damaged = [digest for digest in digests if not _is_whole(blobs, digest)]
    if damaged:
        words = f"{len(damaged)} of the newest {len(digests)} are missing or damaged, such as {damaged[0][:16]}"
        return Check("envelopes", State.BAD, words, "overt evidence verify DATA names every one; see docs/operating.md")
    return Check("envelopes", State.GOOD, f"can be written to; the newest {len(digests)} are whole")


def _is_whole(blobs: Blobs, digest: str) -> bool:
    try:
        return hashlib.sha256(blobs.read(digest)).hexdigest() == digest
    except StoreError:
        return False


def _space(root: Path) -> Check:
    free = shutil.disk_usage(root).free
    words = f"{free / 2**30:.0f} GB free at {root}"
    if free < LEAST_FREE:
        return Check("disk", State.BAD, words, "Devices keep what is not taken, until their own disks are full.")
    return Check("disk", State.GOOD, words)


def _audit_chain(database: Database) -> Check:
    report = audit_search.verify(database)
    if report.broken:
        words = f"the audit chain is broken at entry {report.broken[0]}"
        return Check("audit", State.BAD, words, "Somebody changed the database: overt server audit verify")
    return Check("audit", State.GOOD, f"{report.entries} entries follow each other; head {report.head[:16]}")


def _checkpoints(database: Database, now: datetime) -> Check:
    with database.reading() as session:
        first = session.scalars(select(Record.received_at).order_by(Record.id).limit(1)).first()
    newest = checkpoints.newest_at(database)
    if first is None:
        return Check("checkpoints", State.GOOD, "nothing was received yet")
    age = now - first if newest is None else now - newest
    if age > CHECKPOINT_AGE:
        words = "none was made yet" if newest is None else f"the newest is {age.days} days old"
        return Check("checkpoints", State.WARNING, words, "Once a day: overt server checkpoint (docs/operating.md)")
    return Check("checkpoints", State.GOOD, "signed within the last two days")


def _set_up(folder: ServerFolder, database: Database) -> Check:
    """Say what comes next on the way from nothing to a device that is watched."""
    data = f"--data {folder.root}"
    steps: list[tuple[Select[Any], str, str]] = [
        (_open(Role.ADMINISTRATOR), "nobody administers", f"overt server officer add NAME --role administrator {data}"),
        (
            _open(Role.OFFICER, Role.SUPERVISOR),
            "nobody opens captures",
            f"an administrator offers an account in the console, or: overt server officer add NAME {data}",
        ),
        (select(Case.id), "there is no case", f"overt server case new --officer NAME {data}"),
        (
            select(Device.id).where(Device.revoked_at.is_(None)),
            "no device has joined",
            f"overt server device code --case CASE {data}",
        ),
        (
            select(AuthorityFile.digest).where(AuthorityFile.withdrawal.is_(None)),
            "no authority was issued, so nothing may be watched",
            f"overt server authority issue --device DEVICE … {data}",
        ),
    ]
    with database.reading() as session:
        for query, words, advice in steps:
            if session.execute(query.limit(1)).first() is None:
                return Check("set-up", State.WARNING, words, f"Next: {advice}")
    return Check("set-up", State.GOOD, "accounts, a case, a device and an authority are there")


def _second_person(database: Database) -> Check:
    """Say whether what takes two people can be done by two, in each case."""
    approving = select(TeamMember.team_id).join(Officer, Officer.id == TeamMember.officer_id).where(
        Officer.role == Role.SUPERVISOR.value, Officer.closed_at.is_(None)
    )  # fmt: skip
    lacking = select(func.count()).select_from(Case).where(
        Case.shredded_at.is_(None), Case.team_id.is_(None) | Case.team_id.not_in(approving)
    )  # fmt: skip
    with database.reading() as session:
        demanded, without = needs_four_eyes(session), session.scalar(lacking) or 0
    if not demanded:
        words = "one person alone may export, destroy, issue authorities, publish libraries, give cases away"
        return Check("four eyes", State.WARNING, words, "To demand a second one: overt server approval four-eyes on")
    if without:
        words = f"demanded, and {without} case{'' if without == 1 else 's'} may have no supervisor who could approve"
        return Check("four eyes", State.WARNING, words, "Give the case to a team with one: overt server team case")
    return Check("four eyes", State.GOOD, "demanded, and each case has a team with a supervisor")


def _open(*roles: Role) -> Select[Any]:
    return select(Officer.id).where(Officer.role.in_([one.value for one in roles]), Officer.closed_at.is_(None))


def _jobs(database: Database, now: datetime) -> Check:
    waiting = Jobs(database).waiting(now=now)
    if waiting.given_up:
        return Check(
            "jobs", State.BAD, f"{waiting.given_up} failed for the last time", "The log names them: job-failed"
        )
    if waiting.oldest_due is not None and now - waiting.oldest_due > JOB_AGE:
        return Check("jobs", State.BAD, f"{waiting.due} wait for too long", "Does a server run? overt server run")
    return Check("jobs", State.GOOD, f"{waiting.due} due, {waiting.later} later")
