"""Which set of libraries each device says that it runs. It says so, signed, whenever it asks for a newer one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from server_stub.database import Database
from server_stub.tables import Device, RunningSet


@dataclass(frozen=True, slots=True)
class Running:
    """What a device runs; `version` 0 stands for the libraries that came with it, None for a device that never said."""

    device: str
    case: str
    version: int | None
    said_at: datetime | None


def note(database: Database, device: str, version: int, *, now: datetime) -> None:
    """Keep what a device said."""
    with database.writing() as session:
        session.merge(RunningSet(device_id=device, version=version, said_at=now))


def running(database: Database) -> list[Running]:
    """Return what every device runs, by case."""
    query = select(Device.id, Device.case_id, RunningSet.version, RunningSet.said_at)
    query = query.outerjoin(RunningSet, RunningSet.device_id == Device.id).order_by(Device.case_id, Device.id)
    with database.reading() as session:
        return [Running(*row) for row in session.execute(query)]
