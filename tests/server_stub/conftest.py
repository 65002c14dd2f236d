"""Both databases for the tests of the server: a SQLite file, and a PostgreSQL cluster of the tests' own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster

BOTH = ("sqlite", "postgresql")
NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a running PostgreSQL cluster, one for all tests."""
    found = Cluster()
    yield found
    found.close()


@pytest.fixture(params=BOTH, scope="module")
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Return what makes an empty database for a server: tests run once on each kind. "" is a file in its folder."""
    if request.param == "sqlite":
        return lambda: ""
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.make_database


@pytest.fixture
def database_url(new_database: NewDatabase, tmp_path: Path) -> str:
    """Return the address of an empty database of each kind."""
    return new_database() or f"sqlite:///{tmp_path / 'records.db'}"
