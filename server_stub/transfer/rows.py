"""The rows that are a case's history, and their spelling as lines of JSON in a parcel."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Boolean, Column, ColumnElement, Integer, LargeBinary, String, select
from sqlalchemy.orm import Session

from evidence.keys import LockedKey
from server_stub.errors import UnacceptableError
from server_stub.moments import Moment
from server_stub.tables import (
    Absence,
    Assignment,
    AuthorityFile,
    CaptureGroup,
    CaseNote,
    CaseWrap,
    DecidedRecord,
    Decision,
    DestroyedRecord,
    Destruction,
    Device,
    FormerServer,
    HandoverFile,
    LegalHold,
    Officer,
    Record,
    Table,
    columns_of,
)
from server_stub.transfer import belonging

HISTORY: tuple[type[Table], ...] = (
    Device, AuthorityFile, Record, CaptureGroup, Decision, DecidedRecord, Assignment, CaseNote, Absence, LegalHold,
    Destruction, DestroyedRecord, FormerServer, HandoverFile,
)  # fmt: skip
"""In the order in which they refer to each other."""
PEOPLE = "people"
"""The officers whom the rows name: id, name and public key, and nothing that they log in with."""
LONGEST_LINE = 4 * 2**20
Row = dict[str, Any]


def of_case(session: Session, case: str) -> Iterator[tuple[str, Row]]:
    """Yield a case's rows with their table's name, as they are in the database."""
    for officer in session.scalars(select(Officer).where(Officer.id.in_(_named(session, case))).order_by(Officer.id)):
        public = LockedKey.from_bytes(officer.locked_key).public
        yield PEOPLE, {"id": officer.id, "name": officer.name, "public_key": public.hex()}
    for table in HISTORY:
        found = columns_of(table)
        query = select(found).where(_history_of(found, case)).order_by(*found.primary_key)
        for row in session.execute(query.execution_options(yield_per=500)).mappings():
            yield found.name, dict(row)


def spell(table: str, row: Row) -> bytes:
    """Return one line."""
    return json.dumps({"table": table, "row": {name: _plain(value) for name, value in row.items()}}).encode() + b"\n"


def read(lines: Iterable[bytes]) -> Iterator[tuple[str, Row]]:
    """Read lines strictly; raises UnacceptableError for what is no row of these tables.

    The caller cuts lines at LONGEST_LINE: one that was cut is no JSON.
    """
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            table, row = found["table"], found["row"]
            yield table, _people(row) if table == PEOPLE else _typed(_TABLES[table], row)
        except (ValueError, TypeError, KeyError, binascii.Error):
            raise UnacceptableError(f"line {number} of the parcel's rows is no row of a case") from None


def _named(session: Session, case: str) -> set[str]:
    """Return the officers whom a case's rows name."""
    groups = select(CaptureGroup.id).where(CaptureGroup.case_id == case)
    queries = (
        select(CaseWrap.officer_id).where(CaseWrap.case_id == case),
        select(Decision.officer_id).where(Decision.case_id == case),
        select(CaseNote.officer_id).where(CaseNote.case_id == case),
        select(Absence.by_id).where(Absence.case_id == case),
        select(CaptureGroup.assignee_id).where(CaptureGroup.case_id == case),
        select(Assignment.by_id).where(Assignment.group_id.in_(groups)),
        select(Assignment.to_id).where(Assignment.group_id.in_(groups)),
    )
    return {one for query in queries for one in session.scalars(query) if one is not None}


def _history_of(table: sqlalchemy.Table, case: str) -> ColumnElement[bool]:
    condition = belonging.of_case(table, case)
    if condition is None:
        raise TypeError(f"rows of {table.name} are no case's")
    return condition


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if isinstance(value, datetime) else value


def _people(row: Mapping[str, Any]) -> Row:
    if set(row) != {"id", "name", "public_key"} or not all(isinstance(one, str) for one in row.values()):
        raise ValueError("no person")
    return {"id": row["id"][:32], "name": row["name"][:100], "public_key": bytes.fromhex(row["public_key"])}


def _typed(columns: Mapping[str, Column[Any]], row: Mapping[str, Any]) -> Row:
    if set(row) != set(columns):
        raise ValueError("other columns")
    return {name: _value(columns[name], value) for name, value in row.items()}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise ValueError("missing")
        return None
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(column.type, Moment):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment
    if isinstance(column.type, String):
        return _text(column.type, value)
    wanted = bool if isinstance(column.type, Boolean) else int if isinstance(column.type, Integer) else None
    if wanted is None or type(value) is not wanted:
        raise ValueError("another type")
    return value


def _text(kind: String, value: Any) -> str:
    if not isinstance(value, str) or (kind.length is not None and len(value) > kind.length):
        raise ValueError("too long, or no text")
    return value


_TABLES = {columns_of(table).name: dict(columns_of(table).c.items()) for table in HISTORY}
