"""Programs that this account starts, with what they are told to open."""

import os
from collections.abc import Iterator, Sequence

import psutil

from agent.newest_process import newest_process
from agent.ports import Scene, Seen, WindowInfo
from engine.observation import Provenance

LONGEST = 4_000
"""Code points of a command line that are screened."""


class Processes:
    """What was started since the last question. What ran before the first one is not told."""

    def __init__(self) -> None:
        """Remember what runs."""
        self._account = psutil.Process().username()
        self._newest = newest_process()
        self._known = set(psutil.pids())

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return one text for each new process: its name and its command line."""
        before, self._newest = self._newest, newest_process()
        if before == self._newest and before is not None:
            return ()
        running = set(psutil.pids())
        new, self._known = running - self._known, running
        return list(self._texts(new))

    def close(self) -> None:
        """Nothing is held."""

    def _texts(self, new: set[int]) -> Iterator[Seen]:
        for number in sorted(new):
            try:
                process = psutil.Process(number)
                if process.username() != self._account or _is_ours(process):
                    continue
                name, line = process.name(), " ".join(process.cmdline())[:LONGEST]
            except psutil.Error:
                continue  # it ended already
            if line:
                yield Seen(line, "process", Provenance.OPENED, WindowInfo(name, None, process=number))


def _is_ours(process: psutil.Process) -> bool:
    return os.getpid() in {process.pid, *(parent.pid for parent in process.parents())}
