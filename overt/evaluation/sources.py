"""Opens what a corpus is made of: files, folders, standard input; unpacks .gz, .zst and .zip as a stream of bytes."""

import gzip
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.documents.decode import SAMPLE, Decoder, detect
from engine.documents.errors import DocumentError

BLOCK = 1024 * 1024
STDIN = "-"
STDIN_NAME = "standard input"
PACKED = (".gz", ".zst")
NO_FILE = "a link that leads nowhere, or something else that is no file"
UNPACKING_BUGS = (zlib.error, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError)
"""What the unpackers raise on damaged files."""


class SourceError(Exception):
    """A file of the corpus that cannot be read, or not from here on. The sentence names no content."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the corpus, or a member of a packed one. `path`: where its bytes lie as they are, if they do."""

    corpus: str
    """The argument that named it."""
    name: str
    size: int
    """Bytes on the disk, for progress."""
    opened: Callable[[], Any] = field(repr=False)
    path: Path | None = None

    @property
    def suffix(self) -> str:
        """The ending that says what it is, less that of the packing."""
        return Path(self.name).suffix.lower()


def sources(arguments: list[str]) -> Iterator[Source | tuple[str, SourceError]]:
    """Yield every file named and all below the folders named, in the order of their names; errors with the name."""
    for argument in arguments:
        if argument == STDIN:
            yield Source(STDIN_NAME, STDIN_NAME, 0, lambda: sys.stdin.buffer)
            continue
        top = Path(argument)
        if not top.exists():
            yield argument, SourceError("a file or folder that is not there")
            continue
        inside = top.is_dir()
        for path in sorted(one for one in top.rglob("*") if not one.is_dir()) if inside else [top]:
            name = str(path.relative_to(top)) if inside else path.name
            if path.is_file():
                yield from _file(argument, path, name)
            else:
                yield name, SourceError(NO_FILE)


def total_size(arguments: list[str]) -> int:
    """Return the bytes of all files on the disk, 0 where standard input makes it unknown."""
    if STDIN in arguments:
        return 0
    tops = [Path(argument) for argument in arguments]
    files = (one for top in tops for one in (top.rglob("*") if top.is_dir() else [top]) if one.is_file())
    return sum(one.stat().st_size for one in files)


def _file(argument: str, path: Path, name: str) -> Iterator[Source | tuple[str, SourceError]]:
    suffix = path.suffix.lower()
    size = path.stat().st_size
    if suffix == ".zip":
        yield from _members(argument, path, name, size)
    elif suffix in PACKED:
        unpacked = _gzip(path) if suffix == ".gz" else _zstd(path)
        yield Source(argument, name[: -len(suffix)], size, unpacked)
    else:
        yield Source(argument, name, size, lambda: path.open("rb"), path)


def _gzip(path: Path) -> Callable[[], Any]:
    def opened() -> Any:
        return gzip.open(path, "rb")

    return opened


def _zstd(path: Path) -> Callable[[], Any]:
    def opened() -> Any:
        try:
            from backports import zstd  # noqa: PLC0415  (the extra [evaluate]; needed for .zst only)
        except ImportError:
            raise SourceError("reading .zst needs: pip install 'overt[evaluate]'") from None
        return _Guarded(zstd.open(path, "rb"), zstd.ZstdError)

    return opened


class _Guarded:
    """A stream whose unpacker has an error of its own."""

    def __init__(self, stream: Any, error: type[Exception]) -> None:
        self._stream, self._error = stream, error

    def __enter__(self) -> "_Guarded":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes:
        """Read as a file does. Raises SourceError for damaged content."""
        try:
            return bytes(self._stream.read(size))
        except self._error:
            raise SourceError("a compressed file that is damaged") from None


def _members(argument: str, path: Path, name: str, size: int) -> Iterator[Source | tuple[str, SourceError]]:
    try:
        archive = zipfile.ZipFile(path)
        members = [one for one in archive.infolist() if not one.is_dir()]
    except (OSError, *UNPACKING_BUGS):
        yield name, SourceError("a packed file that is damaged")
        return
    for member in members:
        share = size * member.compress_size // max(1, sum(one.compress_size for one in members))
        yield Source(argument, f"{name}!{member.filename}", share, _member(archive, member))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], Any]:
    return lambda: archive.open(member)


@dataclass(slots=True)
class Stream:
    """The bytes of a source in blocks, always UTF-8. `encoding` is what it was written in."""

    source: Source
    encoding: str = "utf-8"
    undecodable: int = 0

    @property
    def as_stored(self) -> bool:
        """Whether the blocks are the file's own bytes, so that a place in them is a place in the file."""
        return self.source.path is not None and self.encoding == "utf-8"

    def blocks(self) -> Iterator[bytes]:
        """Yield the blocks. Raises SourceError."""
        try:
            with self.source.opened() as stream:
                yield from self._utf8(stream)
        except OSError as problem:
            raise SourceError(f"a file that cannot be read: {problem.strerror or 'it is damaged'}") from None
        except EOFError:
            raise SourceError("a compressed file that is cut short") from None
        except DocumentError as problem:
            raise SourceError(f"a file that is {problem.what}") from None
        except UNPACKING_BUGS:
            raise SourceError("a packed file that is damaged, or needs a password") from None

    def _utf8(self, stream: Any) -> Iterator[bytes]:
        first = stream.read(BLOCK)
        found = detect(first[:SAMPLE]) if first else None
        if found is None or found.name == "utf-8":
            yield first
            yield from iter(lambda: stream.read(BLOCK), b"")
            return
        self.encoding = found.name
        decoder = Decoder(found)
        for text in decoder.decode(_chain(first, stream)):
            yield text.encode("utf-8", "replace")
        self.undecodable = decoder.undecodable


def _chain(first: bytes, stream: Any) -> Iterator[bytes]:
    yield first
    yield from iter(lambda: stream.read(BLOCK), b"")
