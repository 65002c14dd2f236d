"""Remembers how far media were searched, so that a search goes on after a pause or a restart. No name is in it.

A medium is known by a digest of where it is mounted and of what device; what was remembered of another run of the
system counts for nothing, because the medium may have been elsewhere in between.
"""

import hashlib
import json
from pathlib import Path

from agent.state import write_replaced

DONE = -1
"""In place of a number of files: nothing of it is left to be searched."""
_LIMIT = 2**20


class MediaMemory:
    """How many files of each medium were searched."""

    def __init__(self, file: Path | None = None, boot: str = "") -> None:
        """Keep it in a file; None: in memory only. `boot` names this run of the system."""
        self._file, self._boot = file, boot
        self._searched = {} if file is None else _read(file, boot)
        self._written = dict(self._searched)

    def searched(self, medium: str) -> int | None:
        """Return how many files were searched, DONE, or None where it was never begun."""
        return self._searched.get(medium)

    def keep(self, medium: str, searched: int) -> None:
        """Remember it until `save`."""
        self._searched[medium] = searched

    def keep_only(self, media: frozenset[str]) -> None:
        """Forget every other medium: it was taken away."""
        self._searched = {one: number for one, number in self._searched.items() if one in media}

    def save(self) -> None:
        """Write what changed; a disk that takes nothing costs a part of a search after the next restart."""
        if self._file is None or self._searched == self._written:
            return
        try:
            write_replaced(self._file, json.dumps({"boot": self._boot, "searched": self._searched}).encode())
        except OSError:
            return
        self._written = dict(self._searched)


def medium_id(mount: str) -> str:
    """Return the name under which a mounted medium is remembered."""
    try:
        device = Path(mount).stat().st_dev
    except OSError:
        device = 0  # it is being taken away
    return hashlib.sha256(f"{device}\0{mount}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _read(file: Path, boot: str) -> dict[str, int]:
    try:
        told = json.loads(file.read_bytes()[:_LIMIT])
        if told["boot"] != boot:
            return {}
        return {str(medium): int(number) for medium, number in told["searched"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # none, or a damaged one: what is in reach is searched from its beginning
