"""The sources beside the screen that each system can give. Nothing is imported or started before it is asked for."""

import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.platforms import on_wayland
from agent.platforms.not_given import (
    MAC_NOTIFICATIONS,
    WAYLAND_CLIPBOARD,
    WAYLAND_KEYS,
    WINDOWS_NOTIFICATIONS,
    X11_HINT,
    not_given,
)
from agent.ports import Source
from agent.roster import Offer
from agent.sources.background import BackgroundSource
from agent.tree_reader import TreeReader

if TYPE_CHECKING:
    from agent.sources.media_hashes import KnownFiles
    from agent.sources.media_walk import MediaWalk
    from agent.sources.neighbours import Network
    from agent.sources.typed import Keys

KEYS_EVERY = 0.05
"""Seconds between two looks at the keyboard: a password field is asked for while it still has the focus."""
COPIES_EVERY = 0.5
"""Seconds between two looks at what was copied; a large picture is decoded beside the watching."""

TYPED, COPIED, NOTIFICATIONS = "Typed text", "What is copied", "Notifications"
NEIGHBOURS = "Devices in the home network"
SYSTEMS = ("linux", "win32", "darwin")


@dataclass(frozen=True, slots=True)
class Provided:
    """What sources need of the agent that runs them."""

    known: "KnownFiles | None" = None
    """The sets of hashes that files are compared with."""
    folder: Path | None = None
    """Where sources remember how far they came; None: in memory only."""
    boot: str = ""
    """Name of this run of the system."""
    case: str = ""
    pictures: bool = False
    """Whether pictures are looked at; otherwise none is fetched from the clipboard."""


NOTHING = Provided()


def offers(provided: Provided = NOTHING) -> Sequence[Offer]:
    """Return the sources that can be permitted; starting one that this system has none of says why."""
    if sys.platform not in SYSTEMS:
        return _everywhere(provided)
    neighbours = Offer("neighbours", NEIGHBOURS, _in_background(partial(_neighbours, provided), 60.0))
    return (*_typed_and_copied(provided), _notification_offer(), neighbours, *_everywhere(provided))


def _typed_and_copied(provided: Provided) -> Sequence[Offer]:
    if on_wayland():
        return (
            not_given("typed-text", TYPED, WAYLAND_KEYS, hint=X11_HINT),
            not_given("clipboard", COPIED, WAYLAND_CLIPBOARD, hint=X11_HINT),
        )
    return (
        Offer("typed-text", TYPED, _in_background(_typed, KEYS_EVERY)),
        Offer("clipboard", COPIED, _in_background(partial(_clipboard, provided), COPIES_EVERY)),
    )


def _notification_offer() -> Offer:
    if sys.platform == "linux":
        return Offer("notifications", NOTIFICATIONS, _in_background(_notifications, 1.0))
    why = WINDOWS_NOTIFICATIONS if sys.platform == "win32" else MAC_NOTIFICATIONS
    return not_given("notifications", NOTIFICATIONS, why)


def _everywhere(provided: Provided) -> Sequence[Offer]:
    return (
        Offer("processes", "Programs that are started", _in_background(_processes, 2.0)),
        Offer("file-names", "Names of files", _in_background(_file_names, 3.0)),
        Offer("media-files", "Files on media", _in_background(partial(_media_files, provided), 2.0)),
        Offer("media-hashes", "Known files on media", _in_background(partial(_media_hashes, provided), 1.0)),
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


def _clipboard(provided: Provided) -> Source:
    if sys.platform == "win32":
        from agent.platforms.win_clipboard import WindowsClipboard  # noqa: PLC0415

        return WindowsClipboard(pictures=provided.pictures)
    if sys.platform == "darwin":
        from agent.platforms.mac_clipboard import MacClipboard  # noqa: PLC0415

        return MacClipboard(pictures=provided.pictures)
    from agent.platforms.x11_clipboard import X11Clipboard  # noqa: PLC0415

    return X11Clipboard(pictures=provided.pictures)


def _notifications() -> Source:
    from agent.platforms.dbus_notifications import Notifications  # noqa: PLC0415

    return Notifications()


def _neighbours(provided: Provided) -> Source:
    from agent.neighbour_memory import NeighbourMemory  # noqa: PLC0415
    from agent.sources.neighbours import Neighbours  # noqa: PLC0415

    file = None if provided.folder is None else provided.folder / "neighbours.json"
    return Neighbours(_network_look(), NeighbourMemory(file, provided.case, secrets.token_bytes))


def _network_look() -> "Callable[[], Network | None]":
    if sys.platform == "win32":
        from agent.platforms import win_neighbours  # noqa: PLC0415

        return win_neighbours.network
    if sys.platform == "darwin":
        from agent.platforms import mac_neighbours  # noqa: PLC0415

        return mac_neighbours.network
    from agent.platforms import linux_neighbours  # noqa: PLC0415

    return linux_neighbours.network


def _processes() -> Source:
    from agent.sources.processes import Processes  # noqa: PLC0415

    return Processes()


def _file_names() -> Source:
    from agent.sources.file_names import FileNames  # noqa: PLC0415

    return FileNames()


def _media_files(provided: Provided) -> Source:
    from agent.sources.media_files import MOST_FILES, MediaFiles  # noqa: PLC0415

    return MediaFiles(_media_walk(provided, "media-files", MOST_FILES))


def _media_hashes(provided: Provided) -> Source:
    from agent.sources.media_hashes import MOST_FILES, MediaHashes  # noqa: PLC0415

    return MediaHashes(provided.known, _media_walk(provided, "media-hashes", MOST_FILES))


def _media_walk(provided: Provided, name: str, most: int) -> "MediaWalk":
    """Begin a walk where the one before came to: what it remembers stays when the source is closed for a pause."""
    from agent.media_memory import MediaMemory  # noqa: PLC0415
    from agent.sources.media_walk import MediaWalk  # noqa: PLC0415

    file = None if provided.folder is None else provided.folder / f"{name}.json"
    return MediaWalk(memory=MediaMemory(file, provided.boot), most=most)


def _typed() -> Source:
    from agent.sources.typed import TypedSource  # noqa: PLC0415

    if sys.platform == "win32":
        from agent.platforms.win_accessible import automation  # noqa: PLC0415

        automation()  # which fields hold passwords is told by nothing else there: without it no key is followed
    return TypedSource(_keys(), accessible())


def _keys() -> "Keys":
    if sys.platform == "win32":
        from agent.platforms.win_keys import WindowsKeys  # noqa: PLC0415

        return WindowsKeys()
    if sys.platform == "darwin":
        from agent.platforms.mac_keys import MacKeys  # noqa: PLC0415

        return MacKeys()
    from agent.platforms.x11_keys import X11Keys  # noqa: PLC0415

    return X11Keys()
