"""Alive, ready, metrics and the API's description: for whom they are, and that they tell nothing about a case."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from overt.commands.server import app
from server_stub.app import make_app
from server_stub.errors import StoreError
from server_stub.readiness import GOOD_FOR, Readiness
from tests.console.site import CaseSite, Seed
from tests.server_stub.conftest import NewDatabase


@pytest.fixture
def site(tmp_path: Path, new_database: NewDatabase) -> Iterator[CaseSite]:
    """Return a server with a capture whose metrics may be read with a token."""
    with closing(CaseSite(tmp_path, database=new_database())) as found:
        file = found.folder.settings_file
        file.write_text(file.read_text().replace('token = ""', 'token = "let me see"'))
        found.add([Seed("A page", "a gun")])
        yield found


def test_metrics_are_for_who_has_the_token_and_name_no_case(site: CaseSite) -> None:
    """404 without it. Routes are counted by template; how many captures wait is a number."""
    client = TestClient(make_app(site.server))
    client.get(f"/v1/records/{site.device}/0/0/head")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer guess"}).status_code == 404
    told = client.get("/metrics", headers={"authorization": "Bearer let me see"}).text
    assert 'route="/v1/records/{device}/{epoch}/{seq}/head",status="401"} 1.0' in told
    assert "overt_captures_undecided 1.0" in told
    assert "overt_up 1.0" in told
    assert site.device not in told
    assert site.case not in told


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/captures/CAPITALS/0/0", 422)])
def test_a_person_gets_a_page_where_a_program_gets_json(site: CaseSite, path: str, status: int) -> None:
    """A browser that goes to an address is led on; neither is told what was sent."""
    client = TestClient(make_app(site.server))
    for_program = client.get(path)
    for_person = client.get(path, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (for_program.status_code, for_person.status_code) == (status, status)
    assert list(for_program.json()) == ["error"]
    assert for_person.headers["content-type"].startswith("text/html")
    assert 'href="/home"' in for_person.text
    assert "CAPITALS" not in for_person.text


def test_ready_says_when_records_would_not_be_taken(site: CaseSite) -> None:
    """503 with what is down, and when to ask again; asked all the time, the store is tried every few seconds only."""
    client = TestClient(make_app(site.server))
    assert client.get("/v1/ready").json() == {"database": "ok", "envelopes": "ok"}

    class Full:
        tries = 0

        def check(self) -> None:
            self.tries += 1
            raise StoreError("no space left")

        def put(self, digest: str, data: bytes) -> None: ...
        def read(self, digest: str, start: int = 0, length: int | None = None) -> bytes:
            return b""

        def delete(self, digest: str) -> None: ...

    full, time = Full(), [0.0]
    readiness = Readiness(site.server.database, full, clock=lambda: time[0])
    assert [readiness.now().envelopes for _ in range(3)] == [False] * 3
    assert full.tries == 1
    time[0] = GOOD_FOR
    assert not readiness.now().all
    assert full.tries == 2


def test_the_api_describes_itself_by_version(tmp_path: Path) -> None:
    """OpenAPI without a server; every address but the console's pages begins with the version."""
    told = CliRunner().invoke(app, ["openapi", "--out", str(tmp_path / "api.json")])
    assert told.exit_code == 0
    described = json.loads((tmp_path / "api.json").read_text())
    assert described["openapi"].startswith("3.1")
    answers_json = {
        path
        for path, methods in described["paths"].items()
        for one in methods.values()
        if "application/json" in one["responses"]["200" if "200" in one["responses"] else "204"].get("content", {})
    }
    assert len(answers_json) > 20
    assert all(re.match(r"^/v1/", path) for path in answers_json)
