"""Files that nobody should change while the agent runs: its own program, its settings, the system's list of hosts."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class _Print:
    size: int
    changed_ns: int
    inode: int


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
                facts = path.stat()
            except OSError:
                continue
            found[path] = _Print(facts.st_size, facts.st_mtime_ns, facts.st_ino)
        return found


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
