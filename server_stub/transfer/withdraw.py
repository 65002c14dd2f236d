"""Undoes a transfer. An accepted case that nothing has happened to goes: rows and envelopes, not the audit."""

from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from server_stub.access import Principal, Right, demand, note
from server_stub.errors import UnacceptableError
from server_stub.server import Server
from server_stub.tables import Absence, Arrival, CaseNote, Decision, Departure, Invitation, Record, Table
from server_stub.transfer import belonging
from server_stub.transfer.standing import take_back


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: a case that came is gone again with its records (`arrived`), or one that was given is back."""

    arrived: bool
    records: int
    devices: tuple[str, ...]


def undo(server: Server, principal: Principal, case: str) -> Undone:
    """Take back a case that was given, or send back one that came; of one that came and was given on, the former.

    Raises:
        NotFoundError: the account does not administer; the try is noted.
        UnacceptableError: neither was done with the case, or it is too late.
    """
    demand(server.database, principal, Right.ADMINISTER, action="undo-transfer", subject=case)
    with server.database.reading() as session:
        given, came = session.get(Departure, case), session.get(Arrival, case)
    if given is None and came is None:
        raise UnacceptableError(
            f"case {case} was not given to another server, and came from none",
            hint="overt server case transfer list names those that were.",
        )
    if given is None:
        return Undone(True, _send_back(server, principal, case), ())
    return Undone(False, 0, tuple(take_back(server.database, principal, case)))


def _send_back(server: Server, principal: Principal, case: str) -> int:
    """Remove an accepted case; return how many records it had."""
    with server.database.writing() as session:
        problem = why_untaken(session, session.get_one(Arrival, case))
        if problem is not None:
            raise problem
        records = session.scalar(select(func.count()).select_from(Record).where(Record.case_id == case)) or 0
        digests = list(session.scalars(select(Record.digest).where(Record.case_id == case)))
        for table in reversed(Table.metadata.sorted_tables):
            condition = belonging.of_case(table, case)
            if condition is not None:
                session.execute(delete(table).where(condition))
        session.execute(update(Invitation).where(Invitation.answered == case).values(answered=None))
        note(session, principal, "send-case-back", case)
    for digest in digests:
        server.blobs.delete(digest)
    return records


def why_untaken(session: Session, arrival: Arrival) -> UnacceptableError | None:
    """Return why a case that came cannot be sent back any more; None while it can."""
    if arrival.returned:
        return UnacceptableError("this case had been here before: give it to the other server again instead")
    if session.get(Departure, arrival.case_id) is not None:
        return UnacceptableError("this case was given on to another server")
    received = select(Record.id).where(Record.case_id == arrival.case_id, Record.received_at > arrival.accepted_at)
    if session.scalars(received.limit(1)).first() is not None:
        return UnacceptableError("a device of this case reports here already: give the case back instead")
    decided = select(Decision.id).where(
        Decision.case_id == arrival.case_id, Decision.decided_at > arrival.accepted_at, Decision.undone_at.is_(None)
    )
    if session.scalars(decided.limit(1)).first() is not None:
        return UnacceptableError("something was decided about this case here", hint="Undo those decisions first.")
    noted = select(CaseNote.id).where(
        CaseNote.case_id == arrival.case_id, CaseNote.at > arrival.accepted_at, CaseNote.withdrawn_at.is_(None)
    )
    away = select(Absence.id).where(
        Absence.case_id == arrival.case_id, Absence.noted_at > arrival.accepted_at, Absence.withdrawn_at.is_(None)
    )
    if any(session.scalars(query.limit(1)).first() is not None for query in (noted, away)):
        return UnacceptableError("something was noted about this case here", hint="Take those notes back first.")
    return None
