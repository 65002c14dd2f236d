"""Adapters to operating systems: the only place that imports their libraries, and only when asked for."""

import os
import sys

from agent.errors import PlatformError
from agent.ports import Clock, Screen, Session, Windows
from agent.quarantine import Quarantine, Tell
from agent.tree_reader import TreeReader


def on_wayland() -> bool:
    """Return whether this is a Wayland session; an X display that is there as well shows old programs only."""
    return sys.platform == "linux" and bool(os.environ.get("WAYLAND_DISPLAY"))


def open_screen() -> Screen:
    """Return this system's screen; raises PlatformError."""
    if on_wayland():
        from agent.platforms.portal_screen import PortalScreen  # noqa: PLC0415

        return PortalScreen()
    from agent.platforms.screen import MssScreen  # noqa: PLC0415  (loaded only under an authority)

    screen = MssScreen()
    if sys.platform == "darwin":
        from agent.platforms.mac_screen import LeaveToRecord  # noqa: PLC0415

        return LeaveToRecord(screen)
    return _when_drawn(screen) if sys.platform == "linux" else screen


def _when_drawn(screen: Screen) -> Screen:
    from agent.platforms.x11_damage import DamagedScreen, X11Damage  # noqa: PLC0415

    try:
        return DamagedScreen(screen, X11Damage())
    except PlatformError:
        return screen  # it is grabbed at each look then, which costs more and sees the same


def open_windows() -> Windows:
    """Return what tells window titles on this system; raises PlatformError."""
    if sys.platform == "linux":
        from agent.platforms.linux import X11Windows  # noqa: PLC0415

        return X11Windows()
    if sys.platform == "win32":
        from agent.platforms.win import WindowsWindows  # noqa: PLC0415

        return WindowsWindows()
    if sys.platform == "darwin":
        from agent.platforms.mac import MacWindows  # noqa: PLC0415

        return MacWindows()
    from agent.platforms.untitled import UntitledWindows  # noqa: PLC0415

    return UntitledWindows()


def accessible_text(*, tell: Tell, clock: Clock) -> Quarantine[TreeReader] | None:
    """Return the reader of accessible text, not started yet; None on systems where there is none."""
    from agent.platforms.offers import accessible  # noqa: PLC0415

    if sys.platform not in ("linux", "win32", "darwin"):
        return None
    return Quarantine("accessibility", "Text by accessibility", accessible, tell=tell, clock=clock)


def open_session() -> Session:
    """Return what tells whether this session is used, locked or in front; where nothing is known it counts as open."""
    if sys.platform == "linux":
        from agent.platforms.linux_session import LinuxSession  # noqa: PLC0415

        return LinuxSession()
    if sys.platform == "win32":
        from agent.platforms.win_session import WindowsSession  # noqa: PLC0415

        return WindowsSession()
    if sys.platform == "darwin":
        from agent.platforms.mac_session import MacSession  # noqa: PLC0415

        return MacSession()
    from agent.platforms.untold import UntoldSession  # noqa: PLC0415

    return UntoldSession()


def give_back_memory() -> None:
    """Give memory that is free back to the system, where the system does not do so by itself."""
    if sys.platform == "linux":
        from agent.platforms.glibc import trim  # noqa: PLC0415

        trim()
