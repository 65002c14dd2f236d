"""Room set aside on the disk for the moment when it is full: given up then, so that what matters is still written."""

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
        """Whether the room is still set aside."""
        return self._path.exists()

    def release(self) -> bool:
        """Give the room up; return whether there was any."""
        if not self.held:
            return False
        self._path.unlink()
        return True

    def restore(self) -> None:
        """Take the room again once there is twice as much free, so that it does not fill the disk itself."""
        folder = self._path.parent
        if self.held or shutil.disk_usage(folder).free < 2 * self._size:
            return
        temporary = self._path.with_suffix(".part")
        try:
            with temporary.open("wb") as file:
                _allocate(file.fileno(), self._size)
            temporary.replace(self._path)
        except OSError:  # somebody else was quicker; the next time there is room, it is taken
            temporary.unlink(missing_ok=True)


def _allocate(descriptor: int, size: int) -> None:
    """Have the file system set blocks aside; a sparse file would hold none."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for _ in range(size // 2**20):
        os.write(descriptor, bytes(2**20))
