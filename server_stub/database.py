"""Opens the database, SQLite or PostgreSQL, brings its schema up to date, and hands out transactions."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from server_stub.errors import SetupError

BUSY_MILLISECONDS = 15_000
IDLE = 1.0
"""Seconds after which a connection is tried before it is used."""
_POOL = 20  # connections of one process; Starlette answers with at most 40 threads, most of which wait for the disk
_WRITERS = 0x0_07E47  # names of advisory locks on PostgreSQL: any numbers that no other program of the database uses
_DEVICES = 0x0_07E48
_MIGRATION = 0x0_07E49
# In one order for all, or two processes with the same two devices would wait for each other for ever.
_LOCK_DEVICES = text(
    "SELECT pg_advisory_xact_lock_shared(:all), count(pg_advisory_xact_lock(:devices, key)) FROM "
    "(SELECT DISTINCT hashtext(name) AS key FROM unnest(CAST(:names AS text[])) AS name ORDER BY key) AS keys"
)


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
        # Each statement for itself: no BEGIN and no ROLLBACK around a single query.
        self._plain = self._engine if self.is_sqlite else self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # SQLite's own waiting looks again after ever longer sleeps; threads of one process need not sleep.
        self._turns = threading.Lock()
        if self.is_sqlite:
            _make_sqlite_durable(self._engine)
        else:
            _try_idle_connections(self._engine)

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
    def looking(self) -> Iterator[Connection]:
        """Give a connection for plain statements that only read and need not see one moment: the cheapest there is."""
        with self._plain.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that holds the write lock from its first moment and commits at the end.

        Writers wait for each other, so that what one reads before it writes still holds when it commits: the end of
        the audit chain, a counter, a code that may be used once.
        """
        if self.is_sqlite:
            with self._turns, Session(self._engine, expire_on_commit=False) as session, session.begin():
                session.execute(text("BEGIN IMMEDIATE"))
                yield session
            return
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            # The lock comes first: two writers that both read before writing would deadlock, or fork a chain.
            session.execute(text("SELECT pg_advisory_xact_lock(:all)"), {"all": _WRITERS})
            yield session

    @contextmanager
    def committing(self, devices: Sequence[str]) -> Iterator[Connection]:
        """Give a connection for plain writing that touches nothing but rows of these devices; it commits at the end.

        On PostgreSQL only writers of the same devices wait for it, and those of `writing`; SQLite has one writer in any
        case. Once this returned, what was written outlives a power cut.
        """
        if self.is_sqlite:
            with self._turns, self._engine.connect() as connection, connection.begin():
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
            return
        with self._engine.connect() as connection, connection.begin():
            connection.execute(_LOCK_DEVICES, {"all": _WRITERS, "devices": _DEVICES, "names": list(devices)})
            yield connection

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


def _engine(url: str) -> Engine:
    try:
        if make_url(url).get_backend_name() == "sqlite":
            return create_engine(url)
        return create_engine(
            url,
            pool_size=_POOL,
            max_overflow=_POOL,
            connect_args={
                # A commit is on the disk before it returns, whatever the cluster's default says.
                "options": "-c synchronous_commit=on -c timezone=UTC",
                # A database that vanished without a word is noticed: who asks is to be told, not kept waiting.
                "connect_timeout": 5,
                "keepalives_idle": 30,
                "tcp_user_timeout": 30_000,
            },
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
            connection.execute(f"PRAGMA {pragma}")  # nosemgrep: built-statement  (constants; a pragma cannot be bound)


def _try_idle_connections(engine: Engine) -> None:
    """Try a connection before it is used, as `pool_pre_ping` does: the database may have been restarted meanwhile.

    But not one that was in use a moment ago: under load that is most of them, and each try is a wait for an answer.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_USED, time.monotonic()) > IDLE:
            try:
                engine.dialect.do_ping(connection)
            except Exception:  # noqa: BLE001  (whatever the driver raises, the pool gives another connection)
                raise DisconnectionError from None


_USED = "used"
