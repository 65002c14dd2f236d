"""A queue of jobs in the database: what must happen soon, at least once, in whichever server process has time.

A job is added in the transaction that makes it necessary (`add`): no capture without its alert, no alert without its
capture. A process takes one (`Jobs.take`), works, and says `done`, or `failed` to have it tried later. Who takes a job
holds it for a while (`HOLD`); if he dies, it is another's afterwards. So a handler may run twice for one job, and must
bear that. PostgreSQL gives two processes two jobs (SKIP LOCKED) and wakes those that wait (LISTEN / NOTIFY); SQLite has
one process, which is woken inside and looks again every few seconds.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server_stub import log
from server_stub.database import Database
from server_stub.tables import Job

HOLD = timedelta(minutes=5)
"""How long a handler may work before it is taken for dead."""
MOST_TRIES = 12
"""About two days, with the waits below; then the job is given up and shows in `overt server doctor`."""
LONGEST_WAIT = timedelta(hours=6)
LOOK_AGAIN = 5.0
"""Seconds after which a sleeper looks by itself: jobs fall due, and a wake-up call may be lost with its connection."""
_CHANNEL = "overt_jobs"


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in somebody's hands. `tries` counts this one."""

    id: int
    kind: str
    subject: str
    tries: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the queue stands. `oldest_due`: None where nothing is due."""

    due: int
    later: int
    given_up: int
    oldest_due: datetime | None


Handler = Callable[[Taken], None]
"""Does one kind of job; raises to have it tried later. It may be called twice for the same job."""


def add(
    session: Session, kind: str, subject: str, *, now: datetime, due: datetime | None = None, key: str | None = None
) -> None:
    """Add a job in the caller's writing transaction; it exists when that commits. `due`: None for at once.

    With a key, nothing is added while a job with the same key waits: one reminder, not a hundred.
    """
    if key is not None and session.scalars(select(Job.id).where(Job.key == key)).first() is not None:
        return
    session.add(
        Job(kind=kind, subject=subject, key=key, due_at=due or now, added_at=now, tries=0, trouble="", taken_until=None)
    )
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"NOTIFY {_CHANNEL}"))  # reaches the listeners when this transaction commits


class Jobs:
    """The queue as a worker sees it."""

    def __init__(self, database: Database) -> None:
        """Use this database's queue."""
        self._database = database

    def take(self, kinds: frozenset[str], *, now: datetime) -> Taken | None:
        """Take the job of these kinds that has been due the longest; None where there is none."""
        with Session(self._database.engine, expire_on_commit=False) as session, session.begin():
            if self._database.is_sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            query = select(Job).where(_is_due(now), Job.kind.in_(kinds)).order_by(Job.due_at, Job.id).limit(1)
            job = session.scalars(query.with_for_update(skip_locked=True)).first()
            if job is None:
                return None
            job.taken_until, job.tries = now + HOLD, job.tries + 1
            return Taken(job.id, job.kind, job.subject, job.tries, job.added_at)

    def done(self, taken: Taken) -> None:
        """Take a finished job off the queue."""
        with self._database.writing() as session:
            job = session.get(Job, taken.id)
            if job is not None:
                session.delete(job)

    def failed(self, taken: Taken, trouble: str, *, now: datetime) -> None:
        """Have a job tried again: a minute later, then twice as long each time; after MOST_TRIES it is given up.

        `trouble` names the kind of error: it must hold no content.
        """
        with self._database.writing() as session:
            job = session.get(Job, taken.id)
            if job is None:
                return
            job.taken_until, job.trouble = None, trouble[:200]
            job.due_at = now + min(LONGEST_WAIT, timedelta(minutes=2 ** (taken.tries - 1)))
            if taken.tries >= MOST_TRIES:
                job.given_up_at, job.key = now, None

    def waiting(self, *, now: datetime) -> Waiting:
        """Return how the queue stands."""
        with self._database.reading() as session:
            open_jobs = Job.given_up_at.is_(None)
            due = session.scalar(select(func.count()).where(open_jobs, Job.due_at <= now)) or 0
            later = session.scalar(select(func.count()).where(open_jobs, Job.due_at > now)) or 0
            given_up = session.scalar(select(func.count()).where(~open_jobs)) or 0
            oldest = session.scalars(
                select(Job.due_at).where(open_jobs, Job.due_at <= now).order_by(Job.due_at).limit(1)
            ).first()
            return Waiting(due, later, given_up, oldest)


class Worker:
    """Works through the queue in a thread, until it is closed."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Do these kinds of job; others are left to processes that know them."""
        self._jobs = Jobs(database)
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._woken = threading.Event()
        self._closed = False
        self._threads = [threading.Thread(target=self._work, name="overt-jobs", daemon=True)]
        if not database.is_sqlite:
            self._threads.append(threading.Thread(target=self._listen, name="overt-jobs-wake", daemon=True))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look at the queue now; called in this process after a job was added."""
        self._woken.set()

    def close(self) -> None:
        """Finish the job in hand and stop."""
        self._closed = True
        self.wake()
        for thread in self._threads:
            thread.join(LOOK_AGAIN * 2)

    def run_due(self) -> int:
        """Do what is due now, one after the other; return how many jobs were tried."""
        tried = 0
        while not self._closed and (taken := self._jobs.take(frozenset(self._handlers), now=self._clock())) is not None:
            tried += 1
            self._do(taken)
        return tried

    def _do(self, taken: Taken) -> None:
        try:
            self._handlers[taken.kind](taken)
        except Exception as problem:  # noqa: BLE001  (whatever goes wrong in one job must not stop the others)
            trouble = type(problem).__name__
            log.warning("job-failed", job=taken.id, kind=taken.kind, tries=taken.tries, trouble=trouble)
            self._jobs.failed(taken, trouble, now=self._clock())
            return
        self._jobs.done(taken)

    def _work(self) -> None:
        while not self._closed:
            self._woken.clear()
            try:
                self.run_due()
            except SQLAlchemyError as problem:  # the database is away for a while: the queue is still there afterwards
                log.warning("jobs-wait", trouble=type(problem).__name__)
            self._woken.wait(LOOK_AGAIN)

    def _listen(self) -> None:
        """Wake the worker when any process adds a job."""
        while not self._closed:
            try:
                with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.execute(text(f"LISTEN {_CHANNEL}"))
                    raw = connection.connection.driver_connection
                    while not self._closed and raw is not None:
                        for _ in raw.notifies(timeout=LOOK_AGAIN / 5, stop_after=1):
                            self.wake()
            except Exception as problem:  # noqa: BLE001  (also the driver's own errors: looking every few seconds stays)
                log.warning("jobs-listen", trouble=type(problem).__name__)
                self._woken.wait(LOOK_AGAIN)


def _is_due(now: datetime) -> ColumnElement[bool]:
    free = or_(Job.taken_until.is_(None), Job.taken_until < now)
    return Job.given_up_at.is_(None) & (Job.due_at <= now) & free
