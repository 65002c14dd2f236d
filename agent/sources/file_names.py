"""Names of files that are saved or opened: the person's own folders, and the desktop's list of recent files."""

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from agent.ports import Given, Scene, Seen, WindowInfo
from agent.signs.sign import Sign
from agent.sources.new_files import LookedForFiles, NewFiles, ToldFiles
from engine.observation import Provenance

MOST_NAMES = 500
"""Names given at one question; more at once are an unpacked archive, of which the first say enough."""
RECENT = "recently-used.xbel"
_LIST_LIMIT = 8 * 2**20
_ENTRY = re.compile(r'<bookmark\s[^>]*href="file://([^"]*)"[^>]*(?:visited|modified)="([^"]*)"')
_SHALLOW = Sign(
    "file-names-shallow",
    "The system tells of no more folders; new names are looked for, one level below the person's own folders.",
)


class FileNames:
    """New names in the folders where people keep files, and new entries of the list of recent files."""

    def __init__(
        self,
        folders: Sequence[Path] | None = None,
        recent: Path | None = None,
        told: Callable[[Sequence[Path]], NewFiles] = ToldFiles,
    ) -> None:
        """Remember what is there; it is not told. Where `told` raises OSError, new names are looked for."""
        self._folders = tuple(dict.fromkeys(own_folders() if folders is None else folders))
        self._recent = recent or Path(platformdirs.user_data_dir()) / RECENT
        self._changed = -1
        self._entries: frozenset[tuple[str, str]] = frozenset()
        list(self._opened())
        self._signs: list[Sign] = []
        try:
            self._new: NewFiles = told(self._folders)
        except OSError:
            self._look_instead()

    def poll(self, _scene: Scene) -> Sequence[Given]:
        """Return one text for each new name."""
        signs, self._signs = self._signs, []
        return [*signs, *[*(_seen(path) for path in self._saved()), *self._opened()][:MOST_NAMES]]

    def close(self) -> None:
        """Be told of nothing more."""
        self._new.close()

    def _saved(self) -> list[Path]:
        try:
            return self._new.take()
        except OSError:
            self._new.close()
            self._look_instead()
            return []

    def _look_instead(self) -> None:
        self._new = LookedForFiles(self._folders)
        self._signs.append(_SHALLOW)

    def _opened(self) -> Iterator[Seen]:
        try:
            changed = self._recent.stat()
            if self._changed == changed.st_mtime_ns or changed.st_size > _LIST_LIMIT:
                return
            text = self._recent.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        self._changed = changed.st_mtime_ns
        entries = frozenset(_ENTRY.findall(text))
        before, self._entries = self._entries, entries
        for name, _ in sorted(entries - before):
            yield _seen(Path(unquote(unescape(name))))


def own_folders() -> Iterator[Path]:
    """Yield the folders where this system has people keep their files."""
    for name in ("desktop", "downloads", "documents", "pictures", "videos", "music"):
        yield Path(getattr(platformdirs, f"user_{name}_dir")())


def _seen(path: Path) -> Seen:
    return Seen(path.name, "file-name", Provenance.OPENED, WindowInfo(None, str(path.parent)))
