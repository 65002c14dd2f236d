"""server.toml and the environment: what a new server gets, what replaces what, and mistakes told with their place."""

import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from server_stub.database import Database
from server_stub.errors import SetupError
from server_stub.log_in_service import LogInService
from server_stub.settings import LogInSettings, StoreKind, read_settings, write_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the settings of a new server."""
    path = tmp_path / "server.toml"
    write_settings(path, host="overt.example.org", port=8443)
    return path


def test_a_new_servers_settings_can_be_read(file: Path) -> None:
    """One file database, one folder, no metrics; every line of it explained."""
    settings = read_settings(file)
    assert (settings.host, settings.port, settings.envelopes.store) == ("overt.example.org", 8443, StoreKind.FOLDER)
    assert settings.database.url.get_secret_value() == ""
    assert file.read_text().count("#") >= 10


def test_what_was_asked_for_is_written_whatever_it_holds(tmp_path: Path) -> None:
    """Quotes and backslashes stay what they are."""
    path, url = tmp_path / "server.toml", 'postgresql+psycopg://u:a"b\\c@h/x'
    write_settings(path, host="h", port=0, database=url)
    settings = read_settings(path)
    assert settings.database.url.get_secret_value() == url
    assert url not in repr(settings)


def test_the_environment_replaces_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value at a time; the others of its section stay."""
    monkeypatch.setenv("OVERT_SERVER_PORT", "9000")
    monkeypatch.setenv("OVERT_SERVER_DATABASE__URL", "sqlite:////x")
    settings = read_settings(file)
    assert (settings.port, settings.database.url.get_secret_value()) == (9000, "sqlite:////x")
    assert settings.database.migrate_at_start


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("port = 8443", "prt = 8443", "server.toml:1: port: this setting is missing"),
        ("port = 8443", "port = 84430", "server.toml:LINE: port: input should be less than or equal to 65535"),
        ("port = 8443", "port = 8443\nprot = 1", "server.toml:LINE: prot: there is no such setting"),
        ("migrate_at_start = true", "migrate_at_start = 7", "server.toml:LINE: database.migrate_at_start: "),
        ("migrate_at_start = true", "migrate = true", "server.toml:LINE: database.migrate: there is no such setting"),
        ('store = "folder"', 'store = "tape"', "server.toml:LINE: envelopes.store: "),
        ('store = "folder"', 'store = "s3"', ": envelopes.bucket: S3 needs a bucket's name"),
        ('endpoint = ""', 'endpoint = "ftp://x"', "envelopes.endpoint: "),
        ('format = "overt-server-1"', 'format = "other"', "server.toml:LINE: format: "),
        ("port = 8443", "port = = 8443", "(at line LINE, column"),
    ],
)
def test_a_mistake_is_told_with_its_place(file: Path, old: str, new: str, told: str) -> None:
    """File, line, setting, what is wrong."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    line = text.replace(old, new).splitlines().index(new.splitlines()[-1]) + 1
    with pytest.raises(SetupError) as caught:
        read_settings(file)
    assert told.replace("LINE", str(line)) in str(caught.value)


def test_a_wrong_variable_is_told_by_its_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one would be ignored without a word; a wrong value may be a secret and is not repeated."""
    monkeypatch.setenv("OVERT_SERVER_PORT", "s3cret")
    with pytest.raises(SetupError, match="environment variable OVERT_SERVER_PORT: port: ") as caught:
        read_settings(file)
    assert "s3cret" not in str(caught.value)
    monkeypatch.delenv("OVERT_SERVER_PORT")
    monkeypatch.setenv("OVERT_SERVER_DATABSE__URL", "x")
    with pytest.raises(SetupError, match="OVERT_SERVER_DATABSE__URL: there is no such setting"):
        read_settings(file)


def test_a_log_in_service_that_cannot_work_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates that are none, a package that is missing: told to who starts the server, not to who logs in."""
    wanted = LogInSettings(issuer="https://login.example.org", client_id="overt")
    no_certificates = tmp_path / "ca.pem"
    no_certificates.write_text("words")
    with closing(Database.sqlite(tmp_path / "overt.sqlite")) as database:
        LogInService(database, wanted, redirect=str)
        for wrong in (no_certificates, tmp_path / "missing"):
            with pytest.raises(SetupError, match=re.escape(str(wrong))):
                LogInService(database, wanted.model_copy(update={"ca": str(wrong)}), redirect=str)
        monkeypatch.setitem(sys.modules, "joserfc", None)
        with pytest.raises(SetupError) as caught:
            LogInService(database, wanted, redirect=str)
        assert "overt[oidc]" in caught.value.hint
        LogInService(database, LogInSettings(), redirect=str)
