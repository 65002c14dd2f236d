"""Keeps the queue's rows: one for each group of near-identical captures, updated as captures come and are decided."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub.tables import CaptureGroup, Record


def name_of(record: Record) -> str:
    """Return the name of a capture's group; one that was not folded is a group of its own."""
    return record.fold_group or f"{record.epoch}.{record.seq}"


def add_capture(session: Session, record: Record) -> None:
    """Count a new record into its group, in the transaction that stores it. Other kinds of record have none."""
    if record.kind != Kind.CAPTURE.value:
        return
    group = of(session, record)
    if group is None:
        session.add(_new(record))
        return
    if record.severity > group.severity:
        group.severity, group.epoch, group.seq = record.severity, record.epoch, record.seq
    group.captures += 1
    group.undecided += 1
    group.first_at = min(group.first_at, record.recorded_at)
    group.last_at = max(group.last_at, record.recorded_at)


def of(session: Session, record: Record) -> CaptureGroup | None:
    """Return the group that a capture belongs to."""
    return session.scalars(
        select(CaptureGroup).where(CaptureGroup.device_id == record.device_id, CaptureGroup.name == name_of(record))
    ).first()


def _new(record: Record) -> CaptureGroup:
    return CaptureGroup(
        case_id=record.case_id,
        device_id=record.device_id,
        name=name_of(record),
        severity=record.severity,
        captures=1,
        undecided=1,
        first_at=record.recorded_at,
        last_at=record.recorded_at,
        epoch=record.epoch,
        seq=record.seq,
    )
