"""The audit chain: who did what to which record, when, and whether it was allowed (DPA 2018 s.62; FIELD R26).

Each entry's digest covers the entry and the digest before it, so a removed or changed entry shows. Entries name records
and people by their keys; they never repeat what a record holds.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence import canonical
from evidence.fields import format_time
from server_stub.tables import AuditEntry

GENESIS = "0" * 64


class Outcome(Enum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


def write(session: Session, *, at: datetime, actor: str, action: str, subject: str, outcome: Outcome) -> None:
    """Add an entry in the caller's writing transaction: no view without its entry, no entry without its view."""
    write_all(session, [(subject, outcome)], at=at, actor=actor, action=action)


def write_all(
    session: Session, subjects: Sequence[tuple[str, Outcome]], *, at: datetime, actor: str, action: str
) -> None:
    """Add an entry for each of many subjects; the end of the chain is looked up once."""
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).first()
    seq, prev = (0, GENESIS) if last is None else (last.seq + 1, last.digest)
    for number, (subject, outcome) in enumerate(subjects, seq):
        entry = AuditEntry(
            seq=number, at=at, actor=actor, action=action, subject=subject[:200], outcome=outcome.value, prev=prev
        )
        entry.digest = prev = _digest(entry)
        session.add(entry)


def broken_places(session: Session) -> Iterator[int]:
    """Yield the numbers of entries that do not follow the one before them."""
    prev, seq = GENESIS, 0
    for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq)):
        if entry.seq != seq or entry.prev != prev or entry.digest != _digest(entry):
            yield entry.seq
        prev, seq = entry.digest, entry.seq + 1


def _digest(entry: AuditEntry) -> str:
    return hashlib.sha256(
        canonical.encode(
            {
                "seq": entry.seq,
                "at": format_time(entry.at),
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "outcome": entry.outcome,
                "prev": entry.prev,
            }
        )
    ).hexdigest()
