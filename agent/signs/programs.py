"""Programs that run: their names, paths and arguments are compared with signatures when they begin.

A program that ends within a second may begin and end between two looks: it is not seen.
"""

import os
import time
from collections.abc import Iterator, Sequence

import psutil

from agent.newest_process import newest_process
from agent.signs.recognise import Recogniser
from agent.signs.sign import Sign
from engine.signatures.model import Trace, Where

YOUNG = 5.0
"""Seconds in which a new process is looked at again: it may replace itself by another program (exec)."""
WHOLE = 60.0
"""Seconds between two looks at all processes."""
_MOST_ARGUMENTS = 64


class ProgramWatcher:
    """The process table."""

    pause = 1.0

    def __init__(self, recogniser: Recogniser) -> None:
        """Begin: the first look sees all that runs."""
        self._recogniser = recogniser
        self._known: dict[int, float] = {}
        self._whole = float("-inf")
        self._newest: int | None = None
        self._young_until = 0.0

    def look(self) -> Sequence[Sign]:
        """Return signs in programs that began since the last look."""
        now = time.monotonic()
        everything = now - self._whole >= WHOLE
        if everything:
            self._whole = now
        before, self._newest = self._newest, newest_process()
        if not everything and now >= self._young_until and before == self._newest and before is not None:
            return ()
        running = psutil.pids()
        self._known = {pid: self._known.get(pid, now) for pid in running}
        self._young_until = max(self._known.values(), default=0.0) + YOUNG
        fresh = [pid for pid in running if everything or now - self._known[pid] < YOUNG]
        return self._recogniser.signs(trace for pid in fresh if pid != os.getpid() for trace in traces(pid))


def traces(pid: int) -> Iterator[Trace]:
    """Yield what can be told of a process; nothing where it is gone or another account's."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            name, path, arguments = process.name(), _path(process), _arguments(process)
    except psutil.Error:
        return
    yield Trace(Where.PROCESS, name)
    if path:
        yield Trace(Where.PATH, path)
        file = path.replace("\\", "/").rpartition("/")[2]
        if file != name:  # a program may call itself anything; its file's name is harder to change
            yield Trace(Where.PROCESS, file)
    for argument in arguments[1:_MOST_ARGUMENTS]:
        yield Trace(Where.ARGUMENT, argument, name)


def _path(process: psutil.Process) -> str:
    try:
        return process.exe()
    except psutil.Error:
        return ""


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
