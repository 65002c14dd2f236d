"""Opens the database, brings its schema up to date, and hands out transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

BUSY_MILLISECONDS = 15_000


class Database:
    """One database. `reading` and `writing` give sessions; a writing one commits at its end or not at all."""

    def __init__(self, url: str) -> None:
        """Open it; `url` as SQLAlchemy spells it."""
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            _make_sqlite_durable(self._engine)

    @classmethod
    def sqlite(cls, file: Path) -> "Database":
        """Open a SQLite file."""
        return cls(f"sqlite:///{file}")

    def migrate(self) -> None:
        """Bring the schema to the newest version."""
        config = Config()
        config.set_main_option("script_location", str(files("server_stub.migrations")))
        with self._engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for queries."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session that holds the write lock from its first moment and commits at the end."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            if self._engine.dialect.name == "sqlite":
                # The lock comes first: two writers that both read before writing would deadlock.
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


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
