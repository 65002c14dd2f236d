"""Windows on macOS, and leave to see them. Written to the documented interface (Quartz Window Services); not yet run.

Without leave to record the screen macOS gives no error: pictures then show the wallpaper only and windows have no
titles. The badge, which must be seen in each picture, is what tells: without it nothing is watched.
"""

from collections.abc import Mapping
from typing import Any

from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import Rectangle, WindowInfo

ORDINARY = 0
"""kCGNormalWindowLevel: what is above are menus, the dock, the badge; below is the desktop."""
_SHARED_WITH_NOBODY = 0  # kCGWindowSharingNone
_ON_SCREEN, _WITHOUT_DESKTOP, _ALL = 1, 16, 0  # CGWindowListOption, kCGNullWindowID


class MacWindows:
    """The windows of this session. Places are in points, as mss gives those of monitors."""

    def __init__(self, frameworks: Frameworks | None = None) -> None:
        """Load the frameworks; raises PlatformError on other systems."""
        self._frameworks = frameworks or load_frameworks()

    def focused(self) -> WindowInfo:
        """Return the front window of the program in front; an empty WindowInfo where there is none."""
        with self._frameworks.pool():
            return self._front()

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return the windows that can be seen, lowest first."""
        with self._frameworks.pool():
            listed = self._frameworks.quartz.CGWindowListCopyWindowInfo(_ON_SCREEN | _WITHOUT_DESKTOP, _ALL) or ()
            return tuple(_described(one) for one in reversed(listed) if one.get("kCGWindowLayer") == ORDINARY)

    def close(self) -> None:
        """Nothing is held."""

    def _front(self) -> WindowInfo:
        program = self._frameworks.appkit.NSWorkspace.sharedWorkspace().frontmostApplication()
        if program is None:
            return WindowInfo()
        process = int(program.processIdentifier())
        own = (window for window in reversed(self.shown()) if window.process == process)
        return next(own, WindowInfo(str(program.localizedName()), process=process))


def may_record(frameworks: Frameworks | None = None) -> bool:
    """Return whether macOS says that the screen may be recorded. It can say so and be wrong: see above."""
    return bool((frameworks or load_frameworks()).quartz.CGPreflightScreenCaptureAccess())


def _described(one: Mapping[str, Any]) -> WindowInfo:
    bounds = one["kCGWindowBounds"]
    place = Rectangle(*(int(bounds[name]) for name in ("X", "Y", "Width", "Height")))
    title = one.get("kCGWindowName")
    withheld = one.get("kCGWindowSharingState") == _SHARED_WITH_NOBODY
    return WindowInfo(one.get("kCGWindowOwnerName"), title or None, place, int(one["kCGWindowOwnerPID"]), withheld)
