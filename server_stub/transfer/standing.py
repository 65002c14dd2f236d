"""A case that was given: what its devices are told, that they have moved, and taking it back while none has."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server_stub import audit
from server_stub.access import Principal, Right, demand, note
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError, UnacceptableError
from server_stub.tables import Departure, Device, FormerServer, HandoverFile


def require_here(session: Session, case: str) -> None:
    """Raise UnacceptableError where a case was given to another server: what is changed here would not reach it."""
    if session.get(Departure, case) is not None:
        raise UnacceptableError(
            f"case {case} was given to another server", hint="overt server case transfer list says how it stands."
        )


def handover_for(database: Database, device: str) -> bytes:
    """Return the hand-over that a device is to follow; raises NotFoundError."""
    with database.reading() as session:
        return _handover(session, device).file


def follow(database: Database, device: str, digest: str, *, now: datetime) -> None:
    """Note that a device follows a hand-over: from now on it cannot be undone. Raises NotFoundError."""
    with database.writing() as session:
        kept = _handover(session, device)
        if not hmac.compare_digest(hashlib.sha256(kept.file).hexdigest(), digest):
            raise NotFoundError("this is not the hand-over that stands")
        row = session.get_one(Device, device)
        if row.moved_at is None:
            row.moved_at = now
            subject = f"{device} {row.case_id}"
            audit.write(session, at=now, actor=device, action="follow-handover", subject=subject, outcome=Outcome.DONE)


def take_back(database: Database, principal: Principal, case: str) -> Sequence[str]:
    """Undo what was given, while no device has moved; return the devices, of which records are taken again.

    Raises:
        NotFoundError: the case was not given, or the account does not administer.
        UnacceptableError: a device has moved.
    """
    demand(database, principal, Right.ADMINISTER, action="undo-transfer", subject=case)
    with database.writing() as session:
        departure = session.get(Departure, case)
        if departure is None:
            raise NotFoundError(f"case {case} was not given to another server")
        devices = session.scalars(select(Device).where(Device.case_id == case, Device.given_at.is_not(None))).all()
        for device in devices:
            if device.moved_at is not None:
                raise UnacceptableError(
                    f"device {device.id} moved at {device.moved_at:%Y-%m-%d %H:%M}: it cannot be called back from here",
                    hint="The other server can give the case back: overt server case transfer invite, here.",
                )
        number = former_count(session, case)
        for device in devices:
            device.given_at = None
            found = session.get(HandoverFile, (device.id, number))
            if found is not None:
                session.delete(found)
        session.execute(delete(Departure).where(Departure.case_id == case))
        note(session, principal, "undo-transfer", case)
        return [device.id for device in devices]


def former_count(session: Session, case: str) -> int:
    """Return how many servers had a case before this one: the number of a hand-over from here."""
    return session.scalar(select(func.count()).select_from(FormerServer).where(FormerServer.case_id == case)) or 0


def _handover(session: Session, device: str) -> HandoverFile:
    row = session.get(Device, device)
    kept = None
    if row is not None and row.given_at is not None:
        kept = session.get(HandoverFile, (device, former_count(session, row.case_id)))
    if kept is None:
        raise NotFoundError("this device is not handed over")
    return kept
