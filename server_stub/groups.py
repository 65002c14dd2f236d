"""Keeps the queue's rows: one for each group of near-identical captures, updated as captures come and are decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from evidence.header import Kind
from server_stub.tables import CaptureGroup, Record, columns_of


def name_of(record: Record) -> str:
    """Return the name of a capture's group; one that was not folded is a group of its own."""
    return record.fold_group or f"{record.epoch}.{record.seq}"


def name_in(record: Mapping[str, Any]) -> str:
    """The same for the columns of a row."""
    name: str = record["fold_group"] or f"{record['epoch']}.{record['seq']}"
    return name


def add_captures(connection: Connection, records: Sequence[Mapping[str, Any]]) -> None:
    """Count new records into their groups, in the transaction that stores them. Other kinds of record have none.

    `records` are the columns of their rows. One plain statement for all: this runs for every capture that comes in.
    """
    rows = [_columns(one) for one in records if one["kind"] == Kind.CAPTURE.value]
    if rows:
        connection.execute(_COUNT_IN[connection.dialect.name], rows)


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


def _columns(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "case_id": record["case_id"],
        "device_id": record["device_id"],
        "name": name_in(record),
        "severity": record["severity"],
        "captures": 1,
        "undecided": 1,
        "first_at": record["recorded_at"],
        "last_at": record["recorded_at"],
        "epoch": record["epoch"],
        "seq": record["seq"],
        "escalated": False,
        "changes": 0,
    }


def _count_in(dialect: Any) -> Any:
    """Return the statement that adds a group, or counts a capture into it where it is there."""
    added = dialect.insert(columns_of(CaptureGroup))
    held, new = columns_of(CaptureGroup).c, added.excluded
    worse = new.severity > held.severity
    return added.on_conflict_do_update(
        index_elements=[held.device_id, held.name],
        set_={
            **{name: case((worse, new[name]), else_=held[name]) for name in ("severity", "epoch", "seq")},
            "captures": held.captures + 1,
            "undecided": held.undecided + 1,
            "changes": held.changes + 1,
            "first_at": case((new.first_at < held.first_at, new.first_at), else_=held.first_at),
            "last_at": case((new.last_at > held.last_at, new.last_at), else_=held.last_at),
        },
    )


_COUNT_IN = {"sqlite": _count_in(sqlite), "postgresql": _count_in(postgresql)}
