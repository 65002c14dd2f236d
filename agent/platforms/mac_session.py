"""Whether somebody uses this session, on macOS: last input, lock, another account in front. Not yet run there."""

from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import SessionState

_HARDWARE, _ANY_INPUT = 1, 0xFFFFFFFF  # kCGEventSourceStateHIDSystemState, kCGAnyInputEventType


class MacSession:
    """The session of this process, as the window server describes it."""

    def __init__(self, frameworks: Frameworks | None = None) -> None:
        """Load the frameworks; raises PlatformError on other systems."""
        frameworks = frameworks or load_frameworks()
        self._quartz, self._pool = frameworks.quartz, frameworks.pool

    def idle_seconds(self) -> float | None:
        """Return how long nobody touched keyboard or pointer."""
        return float(self._quartz.CGEventSourceSecondsSinceLastEventType(_HARDWARE, _ANY_INPUT))

    def state(self) -> SessionState:
        """Return what is in front; a process outside any session knows nothing, and OPEN is what that means here."""
        with self._pool():
            told = self._quartz.CGSessionCopyCurrentDictionary()
        if told is None:
            return SessionState.OPEN
        if not told.get("kCGSSessionOnConsoleKey", True):
            return SessionState.OTHER_ACCOUNT
        return SessionState.LOCKED if told.get("CGSSessionScreenIsLocked") else SessionState.OPEN

    def close(self) -> None:
        """Nothing is held."""
