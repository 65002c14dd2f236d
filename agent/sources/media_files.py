"""Files on sticks and disks that are plugged in: their names, and the text of documents, a few at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.ports import Scene, Seen, WindowInfo
from agent.sources.media_walk import MediaWalk
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


class MediaFiles:
    """What is on media that came after the start."""

    def __init__(self, walk: MediaWalk | None = None) -> None:
        """Take the walk; None: one over what is mounted from now on."""
        self._walk = walk or MediaWalk(most=MOST_FILES)

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return what a few more files say."""
        self._walk.look()
        found: list[Seen] = []
        for _ in range(A_TIME):
            step = self._walk.next()
            if step is None:
                break
            medium, path = step
            if path is not None:
                found += _of(path)
                self._walk.done(medium)
        return found

    def close(self) -> None:
        """Stop searching."""
        self._walk.close()


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
