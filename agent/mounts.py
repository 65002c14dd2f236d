"""What is mounted. Linux has one table of it: where that reads as before, nothing else is asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

_TABLE = Path("/proc/self/mounts")


class Mounts:
    """What is mounted now, as psutil names it. One thread asks."""

    def __init__(self, *, everything: bool) -> None:
        """Tell `everything`, or file systems of devices alone."""
        self._everything = everything
        self._table: bytes | None = None
        self._found: Sequence[Any] = ()

    def now(self) -> Sequence[Any]:
        """Return psutil's entries: `device`, `mountpoint`, `fstype`."""
        table = _read()
        if table is None or table != self._table:
            self._found = psutil.disk_partitions(all=self._everything)
            self._table = table if table == _read() else None  # it changed meanwhile: asked again the next time
        return self._found


def _read() -> bytes | None:
    """Return the table; None where there is none."""
    try:
        return _TABLE.read_bytes()
    except OSError:
        return None
