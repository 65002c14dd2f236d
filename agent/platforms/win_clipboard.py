"""What is copied on Windows: text, and pictures where those are permitted. Not yet run there.

What a password manager marks as private is not fetched.
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence

from agent.copied_picture import MOST_BITMAP_BYTES, MOST_BYTES, decoded, decoded_bitmap
from agent.platforms.win import WindowsWindows
from agent.platforms.win_api import WinApi, load_api
from agent.ports import Given, Pixels, Scene, Seen, SeenPicture
from engine.observation import Provenance

MARKS = ("ExcludeClipboardContentFromMonitorProcessing", "Clipboard Viewer Ignore")
"""Formats by which a program asks that nobody looks (learn.microsoft.com: Clipboard Formats, cloud clipboard)."""
PNG = "PNG"
"""What browsers and office programs register for pictures; it is asked for before the bitmap."""
LONGEST = 200_000
"""Code points of one text that are screened."""
_UNICODE_TEXT, _BITMAP = 13, 8
"""CF_UNICODETEXT; CF_DIB, which Windows makes of every other kind of bitmap by itself."""


class WindowsClipboard:
    """The clipboard of this session. Its number goes up with each copy, so nothing is opened for nothing."""

    def __init__(self, api: WinApi | None = None, *, pictures: bool = False) -> None:
        """Load the libraries; raises PlatformError on other systems. What was copied before is not looked at."""
        self._api = api or load_api()
        self._pictures = pictures
        self._windows = WindowsWindows(self._api)
        self._marks = [self._api.user32.RegisterClipboardFormatW(mark) for mark in MARKS]
        self._png = self._api.user32.RegisterClipboardFormatW(PNG)
        self._number = self._api.user32.GetClipboardSequenceNumber()

    def poll(self, _scene: Scene) -> Sequence[Given]:
        """Return what was copied since the last call; one that another program holds is asked again next time."""
        number = self._api.user32.GetClipboardSequenceNumber()
        if number == self._number:
            return ()
        if any(self._api.user32.IsClipboardFormatAvailable(mark) for mark in self._marks):
            self._number = number
            return ()
        if not self._api.user32.OpenClipboard(None):
            return ()
        try:
            text, picture = self._text(), self._picture() if self._pictures else None
        finally:
            self._api.user32.CloseClipboard()
        self._number = number
        return tuple(self._given(text, None if picture is None else picture()))

    def close(self) -> None:
        """Nothing is held."""

    def _given(self, text: str, pixels: Pixels | None) -> Iterator[Given]:
        window = self._windows.focused()
        if text:
            yield Seen(text[:LONGEST], "clipboard", Provenance.PASTED, window)
        if pixels is not None:
            yield SeenPicture(pixels, "clipboard", Provenance.PASTED, window)

    def _text(self) -> str:
        handle = self._api.user32.GetClipboardData(_UNICODE_TEXT)
        place = self._api.kernel32.GlobalLock(handle) if handle else None
        if not place:
            return ""
        try:
            return ctypes.wstring_at(place)
        finally:
            self._api.kernel32.GlobalUnlock(handle)

    def _picture(self) -> Callable[[], Pixels | None] | None:
        """Fetch a picture; it is decoded once the clipboard is free for other programs again."""
        if self._api.user32.IsClipboardFormatAvailable(self._png):
            data = self._bytes(self._png, MOST_BYTES)
            return lambda: decoded(data)
        if self._api.user32.IsClipboardFormatAvailable(_BITMAP):
            data = self._bytes(_BITMAP, MOST_BITMAP_BYTES)
            return lambda: decoded_bitmap(data)
        return None

    def _bytes(self, kind: int, most: int) -> bytes:
        """Return what lies there under a format; nothing where it is larger than `most` bytes."""
        handle = self._api.user32.GetClipboardData(kind)
        size = self._api.kernel32.GlobalSize(handle) if handle else 0
        place = self._api.kernel32.GlobalLock(handle) if 0 < size <= most else None
        if not place:
            return b""
        try:
            return ctypes.string_at(place, size)
        finally:
            self._api.kernel32.GlobalUnlock(handle)
