"""The end: withdrawal and expiry stop and remove the agent, and nothing stays but a receipt."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from agent import key_store, permission
from agent.errors import EndedError
from agent.key_store import Wanted
from evidence.authority import Withdrawal, authority_digest, issue_withdrawal
from evidence.keys import generate_signing_key, verifying_key
from evidence.statement import read_statement
from overt import agent_end
from overt.demo.display import Display, virtual_display
from overt.demo.installation import Installation
from tests.agent.rig import MemoryServer, Rig

NOW = datetime.now(UTC).replace(microsecond=0)


def withdrawal(rig: Rig, *, forged: bool = False) -> bytes:
    key = generate_signing_key(os.urandom) if forged else rig.issuer
    digest = authority_digest(rig.state.authority_file.read_bytes())
    return issue_withdrawal(Withdrawal(digest, NOW, "consent taken back"), key)


def check(rig: Rig) -> None:
    permission.check(rig.state, now=datetime.now(UTC), account=getuser())


def test_a_withdrawal_ends_it(rig: Rig, server: MemoryServer) -> None:
    """As soon as it is fetched, and also when the server is gone later; a newer authority is another matter."""
    word = withdrawal(rig)
    server.fetch_withdrawal = lambda: word  # type: ignore[method-assign]
    check(rig)
    assert permission.refresh(rig.state, server) == ""
    with pytest.raises(EndedError, match="withdrawn"):
        check(rig)
    rig.write_authority(notice="A newer one.")
    check(rig)


@pytest.mark.parametrize("forged", [True, False])
def test_a_forged_or_damaged_withdrawal_does_not(rig: Rig, server: MemoryServer, forged: bool) -> None:
    """Nobody but the issuer ends an authority; what is refused is said."""
    word = withdrawal(rig, forged=True) if forged else withdrawal(rig)[:-9]
    server.fetch_withdrawal = lambda: word  # type: ignore[method-assign]
    assert "nobody with the right" in permission.refresh(rig.state, server)
    check(rig)
    rig.state.withdrawal_file.write_bytes(word)
    check(rig)


def test_a_clock_that_was_ahead_removes_nothing(
    rig: Rig, server: MemoryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set ahead for a minute and back: the agent does not run, and stays, for the server has an authority in force."""
    monkeypatch.setattr(agent_end, "_transport", lambda _: server)
    assert not agent_end.is_over(rig.state)
    rig.state.remember_time(NOW + timedelta(days=400))
    with pytest.raises(EndedError):
        check(rig)
    assert not agent_end.is_over(rig.state)
    rig.write_authority(not_before=NOW - timedelta(days=2), not_after=NOW - timedelta(seconds=1))
    assert agent_end.is_over(rig.state)


def overt(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "overt", "agent", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_nothing_is_removed_before_it_is_delivered(rig: Rig, tmp_path: Path) -> None:
    """Unknown outcome means keep; to give the records up has an ugly name."""
    rig.recorder(rig.open_spool()).event("something")
    before = sorted(path for path in rig.root.rglob("*") if path.is_file())
    refused = overt("remove", "--yes", "--state", rig.root, "--receipt", tmp_path)
    assert refused.returncode == 3
    assert "could not be delivered" in refused.stderr
    assert set(before) <= set(rig.root.rglob("*"))
    done = overt("remove", "--yes", "--abandon", "--state", rig.root, "--receipt", tmp_path)
    assert done.returncode == 0, done.stderr
    assert not rig.root.exists()
    (receipt,) = tmp_path.glob("overt-receipt-*.txt")
    assert "2 of them were not delivered" in receipt.read_text()


class MemoryStore(KeyringBackend):
    """A system's key store that one can look into."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    """Return a store that is the system's during a test."""
    before, found = keyring.get_keyring(), MemoryStore()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def test_what_lies_outside_the_folder_goes_too(
    rig: Rig, server: MemoryServer, store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key in the system's store is forgotten; what only an administrator may delete stays, and is said."""
    monkeypatch.setattr(agent_end, "_transport", lambda _: server)
    monkeypatch.setattr(agent_end, "undeletable", lambda: [Path("/etc/systemd/user/overt-agent.service")])
    secret = rig.device_key.private_bytes_raw()
    assert key_store.keep(rig.state.device_key_file, secret, Wanted.SYSTEM, store=lambda: store)
    assert store.kept
    receipt = agent_end.remove_agent(rig.state, "It was removed by hand.", tmp_path, abandon=False)
    assert store.kept == {}
    assert not rig.root.exists()
    assert "/etc/systemd/user/overt-agent.service" in receipt.read_text()
    assert "sudo overt agent remove" in receipt.read_text()


def test_an_end_that_the_server_does_not_confirm_only_stops(rig: Rig) -> None:
    """The server cannot be reached: a renewed authority may lie there."""
    rig.write_authority(not_before=NOW - timedelta(days=2), not_after=NOW - timedelta(seconds=1))
    assert overt("run", "--state", rig.root).returncode == 2
    assert rig.state.enrolment_file.exists()


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Return a display of our own."""
    with virtual_display() as found:
        yield found


@pytest.mark.screen
def test_withdrawn_means_gone_but_for_a_receipt(
    display: Display, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real server withdraws: the next run delivers, removes everything, and leaves a receipt signed by the device."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "all").mkdir()
    installation = Installation(tmp_path / "all", display)
    installation.start_server()
    try:
        installation.enrol_device()
        state = installation.state
        device_key = (state / "device.key").read_bytes()
        assert overt("run", "--state", state, "--replay", "/nowhere").returncode == 3  # which fetches the authority
        digest = authority_digest((state / "authority.json").read_bytes())
        server = [sys.executable, "-m", "overt", "server", "authority", "withdraw"]
        done = subprocess.run(
            [*server, digest, "--reason", "consent taken back", "--data", str(installation.data),
             "--offline", str(installation.offline)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        ended = overt("run", "--state", state)
        assert ended.returncode == 2
        assert "withdrawn" in ended.stderr
        assert not state.exists()
        (receipt,) = home.iterdir()
        lines = receipt.read_text().splitlines()
        assert "0 of them were not delivered" in receipt.read_text()
        from evidence.keys import load_signing_key  # noqa: PLC0415

        public = verifying_key(load_signing_key(device_key))
        payload = read_statement(lines[-1].encode(), place="receipt").check(public, what="receipt")
        assert json.loads(payload)["format"] == "overt-removal-1"
        assert "withdrawn" in json.loads(payload)["why"]
    finally:
        installation.close()
