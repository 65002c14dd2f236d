"""Files that nobody should change while the agent runs: its own program, its settings, the system's list of hosts."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from agent.signs.sign import Sign


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are told of alike. `files` is asked at each look, so that new ones are found."""

    event: str
    text: str
    severity: int
    files: Callable[[], Iterable[Path]]
    root: Path
    """Names are told from here on."""


_Print: TypeAlias = tuple[int, int, int]
"""Size, time of the last change, inode."""
_SETTLED_NS = 10**9


class FilesBelow:
    """The files with certain endings in folders and the folders in them. A folder is read anew only when it changed."""

    def __init__(self, roots: Iterable[Path], endings: tuple[str, ...]) -> None:
        """Begin without having read anything."""
        self._roots, self._endings = tuple(roots), endings
        self._read: dict[Path, tuple[int, list[Path], list[Path]]] = {}

    def __call__(self) -> Iterator[Path]:
        """Yield the files that are there now."""
        waiting = list(self._roots)
        while waiting:
            files, folders = self._inside(waiting.pop())
            yield from files
            waiting += folders

    def _inside(self, folder: Path) -> tuple[list[Path], list[Path]]:
        try:
            changed = os.stat(folder).st_mtime_ns  # noqa: PTH116  (see above)
            known, files, folders = self._read.get(folder, (-1, [], []))
            if known == changed:
                return files, folders
            inside = list(os.scandir(folder))
        except OSError:
            self._read.pop(folder, None)
            return [], []
        files = [Path(one.path) for one in inside if one.name.endswith(self._endings) and one.is_file()]
        folders = [Path(one.path) for one in inside if one.is_dir(follow_symlinks=False)]
        settled = time.time_ns() - changed > _SETTLED_NS  # else more may come in the same tick of the disk's clock
        self._read[folder] = (changed if settled else -1, files, folders)
        return files, folders


class FileWatcher:
    """Compares size, time and inode of files; where those differ, the content."""

    pause = 5.0

    def __init__(self, groups: Sequence[Group]) -> None:
        """Learn what is there now."""
        self._groups = groups
        self._prints = [self._print_all(group) for group in groups]
        self._digests = [{path: _digest(path) for path in prints} for prints in self._prints]

    def look(self) -> Sequence[Sign]:
        """Return a sign for each group in which files changed, came or went."""
        return [sign for index, group in enumerate(self._groups) for sign in self._compare(index, group)]

    def _compare(self, index: int, group: Group) -> list[Sign]:
        now, before = self._print_all(group), self._prints[index]
        if now == before:
            return []
        self._prints[index] = now
        digests = self._digests[index]
        changed = []
        for path in sorted(now.keys() | before.keys()):
            if now.get(path) == before.get(path):
                continue
            digest = _digest(path) if path in now else ""
            if digest != digests.get(path, ""):
                changed.append(path)
            digests[path] = digest
        if not changed:
            return []
        first = _name(changed[0], group.root)
        return [Sign(group.event, group.text, {"files": len(changed), "first": first}, group.severity)]

    @staticmethod
    def _print_all(group: Group) -> dict[Path, _Print]:
        found = {}
        for path in group.files():
            try:
                facts = os.stat(path)  # noqa: PTH116  (a third of the time of Path.stat, for some 500 files)
            except OSError:
                continue
            found[path] = (facts.st_size, facts.st_mtime_ns, facts.st_ino)
        return found


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
