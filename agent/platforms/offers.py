"""The sources beside the screen that each system can give. Nothing is imported or started before it is asked for."""

import sys
from collections.abc import Callable, Sequence

from agent.ports import Source
from agent.roster import Offer
from agent.sources.background import BackgroundSource
from agent.tree_reader import TreeReader

KEYS_EVERY = 0.05
"""Seconds between two looks at the keyboard: a password field is asked for while it still has the focus."""

SYSTEMS = ("linux", "win32", "darwin")


def offers() -> Sequence[Offer]:
    """Return the sources that this system can give."""
    own = _linux() if sys.platform == "linux" else (Offer("clipboard", "What is copied", _clipboard),)
    return (*(own if sys.platform in SYSTEMS else ()), *_everywhere())


def _linux() -> Sequence[Offer]:
    return (
        Offer("typed-text", "Typed text", _in_background(_typed, KEYS_EVERY)),
        Offer("clipboard", "What is copied", _clipboard),
        Offer("notifications", "Notifications", _in_background(_notifications, 1.0)),
    )


def _everywhere() -> Sequence[Offer]:
    return (
        Offer("processes", "Programs that are started", _in_background(_processes, 2.0)),
        Offer("file-names", "Names of files", _in_background(_file_names, 3.0)),
        Offer("media-files", "Files on media", _in_background(_media_files, 2.0)),
    )


def _in_background(start: Callable[[], Source], every: float) -> Callable[[], Source]:
    return lambda: BackgroundSource(start, every=every)


def accessible() -> TreeReader:
    """Start reading what this system's programs tell of themselves."""
    if sys.platform == "win32":
        from agent.platforms.win_accessible import AutomationScreen  # noqa: PLC0415

        return TreeReader(AutomationScreen)
    if sys.platform == "darwin":
        from agent.platforms.mac_accessible import MacScreen  # noqa: PLC0415

        return TreeReader(MacScreen)
    from agent.platforms.atspi import AtspiScreen  # noqa: PLC0415

    return TreeReader(AtspiScreen)


def _clipboard() -> Source:
    if sys.platform == "win32":
        from agent.platforms.win_clipboard import WindowsClipboard  # noqa: PLC0415

        return WindowsClipboard()
    if sys.platform == "darwin":
        from agent.platforms.mac_clipboard import MacClipboard  # noqa: PLC0415

        return MacClipboard()
    from agent.platforms.x11_clipboard import X11Clipboard  # noqa: PLC0415

    return X11Clipboard()


def _notifications() -> Source:
    from agent.platforms.dbus_notifications import Notifications  # noqa: PLC0415

    return Notifications()


def _processes() -> Source:
    from agent.sources.processes import Processes  # noqa: PLC0415

    return Processes()


def _file_names() -> Source:
    from agent.sources.file_names import FileNames  # noqa: PLC0415

    return FileNames()


def _media_files() -> Source:
    from agent.sources.media_files import MediaFiles  # noqa: PLC0415

    return MediaFiles()


def _typed() -> Source:
    from agent.platforms.x11_keys import X11Keys  # noqa: PLC0415
    from agent.sources.typed import TypedSource  # noqa: PLC0415

    return TypedSource(X11Keys(), accessible())
