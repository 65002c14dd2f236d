"""A store with many cases and captures, as rows without envelopes; and what the console's lists ask the database."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert

from server_stub import audit_search
from server_stub.access import Principal, Role
from server_stub.audit_search import Question
from server_stub.database import Database
from server_stub.place import Place
from server_stub.queue import Cursor, Filter
from server_stub.server import Server
from server_stub.tables import (
    Alert,
    Assignment,
    CaptureGroup,
    Case,
    CaseNote,
    CaseWrap,
    DecidedRecord,
    Decision,
    Device,
    Officer,
    Record,
    Table,
    columns_of,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
OFFICERS = {"all": 1, "tenth": 10, "one": 300}
"""Officers by name, and that each holds one case of so many."""
PAGE = 2000
"""What the console asks for at a time."""
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement that the database was asked, as it was sent."""

    words: str
    values: Any


def fill(database: Database, captures: int, cases: int) -> None:
    """Fill an empty store: each case has a device, half of the captures are decided, as many are no captures."""
    chance = random.Random(1)
    with database.engine.begin() as connection:

        def put(table: type[Table], rows: Iterator[dict[str, Any]]) -> None:
            chunk: list[dict[str, Any]] = []
            for row in rows:
                chunk.append(row)
                if len(chunk) == _AT_ONCE:
                    connection.execute(insert(columns_of(table)), chunk)
                    chunk = []
            if chunk:
                connection.execute(insert(columns_of(table)), chunk)

        put(Officer, ({"id": name, "name": name, "locked_key": b"", "secret_hash": "", "failures": 0,
                       "created_at": BEGIN, "role": "officer"} for name in OFFICERS))  # fmt: skip
        put(Case, ({"id": _case(one), "public_key": b"", "key_epoch": 1, "created_at": BEGIN} for one in range(cases)))
        put(CaseWrap, ({"case_id": _case(one), "epoch": 1, "officer_id": name, "wrap": b"", "suite": "x"}
                       for name, share in OFFICERS.items() for one in range(0, cases, share)))  # fmt: skip
        put(Device, ({"id": _device(one), "case_id": _case(one), "public_key": b"%32d" % one, "enrolled_at": BEGIN}
                     for one in range(cases)))  # fmt: skip
        put(Record, (_record(number, cases, chance) for number in range(2 * captures)))
        put(CaptureGroup, (_group(number, cases, chance) for number in range(0, 2 * captures, 2)))
        decided = range(0, 2 * captures, 4)
        put(Decision, ({"id": f"{number:032x}", "case_id": _case(_of(number, cases)), "officer_id": "all",
                        "disposition": "concern", "decided_at": BEGIN + timedelta(seconds=number)}
                       for number in decided))  # fmt: skip
        put(DecidedRecord, ({"decision_id": f"{number:032x}", "record_id": number + 1} for number in decided))
        put(Alert, ({"id": f"a{number}", "case_id": _case(_of(number, cases)), "device_id": _device(_of(number, cases)),
                     "group_name": str(number), "severity": 5, "raised_at": BEGIN, "escalated": 0,
                     "taken_at": BEGIN if number % 100 else None, "taken_by": "all" if number % 100 else None}
                    for number in range(0, 2 * captures, 20)))  # fmt: skip
        put(CaseNote, ({"id": f"n{number}", "case_id": _case(number % cases), "officer_id": "all", "kind": "risk-term",
                        "sealed": b"x", "at": BEGIN} for number in range(captures // 50)))  # fmt: skip
        put(Assignment, ({"id": f"{number}", "group_id": number, "what": "assign", "by_id": "all", "at": BEGIN}
                         for number in range(1, captures, 50)))  # fmt: skip
    if not database.is_sqlite:  # which keeps no statistics unless asked to, and PostgreSQL makes its own in the end
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def lists(server: Server, officer: str, captures: int) -> Mapping[str, Callable[[], object]]:
    """Return the console's lists as an officer asks for them, by name."""
    kim, now = Principal(officer, "", Role.OFFICER, BEGIN), BEGIN
    middle, place = Cursor(escalated=False, severity=3, id=captures // 2), Place(_device(0), 0, 0)
    found: dict[str, Callable[[], object]] = {}
    for which in Filter:
        found[f"queue, {which.value}"] = lambda which=which: server.queue.rows(kim, which, now=now, limit=PAGE)
        found[f"queue, {which.value}, further down"] = lambda which=which: server.queue.rows(
            kim, which, now=now, limit=PAGE, after=middle
        )
    return found | {
        "news of the queue": lambda: server.queue.state(kim),
        "queue, top": lambda: server.queue.rows(kim, Filter.UNDECIDED, now=now, limit=200),
        "captures": lambda: server.review.captures(kim, before=None, limit=200, now=now),
        "captures, further down": lambda: server.review.captures(kim, before=captures, limit=200, now=now),
        "members of groups": lambda: server.queue.members(kim, [1], now=now),
        "decisions": lambda: server.decisions.newest(kim, limit=PAGE),
        "decisions, further down": lambda: server.decisions.newest(kim, limit=PAGE, before=f"{0:032x}"),
        "own last decision": lambda: server.decisions.newest(kim, limit=1, mine=True),
        "around a capture": lambda: server.review.around(kim, place, now=now),
        "open alerts": lambda: server.alerts.open(kim),
        "notes": lambda: server.case_notes.standing(kim),
        "officers of cases": lambda: server.assignments.team(kim),
        "history of a group": lambda: server.assignments.history(kim, 1, now=now),
        "own load": lambda: server.welfare.own(kim, now=now),
        "keys": lambda: server.review.wraps(kim),
        "devices": lambda: server.review.devices(kim),
        "audit": lambda: audit_search.search(server.database, Question(), limit=200),
    }


@contextmanager
def asked(database: Database) -> Iterator[list[Asked]]:
    """Collect the queries that run meanwhile."""
    found: list[Asked] = []

    def note(_connection: Any, _cursor: Any, words: str, values: Any, _context: Any, _many: bool) -> None:
        if words.lstrip().upper().startswith("SELECT") and "advisory" not in words:
            found.append(Asked(words, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _case(number: int) -> str:
    return f"case-{number:027d}"


def _device(number: int) -> str:
    return f"device-{number:025d}"


def _of(number: int, cases: int) -> int:
    """Return the case of a record; two in a row have the same."""
    return (number // 2) % cases


def _record(number: int, cases: int, chance: random.Random) -> dict[str, Any]:
    of = _of(number, cases)
    at = BEGIN + timedelta(seconds=30 * number)
    return {
        "device_id": _device(of), "epoch": 0, "seq": number, "case_id": _case(of),
        "kind": "heartbeat" if number % 2 else "capture", "severity": 0 if number % 2 else chance.randint(1, 5),
        "fold_group": "" if number % 4 else f"g{number}", "origin": "screen", "recorded_at": at, "received_at": at,
        "digest": f"{number:064x}", "header_digest": f"{number:064x}", "head_length": 900, "receipt": b"r" * 500,
    }  # fmt: skip


def _group(number: int, cases: int, chance: random.Random) -> dict[str, Any]:
    of = _of(number, cases)
    return {
        "case_id": _case(of), "device_id": _device(of), "name": f"0.{number}" if number % 4 else f"g{number}",
        "severity": chance.randint(1, 5), "captures": 1, "undecided": int(number % 4 != 0), "first_at": BEGIN,
        "last_at": BEGIN, "epoch": 0, "seq": number, "escalated": chance.random() < 0.01,
    }  # fmt: skip
