"""Names of files that are saved or opened: the person's own folders, and the desktop's list of recent files."""

import re
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import platformdirs

from agent.ports import Scene, Seen, WindowInfo
from engine.observation import Provenance

MOST_NAMES = 500
"""Names given at one question; more at once are an unpacked archive, of which the first say enough."""
RECENT = "recently-used.xbel"
_LIST_LIMIT = 8 * 2**20
_ENTRY = re.compile(r'<bookmark\s[^>]*href="file://([^"]*)"[^>]*(?:visited|modified)="([^"]*)"')


class FileNames:
    """New names in the folders where people keep files, one level deep, and new entries of the list of recent files."""

    def __init__(self, folders: Sequence[Path] | None = None, recent: Path | None = None) -> None:
        """Remember what is there; it is not told."""
        self._folders = tuple(own_folders() if folders is None else folders)
        self._recent = recent or Path(platformdirs.user_data_dir()) / RECENT
        self._seen_at: dict[Path, int] = {}
        self._names: dict[Path, frozenset[str]] = {}
        self._entries: frozenset[tuple[str, str]] = frozenset()
        list(self._saved())
        list(self._opened())

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return one text for each new name."""
        return [*self._saved(), *self._opened()][:MOST_NAMES]

    def close(self) -> None:
        """Nothing is held."""

    def _saved(self) -> Iterator[Seen]:
        for folder in self._with_subfolders():
            try:
                changed = folder.stat().st_mtime_ns
                if self._seen_at.get(folder) == changed:
                    continue
                names = frozenset(path.name for path in folder.iterdir())
            except OSError:
                continue  # it went away, or is not ours to read
            before, self._names[folder] = self._names.get(folder, frozenset()), names
            self._seen_at[folder] = changed
            for name in sorted(names - before):
                yield _seen(folder / name)

    def _with_subfolders(self) -> Iterator[Path]:
        for folder in self._folders:
            yield folder
            try:
                yield from (one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
            except OSError:
                continue

    def _opened(self) -> Iterator[Seen]:
        try:
            changed = self._recent.stat()
            if self._seen_at.get(self._recent) == changed.st_mtime_ns or changed.st_size > _LIST_LIMIT:
                return
            text = self._recent.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        self._seen_at[self._recent] = changed.st_mtime_ns
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
