"""Where the device's key is kept: a real Secret Service (gnome-keyring on a session bus of its own), or a file."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.backends import fail, null

from agent import key_store
from agent.errors import NotEnrolledError
from agent.key_store import Wanted
from agent.state import StateFolder
from evidence.keys import load_signing_key, verifying_key

SESSION = """
import json, sys
from pathlib import Path
import keyring
from agent import key_store
from agent.errors import NotEnrolledError
from agent.key_store import Wanted
from agent.state import StateFolder
from evidence.keys import load_signing_key, verifying_key

state, secret = StateFolder(Path(sys.argv[1])), bytes.fromhex(sys.argv[2])
said = {"backend": type(keyring.get_keyring()).__module__}
said["kept"] = key_store.keep(state.device_key_file, secret, Wanted.AUTO)
said["file"] = state.device_key_file.read_bytes().hex()
said["same"] = state.device_key().private_bytes_raw() == secret
other = StateFolder(Path(sys.argv[1]) / "copy")
other.root.mkdir()
other.device_key_file.write_bytes(state.device_key_file.read_bytes())
try:
    other.device_key()
except NotEnrolledError as problem:
    said["copy"] = str(problem)
key_store.forget(state.device_key_file)
try:
    key_store.load(state.device_key_file)
except NotEnrolledError as problem:
    said["forgotten"] = str(problem)
print(json.dumps(said))
"""


def test_a_real_secret_service_keeps_the_key(tmp_path: Path) -> None:
    """Kept, read back, of no use to a copy of the folder, forgotten; the file holds no bit of it."""
    secret = secrets.token_bytes(32)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    script = (
        'eval "$(printf password | gnome-keyring-daemon --unlock --components=secrets 2>/dev/null)"; '
        'exec "$0" -c "$1" "$2" "$3"'
    )
    state = tmp_path / "state"
    state.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_DATA_HOME": str(home / "data")}
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, sys.executable, SESSION, str(state), secret.hex()],
        capture_output=True, text=True, check=False, env=environment, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["backend"] == "keyring.backends.SecretService"
    assert (said["kept"], said["same"]) == (True, True)
    assert secret.hex() not in said["file"]
    assert "not in the system's key store" in said["copy"]
    assert "missing" in said["forgotten"]
    stored = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert stored, "the service keeps something"
    assert not any(secret in data or secret.hex().encode() in data for data in stored)


@pytest.mark.parametrize("store", [fail.Keyring, null.Keyring], ids=["none there", "takes and gives nothing"])
def test_without_a_store_a_file_of_ones_own_keeps_it(tmp_path: Path, store: type[fail.Keyring]) -> None:
    """`auto` falls back, `system` refuses and leaves nothing; the file is readable by its owner only."""
    state, secret = StateFolder(tmp_path), secrets.token_bytes(32)
    with pytest.raises(NotEnrolledError, match="does not work here"):
        key_store.keep(state.device_key_file, secret, Wanted.SYSTEM, store=store)
    assert not state.device_key_file.exists()
    assert key_store.keep(state.device_key_file, secret, Wanted.AUTO, store=store) is False
    assert verifying_key(state.device_key()) == verifying_key(load_signing_key(secret))
    assert state.device_key_file.stat().st_mode & 0o077 == 0


def test_a_store_that_lost_the_key_is_said(tmp_path: Path) -> None:
    """Locked or emptied: the message says what to do, and a damaged file is no key."""
    state = StateFolder(tmp_path)
    state.device_key_file.write_bytes(b"overt-key-in-system-store\n")
    with pytest.raises(NotEnrolledError, match="gives nothing"):
        key_store.load(state.device_key_file, store=fail.Keyring)
    with pytest.raises(NotEnrolledError, match="not in the system's key store"):
        key_store.load(state.device_key_file, store=null.Keyring)
    state.device_key_file.write_bytes(b"overt-key-in-system-stor\n")
    with pytest.raises(NotEnrolledError, match="damaged"):
        state.device_key()
