"""What the agent asks of the server now and then, beside delivering: its authority, checkpoints, newer libraries.

Asking waits for the network, so it is done in a thread of its own. What follows from an answer (an event, libraries put
in use) is done in the agent's own thread, where the chain and the pipeline are.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

Consequence: TypeAlias = Callable[[], object]
Task: TypeAlias = Callable[[], Iterable[Consequence]]
"""Asks, and gives what is to be done about the answer. It handles its own failures: what it raises is a mistake."""

EVERY = 60.0
"""Seconds between two rounds."""


class Upkeep:
    """Runs its tasks every minute. `settle` is called by the agent's own thread."""

    def __init__(self, tasks: Sequence[Task], *, every: float = EVERY) -> None:
        """Take the tasks; nothing is asked before `start`."""
        self._tasks = tasks
        self._every = every
        self._found: queue.SimpleQueue[Consequence] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin asking."""
        self._thread.start()

    def settle(self) -> None:
        """Do what follows from the answers so far."""
        while not self._found.empty():
            self._found.get()()

    def finish(self, patience: float) -> None:
        """End the thread, waiting at most `patience` seconds for a question that is under way."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._ending.is_set():
            for task in self._tasks:
                for consequence in task():
                    self._found.put(consequence)
            self._ending.wait(self._every)
