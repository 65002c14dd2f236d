"""One pass: lists the files, looks at each that the journal does not have, and keeps the answers."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from overt.triage.examine import Examiner
from overt.triage.items import Item
from overt.triage.journal import Journal
from overt.triage.walk import Listed, walk


class Progress(Protocol):
    """Shows how far the pass is."""

    def start(self, files: int, size: int) -> None:
        """Take how much there is."""

    def file(self, shown: str) -> None:
        """Take the name of the file that is looked at now."""

    def read(self, count: int) -> None:
        """Take how many bytes more are done."""


@dataclass(slots=True)
class Pass:
    """What came of a pass. `interrupted`: the person stopped it; the same command goes on."""

    items: list[Item] = field(default_factory=list)
    files: int = 0
    size: int = 0
    before: int = 0
    """Files that an earlier run had looked at."""
    interrupted: bool = False

    @property
    def problems(self) -> list[Item]:
        return [one for one in self.items if one.problems]


def run(paths: list[Path], examiner: Examiner, journal: Journal, progress: Progress) -> Pass:
    """Look at every file; on an interruption return what there is."""
    files = list(walk(paths))
    result = Pass(files=len(files), size=sum(one.size for one in files))
    progress.start(result.files, result.size)
    try:
        for listed in files:
            result.items.append(_item(listed, examiner, journal, progress, result))
    except KeyboardInterrupt:
        result.interrupted = True
    return result


def _item(listed: Listed, examiner: Examiner, journal: Journal, progress: Progress, result: Pass) -> Item:
    known = journal.items.get(listed.key)
    if known is not None:
        result.before += 1
        progress.read(listed.size)
        return known
    progress.file(listed.shown)
    item = examiner.examine(listed, progress.read)
    if not listed.problem:  # what could not be read may be readable next time
        journal.add(listed.key, item)
    return item


def questions_digest(parts: Iterable[str]) -> str:
    """Return one name for everything that decides the answers."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
