"""From nothing to a server that somebody administers, and what `doctor` says comes next."""

from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from overt.cli import app
from tests.console.site import PASSPHRASE


def overt(*words: object) -> Result:
    return CliRunner().invoke(app, list(map(str, words)))


def said_file(folder: Path, words: str) -> Path:
    file = folder / "passphrase"
    file.write_text(words + "\n")
    return file


def test_the_first_administrator_is_made_with_the_server(tmp_path: Path) -> None:
    """A passphrase that is too short makes nothing at all; with a good one somebody can log in, and doctor goes on."""
    data = tmp_path / "server"
    words = ("server", "init", "--data", data, "--administrator", "ann", "--passphrase-file")
    refused = overt(*words, said_file(tmp_path, "short"))
    assert refused.exit_code == 2
    assert "12 characters" in refused.output
    assert not data.exists()
    done = overt(*words, said_file(tmp_path, PASSPHRASE))
    assert done.exit_code == 0, done.output
    assert "ann administers it" in done.output
    assert (data / "server.toml").read_text().count("\n#") > 10
    assert "ann  administrator" in overt("server", "officer", "list", "--data", data).output
    looked = overt("server", "doctor", "--data", data).output
    assert "nobody opens captures" in looked
    overt("server", "officer", "add", "kim", "--data", data, "--passphrase-file", tmp_path / "passphrase")
    assert "there is no case" in overt("server", "doctor", "--data", data).output
    overt("server", "case", "new", "--officer", "kim", "--data", data)
    looked = overt("server", "doctor", "--data", data).output
    assert "no device has joined" in looked
    assert "one person alone may export" in looked
    assert "open  team none  0 devices  officers: kim" in overt("server", "case", "list", "--data", data).output
    refused = overt("server", "approval", "four-eyes", "on", "--data", data)
    assert refused.exit_code == 2
    role = ("--role", "supervisor", "--passphrase-file", tmp_path / "passphrase")
    overt("server", "officer", "add", "sam", "--data", data, *role)
    overt("server", "approval", "four-eyes", "on", "--data", data)
    assert "1 case may have no supervisor" in overt("server", "doctor", "--data", data).output


def test_without_a_terminal_nobody_is_asked(tmp_path: Path) -> None:
    """A script without --administrator gets a server, and is told what comes next."""
    done = overt("server", "init", "--data", tmp_path / "server")
    assert done.exit_code == 0, done.output
    assert "--role administrator" in done.output
    assert "nobody administers" in overt("server", "doctor", "--data", tmp_path / "server").output
