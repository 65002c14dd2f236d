"""Find files to read and give out their bytes. What they say is for engine.documents."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCK = 256 * 1024
STDIN = "-"


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file to read. `path` is `None` for standard input. `named`: by the caller, not found in a folder."""

    path: Path | None
    named: bool
    problem: str | None = None
    """Why it cannot be read, known before reading."""

    @property
    def shown(self) -> str:
        """The name as it is printed: undecodable bytes and control characters made visible."""
        if self.path is None:
            return STDIN
        name = os.fsencode(self.path).decode("utf-8", "replace")
        return "".join(char if char.isprintable() else "\ufffd" for char in name)

    def size(self) -> int:
        """Bytes, for progress; 0 where unknown."""
        try:
            return self.path.stat().st_size if self.path is not None else 0
        except OSError:
            return 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the content. Raises OSError."""
        if self.path is None:
            while block := sys.stdin.buffer.read(BLOCK):
                yield block
            return
        with self.path.open("rb") as stream:
            while block := stream.read(BLOCK):
                yield block


def find(paths: Sequence[str]) -> Iterator[DocumentFile]:
    """Yield every file that is named, or stands in a named folder at any depth, in the order of names."""
    for path in paths:
        if path == STDIN:
            yield DocumentFile(None, named=True)
        elif Path(path).is_dir():
            yield from _inside(Path(path))
        else:
            yield _checked(Path(path), named=True)


def _inside(folder: Path) -> Iterator[DocumentFile]:
    """Walk a folder. Links to folders are not followed; a folder that cannot be opened is given out as a problem."""
    failed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        for name in sorted(files):
            yield _checked(Path(place, name), named=False)
        while failed:
            error = failed.pop()
            yield DocumentFile(
                Path(str(error.filename)), named=True, problem=f"the folder cannot be opened: {error.strerror}"
            )
    for error in failed:
        yield DocumentFile(
            Path(str(error.filename)), named=True, problem=f"the folder cannot be opened: {error.strerror}"
        )


def _checked(path: Path, *, named: bool) -> DocumentFile:
    if path.is_file():
        return DocumentFile(path, named)
    if path.exists():
        return DocumentFile(path, named, "it is not a file (a device, a pipe or a socket)")
    return DocumentFile(path, named, "there is no such file or folder")
