"""A debugger on the agent itself: who traces a process can read and change all that it does (Linux: TracerPid)."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from agent.newest_process import newest_process
from agent.signs.sign import Sign


class TracerWatcher:
    """This process and its windows and workers."""

    pause = 1.0

    def __init__(self) -> None:
        """Begin with nobody tracing."""
        self._traced: frozenset[int] = frozenset()
        self._newest: int | None = None
        self._family: frozenset[int] = frozenset()

    def look(self) -> Sequence[Sign]:
        """Return a sign for each of the agent's processes that is traced since the last look."""
        newest = newest_process()
        if newest is None or newest != self._newest:  # else there is no child that is not known
            self._newest, self._family = newest, frozenset(_own())
        now = frozenset(pid for pid in self._family if _tracer(pid))
        new, self._traced = now - self._traced, now
        text = "A debugger is attached to the agent: it can read and change all that the agent does."
        return [Sign("debugger-attached", text, {"tracer": _tracer_name(pid)}, 4) for pid in sorted(new)]


def _own() -> Iterator[int]:
    yield os.getpid()
    yield from children()


def children() -> Iterator[int]:
    """Yield the processes that this one started (proc(5): each thread has a list of its own)."""
    try:
        for task in Path("/proc/self/task").iterdir():
            yield from map(int, (task / "children").read_text(encoding="ascii").split())
    except OSError:  # a kernel built without these lists, or a thread that ended meanwhile
        for child in psutil.Process().children():
            yield child.pid


def _tracer(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    for line in lines:
        if line.startswith("TracerPid:"):
            return int(line.partition(":")[2])
    return 0


def _tracer_name(pid: int) -> str:
    try:
        return str(psutil.Process(_tracer(pid)).name())
    except psutil.Error:
        return "unknown"
