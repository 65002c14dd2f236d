"""Has accessible text read in a thread of its own: programs answer when they like, and watching does not wait."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from agent.accessible import Accessibility, WindowText
from agent.ports import WindowInfo

_END = 0.5

_Item = TypeVar("_Item")
_Ask: TypeAlias = Callable[[Accessibility], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What all windows say at one moment."""

    windows: Sequence[WindowText] = field(repr=False)


class TreeReader:
    """One question on its way at a time. What goes wrong in the thread is raised by `collect`."""

    def __init__(self, start: Callable[[], Accessibility]) -> None:
        """Start the thread; accessibility is started inside it."""
        self._start = start
        self._questions: queue.SimpleQueue[_Ask | None] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._secrets: queue.SimpleQueue[bool | None] = queue.SimpleQueue()
        self._problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ask(self) -> bool:
        """Have everything read; return that the question is on its way."""
        self._questions.put(lambda tree: self._told.put(Told(tree.read())))
        return True

    def ask_secret(self, window: WindowInfo) -> None:
        """Have it asked whether the focus is in a password field of this window. Without accessibility nobody knows."""
        if self._problem is not None:
            self._secrets.put(None)
            return
        self._questions.put(lambda tree: self._secrets.put(tree.secret_focus(window)))

    def collect(self) -> list[Told]:
        """Return what was read since the last call, without waiting; raises what went wrong."""
        if self._problem is not None:
            raise self._problem
        return _drain(self._told)

    def secrets(self) -> list[bool | None]:
        """Return the answers to `ask_secret` in their order."""
        return _drain(self._secrets)

    def close(self) -> None:
        """End the thread; one that waits for a program ends after that."""
        self._questions.put(None)
        self._thread.join(_END)

    def _run(self) -> None:
        try:
            tree = self._start()
            try:
                while (question := self._questions.get()) is not None:
                    question(tree)
            finally:
                tree.close()
        except Exception as problem:  # noqa: BLE001  (handed to whoever collects)
            self._problem = problem


def _drain(found: "queue.SimpleQueue[_Item]") -> list[_Item]:
    items = []
    while not found.empty():
        items.append(found.get())
    return items
