"""Text that is copied on macOS. What a password manager marks as concealed is not fetched. Not yet run there."""

from collections.abc import Sequence

from agent.platforms.mac import MacWindows
from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import Scene, Seen
from engine.observation import Provenance

TEXT = "public.utf8-plain-text"
MARKS = frozenset({"org.nspasteboard.ConcealedType", "org.nspasteboard.TransientType"})
"""Types by which a program asks that nobody looks (nspasteboard.org)."""
LONGEST = 200_000
"""Code points of one text that are screened."""


class MacClipboard:
    """The general pasteboard. Its count goes up with each copy."""

    def __init__(self, frameworks: Frameworks | None = None) -> None:
        """Load the frameworks; raises PlatformError on other systems. What was copied before is not looked at."""
        frameworks = frameworks or load_frameworks()
        self._board = frameworks.appkit.NSPasteboard.generalPasteboard()
        self._windows = MacWindows(frameworks)
        self._count = int(self._board.changeCount())

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return what was copied since the last call."""
        count = int(self._board.changeCount())
        if count == self._count:
            return ()
        self._count = count
        if MARKS & set(self._board.types() or ()):
            return ()
        text = self._board.stringForType_(TEXT)
        return (Seen(str(text)[:LONGEST], "clipboard", Provenance.PASTED, self._windows.focused()),) if text else ()

    def close(self) -> None:
        """Nothing is held."""
