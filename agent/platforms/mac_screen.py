"""The screen of macOS with leave to record it, which can be taken back while the agent runs. Not yet run there.

Without leave macOS gives pictures that show the wallpaper only, and no error. It may also say that there is leave when
there is none; the badge, which must be seen in every picture, is what tells then.
"""

import time

from agent.errors import UnseenError
from agent.platforms.mac import may_record
from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import Frame, Screen

EVERY = 2.0
"""Seconds between two questions whether there is leave."""


class LeaveToRecord:
    """A screen that is grabbed only while macOS says that it may be."""

    def __init__(self, screen: Screen, frameworks: Frameworks | None = None) -> None:
        """Take the screen; raises PlatformError on other systems."""
        self._screen, self._frameworks = screen, frameworks or load_frameworks()
        self._asked = float("-inf")

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame for each monitor; raises UnseenError without leave, PlatformError."""
        if time.monotonic() - self._asked >= EVERY:
            if not may_record(self._frameworks):
                self._asked = float("-inf")  # the next grab asks again
                raise UnseenError(
                    "macOS gives no leave to record the screen, or somebody took it back.",
                    reason="permission-lost",
                    hint="System Settings › Privacy & Security › Screen & System Audio Recording: add Overt again.",
                )
            self._asked = time.monotonic()
        return self._screen.grab()

    def close(self) -> None:
        """Give the screen back."""
        self._screen.close()
