"""The harness of the device faults: start the writer in a folder, end it in some way, hear its promises."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from agent.state import StateFolder
from tests.agent.rig import Rig

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Device:
    """A device in a folder, and the folder of the other side."""

    rig: Rig
    store: Path

    @classmethod
    def make(cls, folder: Path, *, store: Path | None = None) -> "Device":
        """Make a device in a new folder."""
        where = store or folder / "store"
        where.mkdir(parents=True, exist_ok=True)
        return cls(Rig(folder / "device"), where)

    def copy(self, folder: Path) -> "Device":
        """Return the same device in another folder, with the same keys."""
        shutil.copytree(self.rig.root, folder / "device")
        rig = copy(self.rig)
        rig.root, rig.state = folder / "device", StateFolder(folder / "device")
        store = folder / "store"
        store.mkdir()
        return Device(rig, store)

    def command(self, records: int, seed: int) -> list[str]:
        """Return the command line of the writer."""
        arguments = [str(self.rig.root), str(self.store), str(records), str(seed)]
        return [sys.executable, "-m", "tests.faults.writer", *arguments]

    def start(self, records: int, seed: int, *, around: Sequence[str] = ()) -> "subprocess.Popen[bytes]":
        """Start the writer, inside another command where one is given."""
        return subprocess.Popen(
            [*around, *self.command(records, seed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )


def environment() -> Mapping[str, str]:
    """Return an environment in which Python writes no files of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
