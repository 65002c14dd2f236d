"""Packed files (.gz, .zip): unpacked in memory, a member at a time, within limits."""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from engine.documents.errors import BrokenError, LockedError, TooLargeError

BLOCK = 256 * 1024
MAX_UNPACKED = 2 * 1024 * 1024 * 1024
"""Bytes that one packed file may unpack to, all members together."""
MAX_RATIO = 1000
"""Times that a packed file may grow, once it is over a megabyte: text grows some ten times, bombs a million."""
RATIO_FROM = 1024 * 1024
MAX_MEMBERS = 10_000
PACKING_BUGS = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, KeyError, OSError,
)  # fmt: skip
"""What zipfile raises on damaged files."""


@dataclass(slots=True)
class Budget:
    """What may still be unpacked."""

    left: int = MAX_UNPACKED
    most: int = MAX_UNPACKED
    """What was left at first, for messages."""

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooLargeError(f"it unpacks to more than {self.most} bytes", "unpack it and name the folder")


def unpack_gzip(chunks: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield the content of a .gz file, of all its members. Raises BrokenError, TooLargeError."""
    packed = unpacked = 0
    machine = zlib.decompressobj(wbits=31)
    rest = b""
    try:
        for chunk in chunks:
            packed += len(chunk)
            rest += chunk
            while rest:
                if machine.eof:
                    machine = zlib.decompressobj(wbits=31)
                block = machine.decompress(rest, BLOCK)
                rest = machine.unused_data if machine.eof else machine.unconsumed_tail
                unpacked += len(block)
                _check_growth(packed, unpacked)
                budget.spend(len(block))
                if block:
                    yield block
    except zlib.error:
        raise BrokenError("the packed file is damaged", "make it again") from None
    if not machine.eof:
        raise BrokenError("the packed file ends too early", "copy it again")


def _check_growth(packed: int, unpacked: int) -> None:
    if unpacked > RATIO_FROM and unpacked > packed * MAX_RATIO:
        raise TooLargeError(f"it unpacks to more than {MAX_RATIO} times its size", "it was made to do harm")


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open a zip file held in memory. Raises BrokenError, TooLargeError."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except PACKING_BUGS as error:
        raise BrokenError(f"the packed file is damaged ({type(error).__name__})", "make it again") from None
    if not all(member.filename for member in archive.infolist()):
        raise BrokenError("the packed file is damaged: a file in it has no name", "make it again")
    if len(archive.infolist()) > MAX_MEMBERS:
        raise TooLargeError(f"it holds more than {MAX_MEMBERS} files", "unpack it and name the folder")
    return archive


def unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    """Yield one member's content. Raises LockedError, BrokenError, TooLargeError."""
    if member.flag_bits & 1:
        raise LockedError("it needs a password", "unpack it and name the folder")
    unpacked = 0
    try:
        with archive.open(member) as stream:
            while block := stream.read(BLOCK):
                unpacked += len(block)
                _check_growth(member.compress_size, unpacked)
                budget.spend(len(block))
                yield block
    except PACKING_BUGS as error:
        raise BrokenError(f"it is damaged ({type(error).__name__})", "make it again") from None
