"""Schema versions on both databases: up and down again, the same tables as the code says, nothing lost on the way."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from server_stub.database import Database
from server_stub.errors import SetupError
from server_stub.tables import Table


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database of each kind."""
    with closing(Database(database_url)) as found:
        yield found


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_up_gives_the_tables_of_the_code_and_down_leaves_none(database: Database) -> None:
    """What the migrations make is what the code expects, column by column; going back takes all of it away."""
    assert database.schema().found is None
    database.migrate()
    assert database.schema().is_current
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Table.metadata) == []
    assert len(tables(database)) > 10
    database.migrate("base")
    assert tables(database) == set()
    database.migrate()
    assert database.schema().is_current


def test_each_step_goes_down_and_up_again(database: Database) -> None:
    """One version at a time, from the newest to the first and back."""
    database.migrate()
    newest = int(database.schema().wanted)
    steps = [f"{number:04d}" for number in range(newest - 1, 0, -1)]
    assert steps
    for step in [*steps, *reversed(steps), "head"]:
        database.migrate(step)
    assert database.schema().is_current


def test_rows_outlive_a_migration(database: Database) -> None:
    """An account of the first schema is there in the newest one, as an officer."""
    database.migrate("0001")
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO officers (id, name, locked_key, secret_hash, failures, created_at) "
                "VALUES ('officer-1', 'kim', :key, 'h', 0, '2024-01-01 00:00:00+00:00')"
            ),
            {"key": b"k"},
        )
    database.migrate()
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT name, role FROM officers")).all() == [("kim", "officer")]


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    """Refused with what to do, and not touched."""
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="schema 9999") as caught:
        database.migrate()
    assert "newer version" in caught.value.hint
    assert database.schema().found == "9999"


def test_an_old_schema_is_told_where_starting_may_not_change_it(database: Database) -> None:
    """migrate_at_start = false."""
    database.migrate("0001")
    with pytest.raises(SetupError, match="schema 0001") as caught:
        database.require_current()
    assert "overt server migrate" in caught.value.hint
    with pytest.raises(SetupError, match="no schema version 0x"):
        database.migrate("0x")


@pytest.mark.parametrize("url", ["no address", "nosuch://x/y", "postgresql+psycopg://u:secret@127.0.0.1:1/x"])
def test_a_database_that_is_not_there(url: str) -> None:
    """Said plainly, without the password."""
    with pytest.raises(SetupError) as caught:
        Database(url).schema()
    assert "secret" not in str(caught.value)
