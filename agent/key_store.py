"""Where the device's signing key is kept: the system's key store where there is one, else a file that only its owner
reads.

The system's store (Secret Service, Keychain, Credential Manager; through `keyring`) ties the key to the account: a
copy of the agent's folder alone cannot sign. It does not keep an administrator of the device from using the key;
nothing on the device can, and it is no key that opens anything.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Protocol

import keyring
from keyring.errors import KeyringError

from agent.errors import NotEnrolledError
from agent.state import write_replaced
from evidence.suite import SECRET_SIZE

SERVICE = "Overt device key"
_MARK = b"overt-key-in-system-store\n"


class Wanted(Enum):
    """Where a new key shall be kept."""

    AUTO = "auto"
    """In the system's store where it works, else in a file."""
    SYSTEM = "system"
    FILE = "file"


class SystemStore(Protocol):
    """The system's key store, as `keyring` gives it."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret; None where there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""


def keep(file: Path, secret: bytes, wanted: Wanted, *, store: Callable[[], SystemStore] = keyring.get_keyring) -> bool:
    """Keep a new key; return whether it is in the system's store.

    Raises NotEnrolledError where the store was asked for and does not work.
    """
    if wanted is not Wanted.FILE and _keep_in_system(_name(file), secret, store):
        write_replaced(file, _MARK, durable=True)
        return True
    if wanted is Wanted.SYSTEM:
        raise NotEnrolledError(
            "The system's key store does not work here.", hint="Without it: overt agent enrol --key-store file"
        )
    write_replaced(file, secret, durable=True)
    return False


def load(file: Path, *, store: Callable[[], SystemStore] = keyring.get_keyring) -> bytes:
    """Return the key; raises NotEnrolledError where it is not there, or the store is locked."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise NotEnrolledError(f"The device's key is missing from {file.parent}.", hint="Enrol again.") from None
    if data != _MARK:
        if len(data) != SECRET_SIZE:
            raise NotEnrolledError(f"{file} is damaged.", hint="Enrol again with a new string from the officer.")
        return data
    try:
        found = store().get_password(SERVICE, _name(file))
    except KeyringError as problem:
        raise NotEnrolledError(
            f"The system's key store gives nothing ({type(problem).__name__}).",
            hint="Log in to the desktop of the account that enrolled, and unlock its key store.",
        ) from None
    if found is None:
        raise NotEnrolledError(
            "The device's key is not in the system's key store any more.",
            hint="Start the agent in the account that enrolled; if its key store was emptied, enrol again.",
        )
    return bytes.fromhex(found)


def forget(file: Path, *, store: Callable[[], SystemStore] = keyring.get_keyring) -> None:
    """Remove the key from wherever it is."""
    if file.exists() and file.read_bytes() == _MARK:
        with suppress(KeyringError):  # gone already, or locked: without the folder it is of no use
            store().delete_password(SERVICE, _name(file))
    file.unlink(missing_ok=True)


def _keep_in_system(name: str, secret: bytes, store: Callable[[], SystemStore]) -> bool:
    """Keep it there and read it back: a store that takes and does not give is none."""
    try:
        system = store()
        system.set_password(SERVICE, name, secret.hex())
        return system.get_password(SERVICE, name) == secret.hex()
    except Exception:  # noqa: BLE001  (a store that is missing, locked or refused fails in ways of its own)
        return False


def _name(file: Path) -> str:
    """Return the name of a folder's key: one account may hold several enrolments."""
    return hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
