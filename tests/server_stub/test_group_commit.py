"""Writing done together: all answers come after the commit, and what is wrong with one piece is that one's alone."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from server_stub.database import Database
from server_stub.group_commit import GroupCommit
from server_stub.tables import Policy, columns_of
from tests.waiting import wait_until

NAMES = [f"policy-{number}" for number in range(200)]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database of each kind."""
    with closing(Database(database_url)) as found:
        found.migrate()
        yield found


class Writer:
    """Writes a row a piece, and counts how it was done."""

    def __init__(self, database: Database) -> None:
        self.batches: list[int] = []
        self.commit = GroupCommit(
            database, together=self._together, alone=self._alone, device_of=lambda name: f"device of {name}"
        )

    def _together(self, connection: Connection, names: Sequence[str]) -> list[str]:
        now = datetime.now(UTC)
        connection.execute(insert(columns_of(Policy)), [{"name": name, "value": "x", "set_at": now} for name in names])
        self.batches.append(len(names))
        return [name.upper() for name in names]

    def _alone(self, connection: Connection, name: str) -> str:
        if name == "never":
            raise ValueError(name)
        return self._together(connection, [name])[0]


@contextmanager
def busy(database: Database) -> Iterator[None]:
    """Hold the write lock, so that others gather."""
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with database.writing():
            held.set()
            go_on.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)
    try:
        yield
    finally:
        go_on.set()
        holder.join()


def do_all(writer: Writer, names: Sequence[str], database: Database) -> dict[str, str | Exception]:
    """Have many threads write at once, beginning behind somebody who writes."""
    found: dict[str, str | Exception] = {}

    def do(name: str) -> None:
        try:
            found[name] = writer.commit.do(name)
        except (ValueError, IntegrityError) as problem:
            found[name] = problem

    with ThreadPoolExecutor(len(names)) as pool:
        with busy(database):
            tasks = [pool.submit(do, name) for name in names]
            wait_until(lambda: len(writer.commit._waiting) == len(names) - 1, 5)  # all but one, who waits for the lock
        for task in tasks:
            task.result()
    return found


def stored(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Policy.name)))


def test_many_share_a_transaction_and_each_has_its_own_answer(database: Database) -> None:
    """Forty threads: forty answers, forty rows, fewer transactions."""
    writer = Writer(database)
    found = do_all(writer, NAMES[:40], database)
    assert found == {name: name.upper() for name in NAMES[:40]}
    assert stored(database) == set(NAMES[:40])
    assert sum(writer.batches) == 40
    assert len(writer.batches) < 40


def test_one_that_cannot_be_written_fails_alone(database: Database) -> None:
    """A row that is there already, and one that is refused, among others: those are written."""
    writer = Writer(database)
    writer.commit.do(NAMES[0])
    with database.committing(["x"]) as connection:
        connection.execute(insert(columns_of(Policy)), {"name": "never", "value": "x", "set_at": datetime.now(UTC)})
    found = do_all(writer, [*NAMES[:20], "never"], database)
    assert isinstance(found.pop(NAMES[0]), IntegrityError)
    assert isinstance(found.pop("never"), ValueError)
    assert found == {name: name.upper() for name in NAMES[1:20]}
    assert stored(database) == {*NAMES[:20], "never"}


def test_an_answer_is_given_after_the_commit_only(database: Database) -> None:
    """Whoever has his answer finds his row through another connection."""
    writer = Writer(database)

    def do(name: str) -> bool:
        writer.commit.do(name)
        with database.looking() as connection:
            return connection.execute(select(Policy.name).where(Policy.name == name)).first() is not None

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(do, NAMES))
