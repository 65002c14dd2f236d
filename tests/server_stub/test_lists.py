"""No list of the console reads a whole table, however many captures there are: judged by what each database plans."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection

from server_stub.access import Principal, Role
from server_stub.database import Database
from tests.console.site import CaseSite
from tests.server_stub.conftest import NewDatabase
from tests.server_stub.lists import BEGIN, OFFICERS, PAGE, Asked, asked, fill, lists

CAPTURES, CASES = 1200, 300
LARGE = ("records", "capture_groups", "decisions", "decided_records", "alerts", "audit", "assignments", "nonces")
"""Tables that grow with use."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a store with many cases, on each kind of database."""
    with closing(CaseSite(tmp_path_factory.mktemp("lists"), database=new_database())) as found:
        fill(found.server.database, CAPTURES, CASES)
        yield found


def scans(connection: Connection, one: Asked) -> list[str]:
    """Return the steps of the plan that read a large table from end to end, other than in the order of an index."""
    if connection.dialect.name == "sqlite":
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.words}", one.values)]
        assert plan
        return [step for step in plan if step.startswith("SCAN") and " INDEX " not in step and _is_large(step, one)]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # small tables are read whole where they may be
    plan = [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {one.words}", one.values)]
    assert plan
    return [step for step in plan if "Seq Scan" in step and _is_large(step, one)]


def _is_large(step: str, one: Asked) -> bool:
    # The end of the audit chain is found by its primary key, which SQLite calls a scan as well.
    last_entries = "FROM audit ORDER BY audit.seq DESC" in " ".join(one.words.split()) and "LIMIT" in one.words
    return any(name in step.split() for name in LARGE) and not last_entries


@pytest.mark.parametrize("officer", OFFICERS)
def test_no_list_reads_a_whole_table(site: CaseSite, officer: str) -> None:
    """Each statement of each list, for who has all cases, some, and one."""
    looked = 0
    for name, ask in lists(site.server, officer, CAPTURES).items():
        with asked(site.server.database) as found:
            ask()
        assert found, name
        with site.server.database.engine.connect() as connection:
            for one in found:
                assert scans(connection, one) == [], f"{name}: {one.words[:600]}"
                looked += 1
    assert looked > 30


def test_a_page_of_the_queue_is_read_in_its_order_and_not_sorted(site: CaseSite) -> None:
    """From the place where the page begins, by the index; nothing is put in order first."""
    for name, ask in lists(site.server, "tenth", CAPTURES).items():
        if name.startswith(("queue", "captures", "decisions")):
            with asked(site.server.database) as found:
                ask()
            paged = [one for one in found if "ORDER BY" in one.words and "LIMIT" in one.words]
            paged = [one for one in paged if "FROM audit" not in one.words]
            assert paged, name
            assert [one.words for one in paged if _sorts(site.server.database, one)] == [], name


def test_a_look_that_goes_on_is_found_without_those_that_are_over(site: CaseSite) -> None:
    """Pages speak of looks every few seconds; each word looks for those that nobody speaks of any more."""
    database = site.server.database
    with asked(database) as found:
        site.server.view_times.sweep(now=BEGIN)
    (lost,) = [one for one in found if "view_times" in one.words]
    with database.engine.connect() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {lost.words}", lost.values)
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("DROP INDEX ix_view_times_told_at")  # undone: a small table has no best index
            rows = connection.exec_driver_sql(f"EXPLAIN {lost.words}", lost.values)
        assert "view_times_open" in " ".join(str(cell) for row in rows for cell in row)
        connection.rollback()


def _sorts(database: Database, one: Asked) -> bool:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.words}", one.values)
            return any("TEMP B-TREE" in str(row[3]) for row in plan)
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
        return any("Sort" in str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {one.words}", one.values))


def test_pages_of_decisions_are_the_whole_cut_up(site: CaseSite) -> None:
    """Every decision once, the newest first."""
    kim = Principal("tenth", "", Role.OFFICER, BEGIN)
    whole = [one.id for one in site.server.decisions.newest(kim, limit=PAGE)]
    assert len(whole) > 100
    found: list[str] = []
    while page := site.server.decisions.newest(kim, limit=7, before=found[-1] if found else None):
        found.extend(one.id for one in page)
    assert found == whole
