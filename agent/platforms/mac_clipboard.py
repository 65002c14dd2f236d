"""What is copied on macOS: text, and pictures where those are permitted. Not yet run there.

What a password manager marks as concealed is not fetched.
"""

from collections.abc import Iterator, Sequence

from agent.copied_picture import MOST_BITMAP_BYTES, MOST_BYTES, decoded, decoded_tiff
from agent.platforms.mac import MacWindows
from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import Given, Pixels, Scene, Seen, SeenPicture
from engine.observation import Provenance

TEXT = "public.utf8-plain-text"
PNG, TIFF = "public.png", "public.tiff"
"""TIFF is what programs of the system offer; it is compressed or not."""
MARKS = frozenset({"org.nspasteboard.ConcealedType", "org.nspasteboard.TransientType"})
"""Types by which a program asks that nobody looks (nspasteboard.org)."""
LONGEST = 200_000
"""Code points of one text that are screened."""


class MacClipboard:
    """The general pasteboard. Its count goes up with each copy."""

    def __init__(self, frameworks: Frameworks | None = None, *, pictures: bool = False) -> None:
        """Load the frameworks; raises PlatformError on other systems. What was copied before is not looked at."""
        frameworks = frameworks or load_frameworks()
        self._pictures, self._pool = pictures, frameworks.pool
        self._board = frameworks.appkit.NSPasteboard.generalPasteboard()
        self._windows = MacWindows(frameworks)
        self._count = int(self._board.changeCount())

    def poll(self, _scene: Scene) -> Sequence[Given]:
        """Return what was copied since the last call."""
        with self._pool():
            return self._copied()

    def close(self) -> None:
        """Nothing is held."""

    def _copied(self) -> Sequence[Given]:
        count = int(self._board.changeCount())
        if count == self._count:
            return ()
        self._count = count
        kinds = set(self._board.types() or ())
        return () if MARKS & kinds else tuple(self._given(kinds))

    def _given(self, kinds: set[str]) -> Iterator[Given]:
        window = self._windows.focused()
        if text := self._board.stringForType_(TEXT):
            yield Seen(str(text)[:LONGEST], "clipboard", Provenance.PASTED, window)
        if self._pictures and (pixels := self._picture(kinds)) is not None:
            yield SeenPicture(pixels, "clipboard", Provenance.PASTED, window)

    def _picture(self, kinds: set[str]) -> Pixels | None:
        if PNG in kinds:
            return decoded(self._bytes(PNG, MOST_BYTES))
        return decoded_tiff(self._bytes(TIFF, MOST_BITMAP_BYTES)) if TIFF in kinds else None

    def _bytes(self, kind: str, most: int) -> bytes:
        """Return what lies there under a type; nothing where it is larger than `most` bytes."""
        data = self._board.dataForType_(kind)
        return bytes(data) if data is not None and int(data.length()) <= most else b""
