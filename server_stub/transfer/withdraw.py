"""Sends a case back that was accepted and that nothing has happened to: its rows and envelopes go, the audit stays."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, demand, note
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.server import Server
from server_stub.tables import Absence, Arrival, CaseNote, Decision, Record, Table
from server_stub.transfer import belonging


def has_arrived(database: Database, case: str) -> bool:
    """Return whether a case came from another server, and was not here before."""
    with database.reading() as session:
        found = session.get(Arrival, case)
        return found is not None and not found.returned


def send_back(server: Server, principal: Principal, case: str) -> int:
    """Remove an accepted case; return how many records it had.

    Raises:
        NotFoundError: it did not come from another server, or the account does not administer.
        UnacceptableError: something happened to it here, or it had been here before.
    """
    demand(server.database, principal, Right.ADMINISTER, action="send-case-back", subject=case)
    with server.database.writing() as session:
        arrival = session.get(Arrival, case)
        if arrival is None:
            raise NotFoundError(f"case {case} did not come from another server")
        _check_untouched(session, arrival)
        records = session.scalar(select(func.count()).select_from(Record).where(Record.case_id == case)) or 0
        digests = list(session.scalars(select(Record.digest).where(Record.case_id == case)))
        for table in reversed(Table.metadata.sorted_tables):
            condition = belonging.of_case(table, case)
            if condition is not None:
                session.execute(delete(table).where(condition))
        note(session, principal, "send-case-back", case)
    for digest in digests:
        server.blobs.delete(digest)
    return records


def _check_untouched(session: Session, arrival: Arrival) -> None:
    if arrival.returned:
        raise UnacceptableError("this case had been here before: give it to the other server again instead")
    received = select(Record.id).where(Record.case_id == arrival.case_id, Record.received_at > arrival.accepted_at)
    if session.scalars(received.limit(1)).first() is not None:
        raise UnacceptableError("a device of this case reports here already: give the case back instead")
    decided = select(Decision.id).where(
        Decision.case_id == arrival.case_id, Decision.decided_at > arrival.accepted_at, Decision.undone_at.is_(None)
    )
    if session.scalars(decided.limit(1)).first() is not None:
        raise UnacceptableError("something was decided about this case here", hint="Undo those decisions first.")
    noted = select(CaseNote.id).where(
        CaseNote.case_id == arrival.case_id, CaseNote.at > arrival.accepted_at, CaseNote.withdrawn_at.is_(None)
    )
    away = select(Absence.id).where(
        Absence.case_id == arrival.case_id, Absence.noted_at > arrival.accepted_at, Absence.withdrawn_at.is_(None)
    )
    if any(session.scalars(query.limit(1)).first() is not None for query in (noted, away)):
        raise UnacceptableError("something was noted about this case here", hint="Take those notes back first.")
