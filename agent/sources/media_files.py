"""Files on sticks and disks that are plugged in: their names, and the text of documents, a few at a time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from agent.ports import Scene, Seen, WindowInfo
from engine.documents.errors import UnreadableError
from engine.documents.piece import Piece
from engine.documents.read import read
from engine.observation import Provenance

A_TIME = 10
"""Files read at one question: media are searched slowly, so that the person's own work does not wait."""
MOST_FILES = 5_000
LARGEST = 8 * 2**20
"""Bytes of a document that is read."""
MOST_TEXT = 200_000
"""Code points of one document that are screened."""
READABLE = frozenset(
    {".txt", ".md", ".html", ".htm", ".eml", ".mbox", ".csv", ".tsv", ".jsonl", ".pdf", ".docx", ".rtf"}
)


def mounted() -> frozenset[str]:
    """Return where file systems of devices are mounted now."""
    return frozenset(one.mountpoint for one in psutil.disk_partitions(all=False))


class MediaFiles:
    """What is on media that came after the start."""

    def __init__(self, mounts: Callable[[], frozenset[str]] = mounted) -> None:
        """Remember what is mounted; it is not searched."""
        self._mounts = mounts
        self._known = mounts()
        self._waiting: list[Iterator[Path]] = []

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return what a few more files say."""
        now = self._mounts()
        self._waiting += [_files(Path(one)) for one in sorted(now - self._known)]
        self._known = now
        found: list[Seen] = []
        for _ in range(A_TIME):
            path = self._next()
            if path is None:
                break
            found += _of(path)
        return found

    def close(self) -> None:
        """Stop searching."""
        self._waiting.clear()

    def _next(self) -> Path | None:
        while self._waiting:
            path = next(self._waiting[0], None)
            if path is not None:
                return path
            self._waiting.pop(0)
        return None


def _files(root: Path) -> Iterator[Path]:
    """Yield the files below a folder, the first so many of them; links are not followed."""
    waiting, given = [root], 0
    while waiting and given < MOST_FILES:
        try:
            inside = sorted(waiting.pop(0).iterdir())
        except OSError:
            continue  # it was pulled out, or is not ours to read
        for path in inside:
            if path.is_symlink():
                continue
            if path.is_dir():
                waiting.append(path)
            elif path.is_file():
                given += 1
                yield path


def _of(path: Path) -> Iterator[Seen]:
    window = WindowInfo(None, str(path))
    yield Seen(path.name, "file-name", Provenance.BACKGROUND, window)
    if path.suffix.lower() not in READABLE:
        return
    try:
        if path.stat().st_size > LARGEST:
            return
        pieces = [one.text for one in read([path.read_bytes()], path.name) if isinstance(one, Piece)]
    except (OSError, UnreadableError):
        return  # pulled out meanwhile, or damaged: its name was told
    text = "\n\n".join(pieces)[:MOST_TEXT]
    if text.strip():
        yield Seen(text, "file", Provenance.BACKGROUND, window)
