"""The queue in pages: every group once, in one order, one entry of the audit chain; and whether anything changed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.keys import derive_secrets
from server_stub.access import Principal, Role
from server_stub.app import make_app
from server_stub.cases import open_case
from server_stub.decisions import Disposition, Wish
from server_stub.place import Place
from server_stub.queue import Filter, Row
from server_stub.server import entropy
from server_stub.tables import AuditEntry, CaptureGroup, Officer
from server_stub.walks import Walks
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

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


def client_of(site: CaseSite) -> TestClient:
    """Return the officer's browser, logged in."""
    client = TestClient(make_app(site.server), base_url="https://testserver")
    lock = client.get("/v1/session/lock", params={"name": OFFICER}).json()
    secret = derive_secrets(PASSPHRASE, bytes.fromhex(lock["salt"]), lock["iterations"]).log_in
    assert client.post("/v1/session", json={"name": OFFICER, "secret": secret}).is_success
    return client


def looks(site: CaseSite) -> int:
    with site.server.database.reading() as session:
        return session.query(AuditEntry).filter_by(action="list-queue").count()


def test_a_look_is_one_entry_however_many_pages_it_has(site: CaseSite) -> None:
    """Three pages of the queue: one entry. A place of another list, a made-up one, or the first again: one each."""
    client, before = client_of(site), looks(site)
    after, pages = "", 0
    while after is not None:
        answer = client.get(
            "/v1/queue", params={"show": "all", "limit": 3} | ({"after": after} if after else {})
        ).json()
        after, pages, last = answer["next"], pages + 1, after
    assert pages == 3
    assert looks(site) == before + 1
    place, word = last.rsplit(".", 2)[0], last.split(".", 3)[3]
    for number, (show, made) in enumerate(
        [("undecided", last), ("all", place), ("all", f"{place}.{word[:-1]}{'0' if word[-1] != '0' else '1'}"),
         ("all", f"0.1.1.{word}")], 2,
    ):  # fmt: skip
        assert client.get("/v1/queue", params={"show": show, "limit": 3, "after": made}).status_code == 200
        assert looks(site) == before + number


@given(st.text(max_size=8), st.text(max_size=8), st.integers(0, 1200))
def test_a_look_goes_on_for_its_officer_and_for_ten_minutes(officer: str, listed: str, seconds: int) -> None:
    """What was said to one is nothing to another, and too old it is a new look."""
    walks, begun = Walks(b"secret"), datetime(2026, 6, 1, 12, tzinfo=UTC)
    word = walks.spell("kim", "all", "0.3.7", begun).split(".", 3)[3]
    now = begun + timedelta(seconds=seconds)
    assert walks.begun("kim", "all", "0.3.7", word, now=now) == (begun if seconds <= 600 else None)
    if (officer, listed) != ("kim", "all"):
        assert walks.begun(officer, listed, "0.3.7", word, now=begun) is None
    assert Walks(b"other").begun("kim", "all", "0.3.7", word, now=begun) is None


def test_the_queues_state_moves_with_every_change_and_with_nothing_else(tmp_path: Path) -> None:
    """A capture, a decision, its undoing, a second opinion asked for, another case of the officer: each is a change."""
    with closing(CaseSite(tmp_path)) as site:
        client = client_of(site)

        def state() -> str:
            return str(client.get("/v1/queue/state").json()["state"])

        site.add([Seed("A page", "a gun", group="5a")])
        kim = site.server.officers.who(client.cookies["__Host-overt-session"], now=datetime.now(UTC))
        wish = Wish("ab" * 16, Disposition("concern"), [Place(site.device, 0, 0)], None)
        seen = [state()]
        changes: list[Callable[[], object]] = [
            lambda: site.add([Seed("A page", "a gun", group="5a")]),
            lambda: site.add([Seed("Another page", "a gun")]),
            lambda: site.server.decisions.decide(kim, wish, now=datetime.now(UTC)),
            lambda: site.server.decisions.undo(kim, wish.id, now=datetime.now(UTC)),
            lambda: open_case(
                site.server.database, [OFFICER], now=site.begin, entropy=entropy,
                recovery_key=site.folder.recovery_key(),
            ),
        ]  # fmt: skip
        for change in changes:
            change()
            assert state() not in seen
            seen.append(state())
            assert client.get("/v1/queue").status_code == 200
            assert state() == seen[-1]
