"""The enrolled devices: listed for comparing fingerprints, and revoked when they are lost, given back or rebuilt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from evidence.keys import key_id
from server_stub.access import Principal, Right, note, own_cases, refuse
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.tables import Case, Device


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """A device. The fingerprint is the short name of its key, which it shows on its own screen too."""

    device: str
    case: str
    fingerprint: str
    enrolled_at: datetime
    revoked_at: datetime | None
    """From when on nothing is taken from it; None while it is in use."""
    replaces: str | None
    """The device that it continues, where it is a machine that was rebuilt."""


def list_devices(database: Database, principal: Principal) -> list[EnrolledDevice]:
    """Return the devices of the account's cases, in the order they were enrolled; all for who administers."""
    query = select(Device).where(Device.case_id.in_(reached(principal))).order_by(Device.enrolled_at, Device.id)
    with database.reading() as session:
        return [
            EnrolledDevice(
                row.id, row.case_id, key_id(row.public_key), row.enrolled_at, row.revoked_at, row.replaces_id
            )
            for row in session.scalars(query)
        ]


def case_of(database: Database, device: str) -> str:
    """Return the case of an enrolled device; raises NotFoundError."""
    with database.reading() as session:
        found = session.get(Device, device)
    if found is None:
        raise NotFoundError("no such device")
    return found.case_id


def revoke(database: Database, principal: Principal, device: str) -> None:
    """Take nothing from a device any more; what it sent stays. Raises NotFoundError, and notes the try."""
    with database.writing() as session:
        found = session.scalars(
            select(Device).where(Device.id == device, Device.case_id.in_(reached(principal)))
        ).first()
        if found is not None and found.revoked_at is None:
            found.revoked_at = principal.at
            note(session, principal, "revoke-device", found.id)
    if found is None:
        refuse(database, principal, action="revoke-device", subject=device)


def reached(principal: Principal) -> Select[str]:
    """Return the query for the cases whose devices an account manages: its own; all for who administers."""
    return select(Case.id) if principal.may(Right.ADMINISTER) else own_cases(principal)
