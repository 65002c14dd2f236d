"""Envelopes in a folder, one file each, synced before they count."""

import hashlib
import os
from pathlib import Path

from server_stub.errors import StoreError

_DIGEST_LENGTH = 64


def require_digest(text: str) -> str:
    """Return a digest as it is; raises StoreError for anything else, which might be a path."""
    if len(text) != _DIGEST_LENGTH or not set(text) <= set("0123456789abcdef"):
        raise StoreError("not a digest")
    return text


class BlobFolder:
    """Keeps bytes under their SHA-256 in hex."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, making it if need be."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, digest: str, data: bytes) -> None:
        """Store durably: when this returns, the bytes outlive a power cut. Storing again what is there is no harm.

        Raises:
            StoreError: the disk did not take it; nothing is visible then.
        """
        # Plain strings: pathlib costs more than the checks of a record.
        place = f"{self._folder}{os.sep}{require_digest(digest)[:2]}"
        temporary = f"{place}{os.sep}{digest}.{os.getpid()}-{os.urandom(4).hex()}.part"
        try:
            try:
                _write_synced(temporary, data)
            except FileNotFoundError:
                Path(place).mkdir(mode=0o700, exist_ok=True)
                _sync_folder(self._folder)
                _write_synced(temporary, data)
            os.replace(temporary, f"{place}{os.sep}{digest}")  # noqa: PTH105  (see above)
            _sync_folder(place)
        except OSError as problem:
            Path(temporary).unlink(missing_ok=True)
            raise StoreError(f"the envelope could not be stored: {problem.strerror}") from problem

    def read(self, digest: str, start: int = 0, length: int | None = None) -> bytes:
        """Return `length` bytes from `start`; all from there where `length` is None.

        Raises:
            StoreError: it is not there, or shorter than asked for.
        """
        try:
            with self._path(digest).open("rb") as file:
                file.seek(start)
                data = file.read() if length is None else file.read(length)
        except OSError as problem:
            raise StoreError(f"envelope {digest[:16]} could not be read: {problem.strerror}") from problem
        if length is not None and len(data) != length:
            raise StoreError(f"envelope {digest[:16]} is shorter than its header says")
        return data

    def holds(self, digest: str) -> bool:
        """Return whether these very bytes are there, whole."""
        path = self._path(digest)
        return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def delete(self, digest: str) -> None:
        """Remove bytes for good; what is not there is no error. Raises StoreError."""
        path = self._path(digest)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists():
                _sync_folder(path.parent)
        except OSError as problem:
            raise StoreError(f"envelope {digest[:16]} could not be removed: {problem.strerror}") from problem

    def check(self) -> None:
        """Write, sync and remove a small file; raises StoreError."""
        probe = self._folder / f".probe-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            _write_synced(probe, b"probe")
        except OSError as problem:
            raise StoreError(f"{self._folder} cannot be written to: {problem.strerror}") from problem
        finally:
            probe.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / require_digest(digest)


def _write_synced(path: str | Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write line ends otherwise


def _sync_folder(folder: str | Path) -> None:
    if os.name == "nt":  # folders cannot be opened there; the rename itself is journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
