"""Both databases for the tests of the server: a SQLite file and a PostgreSQL cluster of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a running PostgreSQL cluster, one for all tests."""
    found = Cluster()
    yield found
    found.close()


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.make_database()
