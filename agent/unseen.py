"""A screen of which the system gives no picture for now: leave was taken back, or never given.

The agent stays, says so, and asks again after ever longer pauses, for a desktop may ask the person each time.
"""

from collections.abc import Callable

from agent.errors import UnseenError
from agent.ports import Clock
from agent.quarantine import PAUSES
from agent.recorder import Recorder


class Unseen:
    """Whether the screen is given, and why not."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        """Take it as given until it is not."""
        self._recorder, self._clock = recorder, clock
        self._failures = 0
        self._due = 0
        self.reason = ""
        """Why not, as coverage records spell it; empty while it is given."""
        self.words = ""

    def look(self, look: Callable[[], bool]) -> bool | None:
        """Return what a look gives; None where there is no picture now, or it is too early to ask again."""
        if self.reason and self._clock.monotonic_ns() < self._due:
            return None
        try:
            found = look()
        except UnseenError as problem:
            self._fail(problem)
            return None
        if self.reason:
            self._failures, self.reason, self.words = 0, "", ""
            self._recorder.event("screen-back", "The system gives pictures of the screen again; watching goes on.")
        return found

    def _fail(self, problem: UnseenError) -> None:
        self._due = self._clock.monotonic_ns() + int(PAUSES[min(self._failures, len(PAUSES) - 1)] * 1e9)
        self._failures += 1
        if problem.reason != self.reason:
            text = f"The screen cannot be seen; nothing is watched: {problem}"
            self._recorder.event("screen-unseen", text, {"reason": problem.reason}, severity=2)
        self.reason, self.words = problem.reason, f"the screen cannot be seen: {problem}".rstrip(".")
