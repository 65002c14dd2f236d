"""The files on sticks and disks that are plugged in, one after the other, in an order that a later walk finds again."""

import getpass
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from agent.media_memory import DONE, MediaMemory, medium_id
from agent.mounts import Mounts

SAVE_EVERY = 10.0
"""Seconds after which the place in a search is written down."""
_OWN = (("media",), ("run", "media"))


@dataclass(slots=True)
class Medium:
    """One that is being searched."""

    mount: str = field(repr=False)
    name: str
    """What it is remembered by."""
    files: Iterator[Path] = field(repr=False)
    searched: int = 0


def mounted() -> Callable[[], frozenset[str]]:
    """Return what tells where file systems of devices are mounted now."""
    mounts = Mounts(everything=False)
    return lambda: frozenset(one.mountpoint for one in mounts.now())


def is_own(mount: str) -> bool:
    """Return whether a desktop mounted a medium for this account (udisks: /media/NAME, /run/media/NAME)."""
    parts, account = Path(mount).parts[1:], getpass.getuser()
    return any(parts[: len(start) + 1] == (*start, account) for start in _OWN)


class MediaWalk:
    """Walks every medium that comes, and those of this account that came while nothing could be watched.

    Disks that were there before are not searched: they are the device's own, or another account's.
    """

    def __init__(
        self,
        mounts: Callable[[], frozenset[str]] | None = None,
        memory: MediaMemory | None = None,
        *,
        most: int,
        own: Callable[[str], bool] = is_own,
    ) -> None:
        """Go on where `memory` says; of one medium at most so many files are given. `mounts`: None, what is mounted."""
        self._mounts, self._memory, self._most = mounts or mounted(), memory or MediaMemory(), most
        self._known: dict[str, str] = {}
        self._waiting: list[Medium] = []
        self._saved = time.monotonic()
        for mount in sorted(self._mounts()):
            name = self._known[mount] = medium_id(mount)
            before = self._memory.searched(name)
            if before is None and not own(mount):
                self._memory.keep(name, DONE)
            elif before != DONE:
                self._begin(mount, name, before or 0)

    def look(self) -> list[Medium]:
        """Notice what came; return the media that were taken away before they were searched whole."""
        now = self._mounts()
        for mount in sorted(now - self._known.keys()):
            self._known[mount] = medium_id(mount)
            self._begin(mount, self._known[mount], 0)
        lost = [one for one in self._waiting if one.mount not in now]
        self._waiting = [one for one in self._waiting if one.mount in now]
        self._known = {mount: name for mount, name in self._known.items() if mount in now}
        self._memory.keep_only(frozenset(self._known.values()))
        return lost

    def next(self) -> tuple[Medium, Path | None] | None:
        """Return the next file with its medium; no file where the medium came to its end, None where nothing waits."""
        if not self._waiting:
            return None
        medium = self._waiting[0]
        path = next(medium.files, None)
        if path is None:
            self._waiting.pop(0)
            self._memory.keep(medium.name, DONE)
            self._memory.save()
        return medium, path

    def done(self, medium: Medium) -> None:
        """Remember that another file of this medium was searched."""
        medium.searched += 1
        self._memory.keep(medium.name, medium.searched)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self._saved = time.monotonic()
            self._memory.save()

    def close(self) -> None:
        """Write down how far the search came."""
        self._memory.save()

    def _begin(self, mount: str, name: str, searched: int) -> None:
        files = islice(files_below(Path(mount)), searched, self._most)
        self._waiting.append(Medium(mount, name, files, searched))
        self._memory.keep(name, searched)


def files_below(root: Path) -> Iterator[Path]:
    """Yield the files below a folder; links are not followed."""
    waiting = [root]
    while waiting:
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
                yield path
