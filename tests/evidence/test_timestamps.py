"""Time-stamps of checkpoints by a real authority (openssl), fetched by the command, judged by verify.sh and by ours."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from typer.testing import CliRunner

from evidence.errors import FormatError, TimestampError
from evidence.timestamp import check_timestamp
from overt.cli import app
from overt.evidence_check import check_pack
from overt.evidence_export import export
from overt.evidence_store import Store
from server_stub import checkpoints
from server_stub.database import Database
from tests.console.site import CaseSite, Seed
from tests.evidence.time_authority import TimeAuthority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeAuthority]:
    """Return a time-stamping authority on this computer."""
    with closing(TimeAuthority(tmp_path_factory.mktemp("tsa") / "authority")) as made:
        yield made


@pytest.fixture(scope="module")
def stamped(authority: TimeAuthority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a pack with a daily checkpoint that was time-stamped."""
    root = tmp_path_factory.mktemp("site")
    with closing(CaseSite(root)) as site:
        site.add([Seed("One", "a gun"), Seed("Two", "another gun")])
    command = ["server", "checkpoint", "--data", str(root / "server"), "--timestamp", authority.url]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    with closing(Store(root / "server")) as store:
        (device,) = store.devices()
        export(store, device, root / "pack", keys_to_open=[], now=datetime.now(UTC), tell=lambda _done, _total: None)
    return root / "pack"


def note_and_token(pack: Path) -> tuple[Path, Path]:
    (note,) = (pack / "data/checkpoints").glob("*.checkpoint")
    return note, note.with_suffix(".tsr")


def verify(pack: Path, certificate: Path | None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "TSA_CERTIFICATE"}
    if certificate is not None:
        environment["TSA_CERTIFICATE"] = str(certificate)
    command = ["sh", str(pack / "verify.sh"), str(pack)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_an_honest_time_stamp_holds(stamped: Path, authority: TimeAuthority) -> None:
    """Both checks say when the checkpoint was seen, once the reader names whom he trusts; before, they say so."""
    unchecked = verify(stamped, None)
    assert unchecked.returncode == 0, unchecked.stdout
    assert "NOT CHECKED" in unchecked.stdout
    done = verify(stamped, authority.certificate)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seen at" in done.stdout
    note, token = note_and_token(stamped)
    roots = [load_pem_x509_certificate(authority.certificate.read_bytes())]
    seen = check_timestamp(token.read_bytes(), note.read_bytes(), roots)
    assert abs(datetime.now(UTC) - seen) < timedelta(minutes=10)
    steps = check_pack(stamped, [], [authority.certificate])[1]
    assert [(step.title, step.checked, step.holds) for step in steps][-1] == ("Time-stamps", 1, True)
    assert not check_pack(stamped, [])[1][-1].holds, "not checked is not held"


def test_a_token_for_another_checkpoint_is_found(stamped: Path, authority: TimeAuthority, tmp_path: Path) -> None:
    """A colluding server has no token from before for the history that it writes now."""
    shutil.copytree(stamped, tmp_path / "pack")
    note, token = note_and_token(tmp_path / "pack")
    shutil.copy(tmp_path / "pack/data/checkpoint", note)  # well signed, and not what was stamped
    note.write_bytes(note.read_bytes() + "— someone AAAAAAAA\n".encode())
    done = verify(tmp_path / "pack", authority.certificate)
    assert "FINDING time-stamp" in done.stdout
    steps = check_pack(tmp_path / "pack", [], [authority.certificate])[1]
    assert [step.title for step in steps if step.findings][-1] == "Time-stamps"
    assert token.exists()


def test_an_authority_that_is_not_trusted_is_found(stamped: Path, authority: TimeAuthority, tmp_path: Path) -> None:
    """Anybody can run an authority: whose word counts is the reader's choice."""
    with closing(TimeAuthority(tmp_path / "other")) as other:
        assert "FINDING time-stamp" in verify(stamped, other.certificate).stdout
        assert check_pack(stamped, [], [other.certificate])[1][-1].findings
    note, token = note_and_token(stamped)
    roots = [load_pem_x509_certificate(authority.certificate.read_bytes())]
    with pytest.raises(TimestampError, match="no authority"):
        check_timestamp(token.read_bytes(), note.read_bytes(), [])
    with pytest.raises(FormatError, match="not an answer"):
        check_timestamp(b"noise", note.read_bytes(), roots)
    with pytest.raises(FormatError, match="allowed"):
        check_timestamp(bytes(70_000), note.read_bytes(), roots)


def test_an_authority_that_fails_leaves_the_checkpoint(authority: TimeAuthority, tmp_path: Path) -> None:
    """Nonsense or nobody there: the command says so, the checkpoint stands, and the next run stamps it."""
    with closing(CaseSite(tmp_path)) as site:
        site.add([Seed("One", "a gun")])
        folder, device = site.folder, site.device
    command = ["server", "checkpoint", "--data", str(folder.root), "--timestamp"]
    gone = CliRunner().invoke(app, [*command, "http://127.0.0.1:9/"])
    assert gone.exit_code == 3
    assert "gave no time-stamp" in gone.output
    authority.broken = True
    nonsense = CliRunner().invoke(app, [*command, authority.url])
    authority.broken = False
    assert "did not grant" in nonsense.output
    with closing(Database(folder.database_url())) as database:
        assert len(checkpoints.kept(database, device)) == 1
        assert checkpoints.tokens(database, device) == {}
        assert CliRunner().invoke(app, [*command, authority.url]).exit_code == 0
        assert len(checkpoints.tokens(database, device)) == 1
