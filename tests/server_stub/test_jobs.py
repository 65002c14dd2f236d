"""The queue of jobs on both databases: each job once though many take, again after a death, later after a failure."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from server_stub import jobs
from server_stub.database import Database
from server_stub.jobs import HOLD, MOST_TRIES, Jobs, Taken, Worker
from server_stub.tables import Job

NOW = datetime(2020, 1, 1, tzinfo=UTC)
KIND = frozenset({"alert"})


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database of each kind."""
    with closing(Database(database_url)) as found:
        found.migrate()
        yield found


def add(database: Database, *subjects: str, due: datetime | None = None, key: str | None = None) -> None:
    with database.writing() as session:
        for subject in subjects:
            jobs.add(session, "alert", subject, now=NOW, due=due, key=key)


def test_the_oldest_comes_first_and_goes_when_done(database: Database) -> None:
    """Taken in the order of falling due; a finished one is gone."""
    queue = Jobs(database)
    add(database, "second", due=NOW - timedelta(seconds=1))
    add(database, "first", due=NOW - timedelta(seconds=2))
    add(database, "not yet", due=NOW + timedelta(seconds=1))
    assert queue.waiting(now=NOW).due == 2
    taken = [queue.take(KIND, now=NOW) for _ in range(3)]
    assert [None if one is None else one.subject for one in taken] == ["first", "second", None]
    for one in taken:
        if one is not None:
            queue.done(one)
    left = queue.waiting(now=NOW)
    assert (left.due, left.later, left.given_up, left.oldest_due) == (0, 1, 0, None)


def test_a_job_of_another_kind_is_left(database: Database) -> None:
    """A process does only what it knows."""
    add(database, "a")
    assert Jobs(database).take(frozenset({"deletion"}), now=NOW) is None


def test_nothing_is_added_when_the_transaction_fails(database: Database) -> None:
    """No alert without its capture."""
    session = database.writing()
    jobs.add(session.__enter__(), "alert", "a", now=NOW)
    assert not session.__exit__(RuntimeError, RuntimeError(), None)
    assert Jobs(database).take(KIND, now=NOW) is None


def test_a_key_counts_once_while_it_waits(database: Database) -> None:
    """A second reminder is none; after it was done, there may be another."""
    queue = Jobs(database)
    add(database, "a", key="k")
    add(database, "a", key="k")
    first = queue.take(KIND, now=NOW)
    assert first is not None
    assert queue.take(KIND, now=NOW) is None
    queue.done(first)
    add(database, "a", key="k")
    assert queue.take(KIND, now=NOW) is not None


def test_who_dies_with_a_job_loses_it_to_another(database: Database) -> None:
    """Held for a while, and then due again, with the try counted."""
    queue = Jobs(database)
    add(database, "a")
    assert queue.take(KIND, now=NOW) is not None
    assert queue.take(KIND, now=NOW + HOLD) is None
    again = queue.take(KIND, now=NOW + HOLD + timedelta(seconds=1))
    assert again is not None
    assert again.tries == 2


def test_a_failure_waits_longer_each_time_and_is_given_up_at_last(database: Database) -> None:
    """Doubling waits; what was given up stays to be seen, and does not hold its key."""
    queue, now, waits = Jobs(database), NOW, []
    add(database, "a", key="k")
    for _ in range(MOST_TRIES):
        taken = queue.take(KIND, now=now)
        assert taken is not None
        queue.failed(taken, "OSError", now=now)
        with database.reading() as session:
            due = session.scalars(select(Job.due_at)).one()
        waits.append((due - now) // timedelta(minutes=1))
        assert queue.take(KIND, now=due - timedelta(seconds=1)) is None
        now = due
    assert waits[:4] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert sum(waits) > 24 * 60, "a server that is away over night must not lose an alert"
    assert queue.take(KIND, now=now + timedelta(days=9)) is None
    assert queue.waiting(now=now).given_up == 1
    add(database, "a", key="k")
    assert queue.waiting(now=now).due == 1


def test_many_workers_do_each_job_once(database: Database) -> None:
    """Eight threads with connections of their own: nothing twice, nothing left."""
    subjects = [f"job {number}" for number in range(120)]
    add(database, *subjects)
    done: list[str] = []
    workers = [Worker(database, {"alert": lambda job: done.append(job.subject)}, clock=lambda: NOW) for _ in range(8)]
    threads = [threading.Thread(target=worker.run_due) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(subjects)
    assert Jobs(database).waiting(now=NOW).due == 0


def test_a_worker_goes_on_after_a_failing_job_and_logs_no_content(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an error says may be content; its kind is not."""
    add(database, "bad", "good")
    done = []

    def handle(job: Taken) -> None:
        if job.subject == "bad":
            raise ValueError("MARKER of what was seen")
        done.append(job.subject)

    assert Worker(database, {"alert": handle}, clock=lambda: NOW).run_due() == 2
    assert done == ["good"]
    told = capsys.readouterr().err
    assert '"event": "job-failed"' in told
    assert "MARKER" not in told


def test_a_sleeping_worker_is_woken(database: Database) -> None:
    """By the notice of another process on PostgreSQL, by a call in this process on SQLite."""
    found = threading.Event()
    worker = Worker(database, {"alert": lambda _: found.set()})
    worker.start()
    try:
        add(database, "a")
        if database.is_sqlite:
            worker.wake()
        assert found.wait(90)
    finally:
        worker.close()
