"""The queue in pages: every group once, in the same order as all at once, whatever the size of a page."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server_stub.access import Principal, Role
from server_stub.queue import Filter, Row
from server_stub.tables import CaptureGroup, Officer
from tests.console.site import OFFICER, CaseSite, Seed

SEVERITIES = (3, 5, 1, 3, 5, 2, 3, 4)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseSite]:
    """Return a case with eight groups, two of them escalated."""
    with closing(CaseSite(tmp_path_factory.mktemp("queue"))) as site:
        site.add([Seed("A page", f"words {number}", one) for number, one in enumerate(SEVERITIES)])
        with site.server.database.writing() as session:
            for group in session.query(CaptureGroup).filter(CaptureGroup.id.in_([1, 4])):
                group.escalated = True
        yield site


def rows(site: CaseSite, size: int, after: Row | None = None) -> list[Row]:
    """Return a page of the queue."""
    with site.server.database.reading() as session:
        officer = str(session.query(Officer.id).filter_by(name=OFFICER).scalar())
    kim = Principal(officer, "", Role.OFFICER, site.begin)
    cursor = None if after is None else after.cursor
    return site.server.queue.rows(kim, Filter.ALL, now=site.begin, limit=size, after=cursor)


@given(st.integers(1, 9))
@settings(max_examples=9, deadline=None)
def test_pages_are_the_whole_cut_up(site: CaseSite, size: int) -> None:
    """Escalated first, then by severity, then the newest; nothing twice, nothing left out."""
    whole = rows(site, 50)
    assert [one.id for one in whole] == [4, 1, 5, 2, 8, 7, 6, 3]
    found: list[Row] = []
    while page := rows(site, size, found[-1] if found else None):
        found.extend(page)
    assert found == whole
