"""Lists the files to look at, in order and without following links. Nothing on the medium is opened for writing."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A file, or a folder that could not be opened (`problem`)."""

    path: Path
    shown: str
    """The path with what cannot be printed made visible."""
    size: int
    changed: str
    problem: str = ""

    @property
    def key(self) -> str:
        """What makes it the same file in a later run."""
        return f"{self.size} {self.changed} {self.shown}"


def walk(paths: Sequence[Path]) -> Iterator[Listed]:
    """Yield every regular file below the paths. Links, devices and pipes are left out."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            yield from _inside(path)
        else:
            yield from _listed(path)


def _inside(folder: Path) -> Iterator[Listed]:
    failed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted(files):
            yield from _listed(Path(place, name))
        while failed:
            error = failed.pop()
            where = Path(os.fsdecode(error.filename or place))
            yield Listed(where, shown(where), 0, "", f"this folder cannot be opened: {error.strerror}")


def _listed(path: Path) -> Iterator[Listed]:
    try:
        found = path.lstat()
    except OSError as error:
        yield Listed(path, shown(path), 0, "", f"it cannot be read: {error.strerror}")
        return
    if stat.S_ISREG(found.st_mode):
        changed = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds")
        yield Listed(path, shown(path), found.st_size, changed)


def shown(path: Path) -> str:
    """Return a path as it can be printed: undecodable bytes and control characters become U+FFFD."""
    name = os.fsencode(path).decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def blocks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes without changing when it was last read, where the system permits that. Raises OSError."""
    quiet = getattr(os, "O_NOATIME", 0)
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    try:
        number = os.open(path, flags | quiet)
    except PermissionError:  # only the owner of a file may leave its time alone
        number = os.open(path, flags)
    with os.fdopen(number, "rb") as stream:
        while block := stream.read(BLOCK):
            yield block
