"""Room set aside on the disk for the moment when it is full: given up then, so that what matters is still written."""

import contextlib
import os
import shutil
from pathlib import Path

SIZE = 16 * 2**20
"""Bytes: some forty captures, or thousands of events."""


class Ballast:
    """A file of nothing beside the records."""

    def __init__(self, folder: Path, size: int = SIZE) -> None:
        """Take the room, where there is some."""
        self._path = folder / "ballast"
        self._size = size
        self.restore()

    @property
    def held(self) -> bool:
        """Whether the room is still set aside; no, where the disk does not say."""
        try:
            return self._path.exists()
        except OSError:
            return False

    def release(self) -> bool:
        """Give the room up; return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def restore(self) -> None:
        """Take the room again once there is twice as much free, so that it does not fill the disk itself."""
        temporary = self._path.with_suffix(".part")
        try:
            if self.held or shutil.disk_usage(self._path.parent).free < 2 * self._size:
                return
            with temporary.open("wb") as file:
                _allocate(file.fileno(), self._size)
            temporary.replace(self._path)
        except OSError:  # somebody else was quicker; the next time there is room, it is taken
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _allocate(descriptor: int, size: int) -> None:
    """Have the file system set blocks aside; a sparse file would hold none."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for _ in range(size // 2**20):
        os.write(descriptor, bytes(2**20))
