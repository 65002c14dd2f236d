"""Text that is copied on Windows; what a password manager marks as private is not fetched. Not yet run there."""

import ctypes
from collections.abc import Sequence

from agent.platforms.win import WindowsWindows
from agent.platforms.win_api import WinApi, load_api
from agent.ports import Scene, Seen
from engine.observation import Provenance

MARKS = ("ExcludeClipboardContentFromMonitorProcessing", "Clipboard Viewer Ignore")
"""Formats by which a program asks that nobody looks (learn.microsoft.com: Clipboard Formats, cloud clipboard)."""
LONGEST = 200_000
"""Code points of one text that are screened."""
_UNICODE_TEXT = 13  # CF_UNICODETEXT


class WindowsClipboard:
    """The clipboard of this session. Its number goes up with each copy, so nothing is opened for nothing."""

    def __init__(self, api: WinApi | None = None) -> None:
        """Load the libraries; raises PlatformError on other systems. What was copied before is not looked at."""
        self._api = api or load_api()
        self._windows = WindowsWindows(self._api)
        self._marks = [self._api.user32.RegisterClipboardFormatW(mark) for mark in MARKS]
        self._number = self._api.user32.GetClipboardSequenceNumber()

    def poll(self, _scene: Scene) -> Sequence[Seen]:
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
            text = self._text()
        finally:
            self._api.user32.CloseClipboard()
        self._number = number
        return (Seen(text[:LONGEST], "clipboard", Provenance.PASTED, self._windows.focused()),) if text else ()

    def close(self) -> None:
        """Nothing is held."""

    def _text(self) -> str:
        handle = self._api.user32.GetClipboardData(_UNICODE_TEXT)
        place = self._api.kernel32.GlobalLock(handle) if handle else None
        if not place:
            return ""
        try:
            return ctypes.wstring_at(place)
        finally:
            self._api.kernel32.GlobalUnlock(handle)
