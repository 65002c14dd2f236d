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
"""Asks, and gives what is to be done about the answer. It handles the failures that it knows of."""

EVERY = 60.0
"""Seconds between two rounds."""


class Upkeep:
    """Runs its tasks every minute. `settle` is called by the agent's own thread.

    A task that fails in a way it does not know of takes no other with it: the end of an authority is still heard of.
    """

    def __init__(
        self, tasks: Sequence[Task], *, failed: Callable[[str], object] = lambda _: None, every: float = EVERY
    ) -> None:
        """Take the tasks; nothing is asked before `start`. `failed` is told the first time of each kind of failure."""
        self._tasks = tasks
        self._failed = failed
        self._told: set[str] = set()
        self._every = every
        self._found: queue.SimpleQueue[Consequence] = queue.SimpleQueue()
        self._ending = False
        self._now = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin asking."""
        self._thread.start()

    def settle(self) -> None:
        """Do what follows from the answers so far."""
        while not self._found.empty():
            self._found.get()()

    def ask_now(self) -> None:
        """Ask at once; where a round is under way, once more after it."""
        self._now.set()

    def finish(self, patience: float) -> None:
        """End the thread, waiting at most `patience` seconds for a question that is under way."""
        self._ending = True
        self._now.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while not self._ending:
            for task in self._tasks:
                if not self._ending:  # what comes after the end is the next run's to ask
                    self._ask(task)
            self._now.wait(self._every)
            self._now.clear()

    def _ask(self, task: Task) -> None:
        try:
            for consequence in task():
                self._found.put(consequence)
        except Exception as problem:  # noqa: BLE001  (whatever it is, the other questions are asked)
            self._tell(type(problem).__name__)

    def _tell(self, problem: str) -> None:
        if problem not in self._told:
            self._told.add(problem)
            self._found.put(lambda: self._failed(problem))
