"""`overt server audit`: a chain that holds, one that was changed, one whose end was cut, and finding who saw what."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from overt.commands.server import app
from server_stub.access import Principal, Role
from server_stub.errors import NotFoundError
from server_stub.place import Place
from tests.console.site import CaseSite, Seed


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Return a server's folder in whose audit chain one view was refused."""
    with closing(CaseSite(tmp_path)) as site:
        site.add([Seed("A page", "a gun")])
        nobody = Principal("officer-x", "", Role.OFFICER, datetime.now(UTC))
        with pytest.raises(NotFoundError):
            site.server.review.head(nobody, Place(site.device, 0, 0), now=nobody.at)
        yield site.folder.root


def ask(data: Path, *words: str) -> tuple[int, dict[str, object]]:
    """Run a command; return its exit code and its answer."""
    result = CliRunner().invoke(app, ["audit", *words, "--data", str(data), "--json"])
    return result.exit_code, json.loads(result.stdout)


def change(data: Path, statement: str) -> None:
    """Change the database behind the server's back."""
    with closing(sqlite3.connect(data / "records.db")) as database:
        assert database.execute(statement).rowcount == 1
        database.commit()


def test_an_untouched_chain_holds(data: Path) -> None:
    """Exit code 0, and a head to write down that is found again."""
    code, told = ask(data, "verify")
    assert (code, told["broken"], told["cut"]) == (0, [], False)
    assert ask(data, "verify", "--holds", str(told["head"]))[0] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET outcome = 'done' WHERE outcome = 'refused'",
        "UPDATE audit SET actor = 'somebody' WHERE seq = 0",
        "DELETE FROM audit WHERE seq = 1",
    ],
)
def test_a_changed_chain_does_not(data: Path, statement: str) -> None:
    """A changed or removed entry shows, and the exit code is 1."""
    change(data, statement)
    code, told = ask(data, "verify")
    assert code == 1
    assert told["broken"]


def test_a_cut_end_shows_against_a_written_head(data: Path) -> None:
    """A chain that merely lost its end still follows; what was written down elsewhere tells."""
    head = str(ask(data, "verify")[1]["head"])
    change(data, "DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)")
    assert ask(data, "verify")[0] == 0
    code, told = ask(data, "verify", "--holds", head)
    assert (code, told["cut"]) == (1, True)


def test_who_tried_to_see_what(data: Path) -> None:
    """By actor, by refusal, by the beginning of the subject; per cent signs are no wildcards."""
    code, told = ask(data, "search", "--refused")
    entries = told["entries"]
    assert isinstance(entries, list)
    assert (code, len(entries), entries[0]["actor"]) == (0, 1, "officer-x")
    device = entries[0]["subject"].split("/")[0]
    assert ask(data, "search", "--actor", "officer-x")[1]["entries"] == entries
    assert entries[0] in ask(data, "search", "--subject", device)[1]["entries"]  # type: ignore[operator]
    assert ask(data, "search", "--subject", "%")[1]["entries"] == []
    assert ask(data, "search", "--since", "2100-01-01")[1]["entries"] == []
