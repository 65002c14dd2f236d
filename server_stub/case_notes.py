"""What the officers of a case write down for each other: risk terms, proposed library fixes, remarks.

The words are sealed in the browser with a key that only the case's officers have; the server keeps kind, author, time.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from server_stub import audit
from server_stub.access import Principal, own_cases
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.tables import CaseNote

MOST_LISTED = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """A note. `sealed` is as the browser made it."""

    id: str
    case: str
    officer: str
    kind: str
    sealed: bytes = field(repr=False)
    at: datetime


class CaseNotes:
    """Adds, lists and withdraws notes. Every query takes a Principal."""

    def __init__(self, database: Database) -> None:
        """Work in this database."""
        self._database = database

    def add(self, principal: Principal, note_id: str, case: str, kind: str, sealed: bytes, *, now: datetime) -> None:
        """Keep a note; the same one again changes nothing. Raises NotFoundError for other people's cases."""
        with self._database.writing() as session:
            allowed = case in set(session.scalars(own_cases(principal)))
            if allowed and session.get(CaseNote, note_id) is not None:
                return
            outcome = Outcome.DONE if allowed else Outcome.REFUSED
            action = f"note-{kind}"[:64]
            audit.write(session, at=now, actor=principal.officer, action=action, subject=case, outcome=outcome)
            if allowed:
                session.add(
                    CaseNote(id=note_id, case_id=case, officer_id=principal.officer, kind=kind, sealed=sealed, at=now)
                )
        if not allowed:
            raise NotFoundError("there is no such case")

    def standing(self, principal: Principal, *, kind: str | None = None) -> list[Note]:
        """Return the notes of the officer's cases that were not withdrawn, the newest first."""
        query = select(CaseNote).where(CaseNote.case_id.in_(own_cases(principal)), CaseNote.withdrawn_at.is_(None))
        if kind is not None:
            query = query.where(CaseNote.kind == kind)
        with self._database.reading() as session:
            rows = session.scalars(query.order_by(CaseNote.at.desc(), CaseNote.id).limit(MOST_LISTED))
            return [Note(one.id, one.case_id, one.officer_id, one.kind, one.sealed, one.at) for one in rows]

    def note_labels(self, principal: Principal, case: str, *, now: datetime) -> None:
        """Note that captures leave the browser as labelled examples; raises NotFoundError for other people's cases."""
        with self._database.writing() as session:
            allowed = case in set(session.scalars(own_cases(principal)))
            outcome = Outcome.DONE if allowed else Outcome.REFUSED
            audit.write(session, at=now, actor=principal.officer, action="make-labels", subject=case, outcome=outcome)
        if not allowed:
            raise NotFoundError("there is no such case")

    def withdraw(self, principal: Principal, note_id: str, *, now: datetime) -> None:
        """Take a note back; it stays in the record. Raises NotFoundError."""
        with self._database.writing() as session:
            note = session.get(CaseNote, note_id)
            known = note is not None and note.case_id in set(session.scalars(own_cases(principal)))
            outcome = Outcome.DONE if known else Outcome.REFUSED
            audit.write(
                session, at=now, actor=principal.officer, action="withdraw-note", subject=note_id, outcome=outcome
            )
            if note is not None and known and note.withdrawn_at is None:
                note.withdrawn_at = now
        if not known:
            raise NotFoundError("there is no such note")
