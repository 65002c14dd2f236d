"""New names in folders: told by the system (inotify and its like), or looked for where it tells no more.

Told by the system an idle minute costs nothing, every folder below is seen however deep, and so is a file that is there
for a moment. Looking costs a little each time, and sees one level below.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

MOST_WAITING = 2_000
"""Names kept between two questions; more at once are an unpacked archive, of which the first say enough."""
_KINDS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileMovedEvent, DirCreatedEvent, DirMovedEvent]
_END = 2.0


class NewFiles(Protocol):
    """Knows what is new in folders."""

    def take(self) -> list[Path]:
        """Return what came since the last call, oldest first."""

    def close(self) -> None:
        """Give everything back."""


class ToldFiles(FileSystemEventHandler):
    """What the system tells of folders and all below them; of the home folder itself, what lies in it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Have everything told; raises OSError where the system does not tell of so many folders."""
        self._folders = folders
        self._waiting: deque[Path] = deque()
        self._observer: BaseObserver = Observer()
        self._watches: dict[Path, tuple[int, ObservedWatch]] = {}
        self._observer.start()
        try:
            self._follow()
        except OSError:
            self.close()
            raise

    def take(self) -> list[Path]:
        """Return what came; folders that were made meanwhile are followed from now on. Raises OSError as the start."""
        self._follow()
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def close(self) -> None:
        """End the threads."""
        self._observer.stop()
        self._observer.join(_END)

    def dispatch(self, event: FileSystemEvent) -> None:
        """Take what the system tells, in its thread. A flood is cut: nobody reads thousands of names."""
        path = Path(str(event.dest_path or event.src_path))
        if len(self._waiting) < MOST_WAITING and not self._is_hidden(path):
            self._waiting.append(path)

    def _follow(self) -> None:
        for folder in self._folders:
            number = _number(folder)
            before = self._watches.get(folder)
            if before is not None and before[0] != number:
                self._observer.unschedule(before[1])
                del self._watches[folder]
            if number is not None and folder not in self._watches:
                deep = folder != Path.home()
                watch = self._observer.schedule(self, str(folder), recursive=deep, event_filter=_KINDS)
                self._watches[folder] = (number, watch)

    def _is_hidden(self, path: Path) -> bool:
        """Return whether a path lies in a hidden folder: programs keep things of their own there."""
        inside = next((path.relative_to(one) for one in self._folders if path.is_relative_to(one)), path)
        return any(part.startswith(".") for part in inside.parts[:-1])


class LookedForFiles:
    """What is new in folders and one level below, by looking."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Remember what is there; it is not given."""
        self._folders = folders
        self._seen_at: dict[Path, int] = {}
        self._names: dict[Path, frozenset[str]] = {}
        self.take()

    def take(self) -> list[Path]:
        """Look."""
        return list(self._new())

    def close(self) -> None:
        """Nothing is held."""

    def _new(self) -> Iterator[Path]:
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
            yield from (folder / name for name in sorted(names - before))

    def _with_subfolders(self) -> Iterator[Path]:
        for folder in self._folders:
            yield folder
            try:
                yield from (one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
            except OSError:
                continue


def _number(folder: Path) -> int | None:
    """Return what tells a folder from another of its name; None where there is none."""
    try:
        return folder.stat().st_ino
    except OSError:
        return None
