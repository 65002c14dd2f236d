"""Runs a source that may have to wait (a disk, a bus, another program) in a thread, so that watching never waits."""

import queue
import threading
import time
from collections.abc import Callable, Sequence

from agent.errors import PlatformError
from agent.ports import Given, Scene, Source, Waking

STUCK = 60.0
"""Seconds after which a question that was not answered counts as failed."""
MOST_WAITING = 256
"""Things kept for the next look; a source that gives more waits."""
NAP = 1.0
"""Seconds that a source which is woken by what is new waits at a time."""
_END = 0.2


class BackgroundSource:
    """Asks a slow source every so many seconds in its own thread. What the source raises is raised at the next poll."""

    def __init__(self, start: Callable[[], Source], *, every: float) -> None:
        """Start the thread; the source is started inside it."""
        self._start, self._every = start, every
        self._scene = Scene.nowhere()
        self._found: queue.Queue[Given] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self._waking: Waking | None = None
        self._problem: Exception | None = None
        self._asked = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def poll(self, scene: Scene) -> Sequence[Given]:
        """Return what was found meanwhile; raises what went wrong in the thread."""
        self._scene = scene
        if self._problem is not None:
            raise self._problem
        if time.monotonic() - self._asked > STUCK + self._every:
            raise PlatformError(f"it has not answered for {STUCK:.0f} seconds")
        found = []
        while not self._found.empty():
            found.append(self._found.get_nowait())
        return found

    def close(self) -> None:
        """End the thread; one that hangs is left behind, and ends with the program."""
        self._stop.set()
        if self._waking is not None:
            self._waking.wake()
        self._thread.join(_END)

    def _run(self) -> None:
        try:
            source = self._start()
            self._waking = source if isinstance(source, Waking) else None
            try:
                while not self._stop.is_set():
                    self._asked = time.monotonic()
                    for one in source.poll(self._scene):
                        self._keep(one)
                    self._pause()
            finally:
                source.close()
        except Exception as problem:  # noqa: BLE001  (handed to whoever polls)
            self._problem = problem

    def _pause(self) -> None:
        if self._waking is not None:
            self._waking.wait(self._every, NAP)
        else:
            self._stop.wait(self._every)

    def _keep(self, one: Given) -> None:
        while not self._stop.is_set():
            try:
                self._found.put(one, timeout=0.5)
            except queue.Full:
                self._asked = time.monotonic()  # it is the reader who is late
            else:
                return
