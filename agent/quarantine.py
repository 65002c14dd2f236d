"""Keeps one failing part from taking the others with it: it is closed, told in the record, and tried again later."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from agent.errors import AgentError
from agent.ports import Clock

PAUSES = (10.0, 60.0, 600.0)
"""Seconds until a failed part is tried again: after the first failure, the second, and every later one."""
RECOVERED = 300.0
"""Seconds of work after which a part's earlier failures are forgotten."""


class Closable(Protocol):
    """Something that holds resources."""

    def close(self) -> None:
        """Give everything back."""


class Tell(Protocol):
    """Records an event: a name, one plain sentence, details."""

    def __call__(self, event: str, text: str, details: dict[str, str | int], /) -> None:
        """Record it."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a part works, and why not, in words that hold nothing that was observed."""

    works: bool
    reason: str = ""


Part = TypeVar("Part", bound=Closable)
Result = TypeVar("Result")


class Quarantine(Generic[Part]):
    """One part behind a door. `use` never raises what the part raised."""

    def __init__(self, name: str, words: str, start: Callable[[], Part], *, tell: Tell, clock: Clock) -> None:
        """Take the part's name in records, its name in words, and how it is started. Nothing is started yet."""
        self._name, self._words, self._start = name, words, start
        self._tell, self._clock = tell, clock
        self._part: Part | None = None
        self._failures = 0
        self._due = self._since = clock.monotonic_ns()
        self._reason = ""

    @property
    def health(self) -> Health:
        """Whether it works now. A part that was not asked for anything yet is taken to work."""
        return Health(not self._reason, self._reason)

    def use(self, work: Callable[[Part], Result], otherwise: Result) -> Result:
        """Return what `work` makes of the part; `otherwise` while it is not there or when it fails."""
        if self._clock.monotonic_ns() < self._due:
            return otherwise
        try:
            part = self._opened()
            result = work(part)
        except Exception as problem:  # noqa: BLE001  (whatever it is, the other parts go on)
            self._fail(problem)
            return otherwise
        self._well()
        return result

    def close(self) -> None:
        """Close the part."""
        part, self._part = self._part, None
        if part is not None:
            try:
                part.close()
            except Exception as problem:  # noqa: BLE001  (it is being put away: nothing depends on it)
                self._reason = self._reason or type(problem).__name__

    def _opened(self) -> Part:
        if self._part is None:
            self._part = self._start()
            self._since = self._clock.monotonic_ns()
        return self._part

    def _well(self) -> None:
        if self._reason:
            self._reason = ""
            self._tell("source-back", f"{self._words} can be seen again.", {"source": self._name})
        if self._failures and self._clock.monotonic_ns() - self._since > RECOVERED * 1e9:
            self._failures = 0

    def _fail(self, problem: Exception) -> None:
        """Tell it once: a part that stays broken for the same reason does not fill the record."""
        reason = str(problem) if isinstance(problem, AgentError) else type(problem).__name__
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._due = self._clock.monotonic_ns() + int(pause * 1e9)
        self.close()
        if reason != self._reason:
            sentence = (
                f"{self._words} cannot be seen: {reason.rstrip('.')}. The other sources go on; it is tried again."
            )
            self._tell("source-failed", sentence, {"source": self._name, "again-in-seconds": int(pause)})
        self._reason = reason
