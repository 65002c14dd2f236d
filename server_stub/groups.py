"""Keeps the queue's rows: one for each group of near-identical captures, updated as captures come and are decided."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub.moments import Moment
from server_stub.tables import CaptureGroup, Record, columns_of


def name_of(record: Record) -> str:
    """Return the name of a capture's group; one that was not folded is a group of its own."""
    return record.fold_group or f"{record.epoch}.{record.seq}"


def name_in(record: Mapping[str, Any]) -> str:
    """The same for the columns of a row."""
    name: str = record["fold_group"] or f"{record['epoch']}.{record['seq']}"
    return name


def add_capture(session: Session, record: Mapping[str, Any]) -> None:
    """Count a new record into its group, in the transaction that stores it. Other kinds of record have none.

    `record` are the columns of its row. Plain statements: this runs for every capture that comes in.
    """
    if record["kind"] != Kind.CAPTURE.value:
        return
    name = name_in(record)
    if not record["fold_group"] or not _count_in(session, record, name):
        session.execute(insert(columns_of(CaptureGroup)), _columns(record, name))


def _count_in(session: Session, record: Mapping[str, Any], name: str) -> bool:
    """Count a capture into a group that is there; return whether it is."""
    more = record["severity"] > CaptureGroup.severity
    when = literal(record["recorded_at"], Moment)
    changed = session.connection().execute(
        update(columns_of(CaptureGroup))
        .where(CaptureGroup.device_id == record["device_id"], CaptureGroup.name == name)
        .values(
            severity=case((more, record["severity"]), else_=CaptureGroup.severity),
            epoch=case((more, record["epoch"]), else_=CaptureGroup.epoch),
            seq=case((more, record["seq"]), else_=CaptureGroup.seq),
            captures=CaptureGroup.captures + 1,
            undecided=CaptureGroup.undecided + 1,
            first_at=case((when < CaptureGroup.first_at, when), else_=CaptureGroup.first_at),
            last_at=case((when > CaptureGroup.last_at, when), else_=CaptureGroup.last_at),
        )
    )
    return changed.rowcount > 0


def of(session: Session, record: Record) -> CaptureGroup | None:
    """Return the group that a capture belongs to."""
    return session.scalars(
        select(CaptureGroup).where(CaptureGroup.device_id == record.device_id, CaptureGroup.name == name_of(record))
    ).first()


def forget(session: Session, record: Record, *, decided: bool) -> None:
    """Take a capture whose content was destroyed out of its group; another one stands for the group then."""
    group = of(session, record) if record.kind == Kind.CAPTURE.value else None
    if group is None:
        return
    group.captures -= 1
    group.undecided -= 0 if decided else 1
    if (group.epoch, group.seq) != (record.epoch, record.seq) or not record.fold_group:
        return
    left = session.scalars(
        select(Record)
        .where(
            Record.device_id == record.device_id,
            Record.case_id == record.case_id,
            Record.fold_group == record.fold_group,
            Record.tombstone.is_(None),
            Record.id != record.id,
        )
        .order_by(Record.severity.desc(), Record.id)
        .limit(1)
    ).first()
    if left is not None:
        group.severity, group.epoch, group.seq = left.severity, left.epoch, left.seq


def _columns(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "case_id": record["case_id"],
        "device_id": record["device_id"],
        "name": name,
        "severity": record["severity"],
        "captures": 1,
        "undecided": 1,
        "first_at": record["recorded_at"],
        "last_at": record["recorded_at"],
        "epoch": record["epoch"],
        "seq": record["seq"],
        "escalated": False,
    }
