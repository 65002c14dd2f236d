"""The enrolled devices, for an administrator to compare with what the devices show."""

from dataclasses import dataclass

from sqlalchemy import select

from evidence.keys import key_id
from server_stub.database import Database
from server_stub.tables import Device


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """A device. The fingerprint is the short name of its key, which it shows on its own screen too."""

    device: str
    case: str
    fingerprint: str


def enrolled_devices(database: Database) -> list[EnrolledDevice]:
    """Return all devices, in the order they were enrolled."""
    with database.reading() as session:
        rows = session.scalars(select(Device).order_by(Device.enrolled_at))
        return [EnrolledDevice(row.id, row.case_id, key_id(row.public_key)) for row in rows]
