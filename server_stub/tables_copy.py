"""Copies all rows from one database to another of the same schema, whatever kind either is, from one moment in time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, func, insert, select, text

from server_stub.database import Database
from server_stub.tables import Table as Base

CHUNK = 500
LEFT_OUT = frozenset({"sessions"})
"""Log-ins are not worth keeping: officers log in again."""


def copy_tables(source: Database, target: Database) -> dict[str, int]:
    """Copy every table into an empty database of the newest schema; return the rows of each.

    The source is read in one snapshot: what is stored meanwhile is whole in the copy or not in it at all.
    """
    counts = {}
    with _snapshot(source) as reading, target.engine.begin() as writing:
        for table in Base.metadata.sorted_tables:
            if table.name not in LEFT_OUT:
                counts[table.name] = _copy(reading, writing, table)
        if not target.is_sqlite:
            _set_sequences(writing)
    return counts


@contextmanager
def _snapshot(source: Database) -> Iterator[Connection]:
    engine: Engine = source.engine
    if source.is_sqlite:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql(
                "SELECT COUNT(*) FROM alembic_version"
            )  # the snapshot is taken by the first read
            yield connection
            connection.exec_driver_sql("ROLLBACK")
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text("SET TRANSACTION READ ONLY"))
        yield connection


def _copy(reading: Connection, writing: Connection, table: Table) -> int:
    found = reading.execution_options(yield_per=CHUNK).execute(select(table).order_by(*table.primary_key))
    count = 0
    for rows in found.mappings().partitions(CHUNK):
        writing.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count


def _set_sequences(writing: Connection) -> None:
    """Have PostgreSQL go on numbering after the copied rows."""
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        most = writing.execute(select(func.max(column))).scalar()
        if most is not None:
            writing.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, :column), :most)"),
                {"name": table.name, "column": column.name, "most": most},
            )
