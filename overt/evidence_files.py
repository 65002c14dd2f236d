"""Reads what `overt evidence` is given: key files, envelopes, folders of envelopes. Does the I/O, decides nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.authority import Authority, read_authority
from evidence.errors import EvidenceError
from evidence.header import LARGEST_PART, MOST_PARTS, Context
from evidence.keys import LockedKey, OpeningKey, unlock_officer_key, unwrap_case_key
from evidence.suite import Suite

LARGEST_FILE = LARGEST_PART * MOST_PARTS
_KEY_FILE_LIMIT = 8192
_SECRET_SIZE = 32


class InputError(Exception):
    """What was given on the command line cannot be used."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence and what to do about it."""
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the key that opens comes from: a secret key, or an officer's locked key and a wrap of the case key."""

    key: Path | None
    locked_key: Path | None
    wrap: Path | None
    key_epoch: int
    passphrase_file: Path | None


def read_file(path: Path, *, limit: int = LARGEST_FILE) -> bytes:
    """Return a file's bytes; raises InputError where there is none, it cannot be read, or it is larger than `limit`."""
    try:
        size = path.stat().st_size
        if size > limit:
            raise InputError(f"{path}: {size} bytes, more than the {limit} that such a file may have")
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}") from None
    except ValueError:  # a NUL in it
        raise InputError(f"{str(path)!r} cannot be the name of a file") from None


def read_public_key(given: str, *, option: str) -> bytes:
    """Return a 32-byte public key given as 64 hex digits or as a file that holds them."""
    text = given if _is_hex_key(given) else _read_text(Path(given))
    if not _is_hex_key(text):
        raise InputError(
            f"{option}: neither 64 hex digits nor a file that holds them", hint="`overt server device list` shows keys."
        )
    return bytes.fromhex(text)


def opening_key(files: KeyFiles, context: Context, ask: Callable[[], str]) -> OpeningKey:
    """Return the key that opens; `ask` gets the passphrase where no file holds it.

    Raises InputError for files that do not belong together, EvidenceError for keys that do not open.
    """
    if files.key is not None and files.locked_key is None and files.wrap is None:
        return _secret_key(files.key, context.suite)
    if files.key is not None or files.locked_key is None or files.wrap is None:
        raise InputError("give either --key, or --locked-key with --wrap")
    locked = LockedKey.from_bytes(read_file(files.locked_key, limit=_KEY_FILE_LIMIT).strip())
    officer = unlock_officer_key(locked, passphrase(files.passphrase_file, ask))
    wrap = read_file(files.wrap, limit=_KEY_FILE_LIMIT)
    return unwrap_case_key(wrap, officer, case=context.fields.case, epoch=files.key_epoch, suite=context.suite)


def passphrase(path: Path | None, ask: Callable[[], str]) -> str:
    if path is None:
        return ask()
    return read_file(path, limit=_KEY_FILE_LIMIT).decode("utf-8", "replace").rstrip("\r\n")


def _secret_key(path: Path, suite: Suite) -> OpeningKey:
    """Return a secret key kept as 32 bytes or as 64 hex digits; which suite it is for, the envelope says."""
    data = read_file(path, limit=_KEY_FILE_LIMIT)
    if len(data) == _SECRET_SIZE:
        return OpeningKey.load(data, suite)
    text = data.decode("ascii", "replace").strip()
    if not _is_hex_key(text):
        raise InputError(f"{path}: neither 32 bytes nor 64 hex digits", hint="This should be a secret key file.")
    return OpeningKey.load(bytes.fromhex(text), suite)


def read_authority_file(path: Path, issuer_key: bytes) -> Authority:
    """Return an authority whose signature was checked; raises InputError."""
    try:
        return read_authority(read_file(path), issuer_key=issuer_key)
    except EvidenceError as problem:
        raise InputError(f"{path}: {problem}", hint=problem.hint) from None


def envelope_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files named and all below the folders named; raises InputError where there is none."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
        found += sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    if not found:
        raise InputError(
            f"{', '.join(map(str, paths))}: no file in there", hint="Verifying nothing would prove nothing."
        )
    return found


def read_all(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, one at a time."""
    for path in paths:
        yield str(path), read_file(path)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, readable by its owner only; raises InputError."""
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(data)
    except OSError as problem:
        raise InputError(f"{path}: {problem.strerror}", hint="Nothing is written over; name a new folder.") from None


def _read_text(path: Path) -> str:
    return read_file(path, limit=_KEY_FILE_LIMIT).decode("ascii", "replace").strip()


def _is_hex_key(text: str) -> bool:
    return len(text) == 2 * _SECRET_SIZE and all(digit in "0123456789abcdef" for digit in text)
