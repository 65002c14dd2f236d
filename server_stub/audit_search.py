"""What an auditor asks the audit chain: does it hold, and who did what (FIELD R26). Reading it changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from server_stub import audit
from server_stub.access import Principal, Right, demand, note
from server_stub.audit import GENESIS, Outcome
from server_stub.database import Database
from server_stub.tables import AuditEntry

MOST_FOUND = 10_000


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking the whole chain gave. `head` is the newest digest: written down elsewhere, it shows a cut end."""

    entries: int
    head: str
    broken: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Which entries are wanted; what is None does not matter. `subject` is the beginning of it."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    before: int | None = None
    """Only entries with a smaller number: the next page."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was written."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str


def verify(database: Database) -> ChainReport:
    """Check every entry against the one before it."""
    with database.reading() as session:
        broken = tuple(audit.broken_places(session))
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).first()
        entries = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        return ChainReport(entries, GENESIS if last is None else last.digest, broken)


def has_digest(database: Database, digest: str) -> bool:
    """Return whether the chain still holds an entry that somebody wrote down."""
    with database.reading() as session:
        return session.scalars(select(AuditEntry.seq).where(AuditEntry.digest == digest)).first() is not None


def search(database: Database, question: Question, *, limit: int) -> list[Entry]:
    """Return the newest entries that fit, newest first."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(min(limit, MOST_FOUND))
    for column, wanted in ((AuditEntry.actor, question.actor), (AuditEntry.action, question.action)):
        query = query if wanted is None else query.where(column == wanted)
    if question.subject is not None:
        query = query.where(AuditEntry.subject.startswith(question.subject, autoescape=True))
    if question.outcome is not None:
        query = query.where(AuditEntry.outcome == question.outcome.value)
    if question.since is not None:
        query = query.where(AuditEntry.at >= question.since)
    if question.before is not None:
        query = query.where(AuditEntry.seq < question.before)
    with database.reading() as session:
        return [
            Entry(one.seq, one.at, one.actor, one.action, one.subject, one.outcome) for one in session.scalars(query)
        ]


def ask(database: Database, principal: Principal, question: Question, *, limit: int) -> list[Entry]:
    """Search for an auditor; the search itself becomes an entry. Raises NotFoundError for every other role."""
    demand(database, principal, Right.AUDIT, action="search-audit", subject="audit")
    found = search(database, question, limit=limit)
    with database.writing() as session:
        note(
            session,
            principal,
            "search-audit",
            f"{question.actor or ''} {question.action or ''} {question.subject or ''}",
        )
    return found


def check(database: Database, principal: Principal) -> ChainReport:
    """Check the chain for an auditor; that becomes an entry. Raises NotFoundError for every other role."""
    demand(database, principal, Right.AUDIT, action="verify-audit", subject="audit")
    report = verify(database)
    with database.writing() as session:
        note(session, principal, "verify-audit", report.head)
    return report
