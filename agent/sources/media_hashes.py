"""Compares files on sticks and disks that are plugged in with sets of known files: their bytes, and pictures' likeness.

So much is read a second and no more, after everybody else's reading where the system knows such an order, and nothing
of it stays in the system's cache. Its priority for the processor is that of the rest, because a thread that waits
for its turn would hold the lock that the agent's other threads wait for; it works a short part of each second instead.
"""

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from agent.errors import PlatformError
from agent.ports import Given, Scene, SeenFile
from agent.signs.sign import Sign
from agent.sources.media_walk import MediaWalk, Medium
from engine.errors import EngineError
from engine.observation import Provenance
from engine.verdict import Finding

SOURCE = "known-file"
EVERY = 1.0
"""Seconds between two questions."""
RATE = 8 * 2**20
"""Bytes read at one question: a stick of 16 GB takes some 35 minutes of watching."""
WORK = 0.15
"""Seconds of work at one question, pictures included; what is begun is finished."""
LARGEST = 4 * 2**30
"""Bytes of a file that is compared: what is larger than FAT32 can hold is counted, and left."""
MOST_HELD = 32 * 2**20
"""Bytes of a picture file that is compared by likeness as well."""
MOST_FILES = 500_000
_BLOCK = 2**20
PICTURES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".jp2"}
)


@dataclass(frozen=True, slots=True)
class Digests:
    """The hashes of a file's bytes."""

    md5: bytes
    sha1: bytes
    sha256: bytes


class KnownFiles(Protocol):
    """The sets of hashes that this device has."""

    def names(self) -> Sequence[str]:
        """Return what the sets are called; empty where there is none."""

    def exact(self, digests: Digests) -> Sequence[Finding]:
        """Return a finding for each set that has this very file."""

    def alike(self, data: bytes) -> Sequence[Finding]:
        """Return a finding for each set that has this picture, or one very like it; raises EngineError for none."""


class MediaHashes:
    """What on media is in the sets, and how much of each medium was compared."""

    def __init__(self, known: KnownFiles | None, walk: MediaWalk | None = None, *, rate: int = RATE) -> None:
        """Take the sets and the walk; raises PlatformError where there is no set to compare with."""
        if known is None or not known.names():
            raise PlatformError("no set of hashes is on this device", hint="Lay the set file into hash-sets.")
        self._known, self._rate = known, rate
        self._walk = walk or MediaWalk(most=MOST_FILES)
        self._open: _File | None = None
        self._finished: list[Medium] = []
        self._counts: dict[str, Counter[str]] = {}
        _read_last()

    def poll(self, _scene: Scene) -> Sequence[Given]:
        """Return what the next few megabytes are known as."""
        for medium in self._finished:  # what was found in them was taken meanwhile, or they are compared once more
            self._walk.done(medium)
        self._finished.clear()
        found = [*self._lost(), *self._compared()]
        if self._open is not None:
            self._open.close()  # a medium with an open file on it cannot be taken out
        return found

    def close(self) -> None:
        """Stop; a file that was begun is compared from its beginning next time."""
        self._shut()
        self._walk.close()

    def _lost(self) -> Iterator[Sign]:
        for medium in self._walk.look():
            if self._open is not None and self._open.medium is medium:
                self._shut()
            yield self._told(medium, "media-taken-away", "A medium was taken away before all of it was compared", 1)

    def _compared(self) -> Iterator[Given]:
        left, until = self._rate, time.monotonic() + WORK
        while left > 0 and time.monotonic() < until:
            if self._open is None:
                step = self._walk.next()
                if step is None:
                    return
                medium, path = step
                if path is None:
                    yield self._told(medium, "media-compared", "A medium was compared with the sets of known files", 0)
                else:
                    self._begin(medium, path)
            else:
                read = self._open.read(min(left, _BLOCK))
                left -= len(read)
                if not read:
                    yield from self._matched(self._open)

    def _begin(self, medium: Medium, path: Path) -> None:
        try:
            self._open = _File(medium, path)
        except OSError:
            self._count(medium, "unreadable")
            self._finished.append(medium)
            return
        if self._open.size > LARGEST:
            self._count(medium, "too-large")
            self._shut(finished=True)

    def _matched(self, file: "_File") -> Iterator[SeenFile]:
        findings = [] if file.broken else list(self._known.exact(file.digests()))
        if file.held and not file.broken:
            by_bytes = {one.library_id for one in findings}
            findings += [one for one in self._alike(file) if one.library_id not in by_bytes]
        self._count(file.medium, "unreadable" if file.broken else "files")
        self._shut(finished=True)
        if findings:
            self._count(file.medium, "known")
            path, mount = str(file.path), file.medium.mount
            yield SeenFile(path, mount, tuple(findings), SOURCE, Provenance.BACKGROUND)

    def _alike(self, file: "_File") -> Sequence[Finding]:
        try:
            return self._known.alike(bytes(file.held))
        except EngineError:
            self._count(file.medium, "damaged-pictures")
            return ()

    def _shut(self, *, finished: bool = False) -> None:
        if self._open is not None:
            self._open.close()
            if finished:
                self._finished.append(self._open.medium)
        self._open = None

    def _count(self, medium: Medium, what: str) -> None:
        self._counts.setdefault(medium.name, Counter())[what] += 1

    def _told(self, medium: Medium, event: str, text: str, severity: int) -> Sign:
        counts = self._counts.pop(medium.name, Counter())
        details: dict[str, str | int] = {"sets": len(self._known.names()), "files": 0, "known": 0, **counts}
        return Sign(event, f"{text}: {_spelled(counts)}.", details, severity)


@dataclass(slots=True)
class _File:
    """A file that is being read; it is open only while that is done, so that the medium can be taken out."""

    medium: Medium
    path: Path = field(repr=False)
    size: int = 0
    broken: bool = False
    held: bytearray = field(default_factory=bytearray, repr=False)
    _hashes: tuple["hashlib._Hash", ...] = ()
    _descriptor: int | None = None
    _at: int = 0
    _known_by: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        """Open it; raises OSError."""
        self._known_by = self._open()
        self.size = self._known_by[2]
        self._hashes = tuple(hashlib.new(kind, usedforsecurity=False) for kind in ("md5", "sha1", "sha256"))

    def read(self, most: int) -> bytes:
        """Read on; empty at the end, where the medium gives no more, and where the file was changed meanwhile."""
        try:
            if self._descriptor is None and self._open() != self._known_by:
                self.broken = True
                return b""
            block = b"" if self._descriptor is None else os.read(self._descriptor, most)
        except OSError:
            self.broken = True
            return b""
        self._at += len(block)
        for one in self._hashes:
            one.update(block)
        if self.size <= MOST_HELD and self.path.suffix.lower() in PICTURES:
            self.held += block
        return block

    def digests(self) -> Digests:
        """Return the hashes of all that was read."""
        return Digests(*(one.digest() for one in self._hashes))

    def close(self) -> None:
        """Close it, and have the system keep none of it in memory; `read` opens it again where it was."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)

    def _open(self) -> tuple[int, int, int]:
        """Open it where reading goes on; return what tells it from another, or a changed one."""
        self._descriptor = _opened(self.path)
        os.lseek(self._descriptor, self._at, os.SEEK_SET)
        found = os.fstat(self._descriptor)
        return found.st_ino, found.st_mtime_ns, found.st_size


def _opened(path: Path) -> int:
    """Open a file without changing when it was read last, where that may be; raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        return os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:  # another account's file, which may be read and not quietly
        return os.open(path, flags)


def _read_last() -> None:
    """Let this thread read when nobody else does (Linux: the idle class of ioprio_set(2), which holds for threads)."""
    if hasattr(psutil, "IOPRIO_CLASS_IDLE"):
        psutil.Process(threading.get_native_id()).ionice(psutil.IOPRIO_CLASS_IDLE)


def _spelled(counts: "Counter[str]") -> str:
    known = counts["known"]
    parts = [f"{counts['files']} files", f"{known} of them known" if known else "none of them known"]
    words = {"unreadable": "not readable", "too-large": "too large", "damaged-pictures": "damaged pictures"}
    return ", ".join([*parts, *(f"{said}: {counts[name]}" for name, said in words.items() if counts[name])])
