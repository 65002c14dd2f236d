"""Files packed in files (.zip, .tar, .gz and tar within gz): a member at a time, in memory, within limits."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.documents.archive import Budget, open_zip, unpack_gzip, unpack_member
from engine.documents.errors import BrokenError, LockedError, TooLargeError

MOST_MEMBERS = 10_000
MOST_UNPACKED = 512 * 2**20
"""Bytes that one file on the medium may unpack to, all that is within it together: they are held in memory."""
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_OTHER = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_TAR_MARK, _TAR_AT = b"ustar", 257


@dataclass(slots=True)
class Limits:
    """What may still be unpacked of one file on the medium, with everything within it."""

    budget: Budget = field(default_factory=lambda: Budget(MOST_UNPACKED, MOST_UNPACKED))
    depth: int = 0

    def deeper(self) -> "Limits":
        """Return the limits for what is packed in a member: the same budget, one level down."""
        return Limits(self.budget, self.depth + 1)


def is_packed(data: bytes) -> bool:
    """Return whether these bytes hold files."""
    return data.startswith((_ZIP, _GZIP)) or _is_tar(data)


def is_other_packing(data: bytes) -> bool:
    """Return whether these bytes are packed in a way that is not opened."""
    return data.startswith(_OTHER)


def members(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file within.

    Raises `DocumentError`s: damaged, locked, or over the limits; what was given out before stands.
    """
    if data.startswith(_ZIP):
        yield from _zip(data, limits.budget)
    elif data.startswith(_GZIP):
        whole = b"".join(unpack_gzip([data], limits.budget))
        yield from _tar(whole, limits.budget) if _is_tar(whole) else iter([("unpacked", whole)])
    else:
        yield from _tar(data, limits.budget)


def _zip(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    archive = open_zip(data)
    locked = 0
    for member in archive.infolist():
        if member.is_dir():
            continue
        if member.flag_bits & 1:
            locked += 1
            continue
        yield member.filename, b"".join(unpack_member(archive, member, budget))
    if locked:
        raise LockedError(f"{locked} files in it are locked with a password", "ask for the password")


def _tar(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count >= MOST_MEMBERS:
                    raise TooLargeError(f"it holds more than {MOST_MEMBERS} files", "unpack it and name the folder")
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is not None:
                    budget.spend(member.size)
                    yield member.name, stream.read()
    except (tarfile.TarError, EOFError, ValueError):
        raise BrokenError("the packed file is damaged", "make it again") from None


def _is_tar(data: bytes) -> bool:
    return data[_TAR_AT : _TAR_AT + len(_TAR_MARK)] == _TAR_MARK
