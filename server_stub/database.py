"""Opens the database, SQLite or PostgreSQL, brings its schema up to date, and hands out transactions."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Generic, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from server_stub.errors import SetupError

BUSY_MILLISECONDS = 15_000
Answer = TypeVar("Answer")
_POOL = 20  # connections of one process; Starlette answers with at most 40 threads, most of which wait for the disk
_WRITERS = 0x0_07E47  # names of advisory locks on PostgreSQL: any numbers that no other program of the database uses
_DEVICES = 0x0_07E48
_MIGRATION = 0x0_07E49


@dataclass(frozen=True, slots=True)
class Schema:
    """Which schema version a database has, and which this program wants. `found`: None for an empty database."""

    found: str | None
    wanted: str

    @property
    def is_current(self) -> bool:
        """Return whether nothing has to be done."""
        return self.found == self.wanted


class Database:
    """One database. `reading` and `writing` give sessions; a writing one commits at its end or not at all."""

    def __init__(self, url: str) -> None:
        """Open it; `url` as SQLAlchemy spells it. Raises SetupError where its kind is not known or not installed."""
        self._engine = _engine(url)
        # SQLite's own waiting looks again after ever longer sleeps; threads of one process need not sleep.
        self._turns = threading.Lock()
        self._waiting: deque[_Piece[Any]] = deque()
        if self.is_sqlite:
            _make_sqlite_durable(self._engine)

    @classmethod
    def sqlite(cls, file: Path) -> "Database":
        """Open a SQLite file."""
        return cls(f"sqlite:///{file}")

    @property
    def is_sqlite(self) -> bool:
        """Return whether this is the one-file database, which has one writer at a time."""
        return self._engine.dialect.name == "sqlite"

    @property
    def engine(self) -> Engine:
        """The engine, for what needs a connection of its own: listening, copying."""
        return self._engine

    def schema(self) -> Schema:
        """Return the schema's version; raises SetupError where the database cannot be reached."""
        wanted = ScriptDirectory.from_config(_config()).get_current_head()
        with _plainly(self._engine), self._engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        return Schema(found, str(wanted))

    def migrate(self, to: str = "head") -> None:
        """Bring the schema to a version, by default the newest; an older one than there is undoes changes.

        Raises:
            SetupError: the database cannot be reached, or was made by a newer version of this program.
        """
        config = _config()
        with _plainly(self._engine), self._changing_schema() as connection:
            config.attributes["connection"] = connection
            found = MigrationContext.configure(connection).get_current_revision()
            _refuse_newer(found, config)
            (command.downgrade if _is_older(to, found, config) else command.upgrade)(config, to)

    def require_current(self) -> None:
        """Raise SetupError unless the schema is the one that this program wants."""
        schema = self.schema()
        if not schema.is_current:
            raise SetupError(
                f"The database has schema {schema.found}, and this program wants {schema.wanted}.",
                hint="Make a backup, then: overt server migrate",
            )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for queries."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self, *, device: str | None = None) -> Iterator[Session]:
        """Give a session that holds the write lock from its first moment and commits at the end.

        Writers wait for each other, so that what one reads before it writes still holds when it commits: the end of
        the audit chain, a counter, a code that may be used once. With `device`, only writers of the same device wait,
        and those without one; such a transaction may touch nothing but the device's own rows. SQLite has one writer in
        any case.
        """
        if self.is_sqlite:
            with self._turns, Session(self._engine, expire_on_commit=False) as session, session.begin():
                session.execute(text("BEGIN IMMEDIATE"))
                yield session
            return
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            # The lock comes first: two writers that both read before writing would deadlock, or fork a chain.
            if device is None:
                session.execute(text("SELECT pg_advisory_xact_lock(:all)"), {"all": _WRITERS})
            else:
                session.execute(
                    text(
                        "SELECT pg_advisory_xact_lock_shared(:all), pg_advisory_xact_lock(:devices, hashtext(:device))"
                    ),
                    {"all": _WRITERS, "devices": _DEVICES, "device": device},
                )
            yield session

    def together(self, work: Callable[[Session], Answer], *, device: str) -> Answer:
        """Do a short piece of writing for one device, and return what it returns once that outlives a power cut.

        On SQLite the pieces that wait for the disk at the same moment share one commit; each is undone alone if it
        fails. On PostgreSQL they run side by side, as `writing` does for different devices.
        """
        if not self.is_sqlite:
            with self.writing(device=device) as session:
                return work(session)
        mine = _Piece(work)
        self._waiting.append(mine)
        with self._turns:
            # Whoever gets the turn does the work of all who wait for it meanwhile; so did somebody, perhaps, with this.
            if not mine.finished:
                _run_all(self._engine, _take_all(self._waiting))
        return mine.answer()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _changing_schema(self) -> Iterator[Connection]:
        """Give a transaction for a migration: two processes that start at the same moment take turns."""
        with self._engine.connect() as connection:
            if not self.is_sqlite:
                with connection.begin():
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION})
                    yield connection
                return
            # SQLite changes a table by making it anew, which must not look like deleting what others refer to.
            run = connection.exec_driver_sql
            run("PRAGMA foreign_keys=OFF")
            run("BEGIN IMMEDIATE")
            try:
                yield connection
                _refuse_dangling(connection)
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise
            finally:
                run("PRAGMA foreign_keys=ON")


class _Piece(Generic[Answer]):
    """Writing that waits to be done in somebody's transaction, and how it ended."""

    def __init__(self, work: Callable[[Session], Answer]) -> None:
        self.work = work
        self.finished = False
        self._answers: list[Answer] = []
        self._problem: BaseException | None = None

    def run(self, session: Session) -> None:
        """Do it; what goes wrong is undone, and kept for who waits."""
        try:
            with session.begin_nested():
                self._answers = [self.work(session)]
        except Exception as problem:  # noqa: BLE001  (raised again where it belongs, by `answer`)
            self._problem = problem

    def fail(self, problem: BaseException) -> None:
        """The transaction was not committed."""
        self._problem = problem

    def answer(self) -> Answer:
        """Return what the work returned, or raise what it raised."""
        if self._problem is not None:
            raise self._problem
        return self._answers[0]


def _take_all(waiting: "deque[_Piece[Any]]") -> "list[_Piece[Any]]":
    return [waiting.popleft() for _ in range(len(waiting))]


def _run_all(engine: Engine, pieces: "list[_Piece[Any]]") -> None:
    """Do several pieces in one transaction and one wait for the disk."""
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            session.execute(text("BEGIN IMMEDIATE"))
            for piece in pieces:
                piece.run(session)
    except BaseException as problem:
        for piece in pieces:
            piece.fail(problem)
        raise
    finally:
        for piece in pieces:
            piece.finished = True


def _engine(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return create_engine(url)
        return create_engine(
            url,
            pool_size=_POOL,
            max_overflow=_POOL,
            pool_pre_ping=True,  # the database may have been restarted meanwhile
            # A commit is on the disk before it returns, whatever the cluster's default says.
            connect_args={"options": "-c synchronous_commit=on -c timezone=UTC"},
        )
    except (ArgumentError, NoSuchModuleError):
        raise SetupError(
            "The database's address is not one that can be opened.",
            hint="SQLite: leave it out. PostgreSQL: postgresql+psycopg://USER@HOST/NAME",
        ) from None
    except ModuleNotFoundError as missing:
        raise SetupError(f"{missing.name} is not installed.", hint="pip install 'overt[postgres]'") from None


@contextmanager
def _plainly(engine: Engine) -> Iterator[None]:
    """Say plainly that a database cannot be reached, without its password."""
    try:
        yield
    except OperationalError as problem:
        where = engine.url.render_as_string(hide_password=True)
        why = str(problem.orig).strip().splitlines()[0] if problem.orig is not None else "no answer"
        raise SetupError(f"The database {where} cannot be used: {why}") from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("server_stub.migrations")))
    return config


def _refuse_dangling(connection: Connection) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise SetupError("The migration would leave rows that refer to nothing; nothing was changed.")


def _known(config: Config) -> list[str]:
    """Return all schema versions, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def _refuse_newer(found: str | None, config: Config) -> None:
    if found is not None and found not in _known(config):
        raise SetupError(
            f"The database has schema {found}, which this version of the program does not know.",
            hint="It was made by a newer version: install that one again, or restore an older backup.",
        )


def _is_older(to: str, found: str | None, config: Config) -> bool:
    versions = _known(config)
    if to == "base":
        return True
    if to != "head" and to not in versions:
        raise SetupError(f"There is no schema version {to}.", hint=f"There are {', '.join(reversed(versions))}.")
    return to != "head" and found is not None and versions.index(to) > versions.index(found)


def _make_sqlite_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit is on the disk before it returns
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MILLISECONDS}",
        ):
            connection.execute(f"PRAGMA {pragma}")
