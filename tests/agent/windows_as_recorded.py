"""What the Windows libraries answer, in the shapes that the SDK documents: stand-ins for the boundary only."""

import ctypes
from ctypes import addressof, c_int, create_string_buffer, create_unicode_buffer
from dataclasses import dataclass, field
from typing import Any

from agent.platforms.win_api import RECT, SessionInformation, WinApi
from tests.agent.windows_keyboard import Keyboard, KeyboardLibraries


@dataclass
class Window:
    """One top-level window."""

    title: str
    process: int
    rect: tuple[int, int, int, int]
    visible: bool = True
    iconic: bool = False
    cloaked: bool = False
    affinity: int = 0


@dataclass
class Desktop:
    """A session: its windows (highest first), clipboard, desktop and lock."""

    windows: list[Window] = field(default_factory=list)
    clipboard: str | None = None
    formats: set[str] = field(default_factory=set)
    number: int = 1
    clipboard_is_held: bool = False
    pictures: dict[str | int, bytes] = field(default_factory=dict)
    """What lies there under the names and numbers of formats for pictures."""
    fetched: list[str | int] = field(default_factory=list)
    input_desktop: str = "Default"
    session_state: int = 0
    flags: int = 1
    ticks: int = 0
    last_input: int = 0
    opened: int = 0
    keyboard: Keyboard = field(default_factory=Keyboard)

    def api(self) -> WinApi:
        """Return the libraries of this session."""
        return WinApi(_User32(self), _Kernel32(self), _Dwmapi(self), _Wtsapi32(self))


def _at(pointer: Any, kind: Any) -> Any:
    """Return what a `byref` points to."""
    return kind.from_address(addressof(pointer._obj))


@dataclass
class _User32(KeyboardLibraries):
    desktop: Desktop

    @property
    def keyboard(self) -> Keyboard:  # type: ignore[override]
        return self.desktop.keyboard

    def GetForegroundWindow(self) -> int:
        return 1 if self.desktop.windows else 0

    def EnumWindows(self, callback: Any, _: int) -> None:
        for handle in range(1, len(self.desktop.windows) + 1):
            callback(handle, 0)

    def GetWindowDisplayAffinity(self, handle: int, affinity: Any) -> bool:
        _at(affinity, ctypes.c_ulong).value = self._window(handle).affinity
        return True

    def _window(self, handle: int) -> Window:
        return self.desktop.windows[handle - 1]

    def IsWindowVisible(self, handle: int) -> bool:
        return self._window(handle).visible

    def IsIconic(self, handle: int) -> bool:
        return self._window(handle).iconic

    def GetWindowTextLengthW(self, handle: int) -> int:
        return len(self._window(handle).title)

    def GetWindowTextW(self, handle: int, buffer: Any, size: int) -> None:
        buffer.value = self._window(handle).title[: size - 1]

    def GetWindowThreadProcessId(self, handle: int, process: Any) -> int:
        if process is not None:
            process._obj.value = self._window(handle).process
        return 55

    def GetWindowRect(self, handle: int, rect: Any) -> bool:
        place = rect._obj
        place.left, place.top, place.right, place.bottom = self._window(handle).rect
        return True

    def GetLastInputInfo(self, last: Any) -> bool:
        last._obj.dwTime = self.desktop.last_input
        return True

    def OpenInputDesktop(self, *_: Any) -> int:
        return 77 if self.desktop.input_desktop else 0

    def GetUserObjectInformationW(self, _desktop: int, _which: int, name: Any, _size: int, _needed: Any) -> None:
        name.value = self.desktop.input_desktop

    def CloseDesktop(self, _desktop: int) -> None:
        pass

    def RegisterClipboardFormatW(self, name: str) -> str:
        return name

    def IsClipboardFormatAvailable(self, name: str | int) -> bool:
        return name in self.desktop.formats or name in self.desktop.pictures

    def GetClipboardSequenceNumber(self) -> int:
        return self.desktop.number

    def OpenClipboard(self, _: None) -> bool:
        self.desktop.opened += not self.desktop.clipboard_is_held
        return not self.desktop.clipboard_is_held

    def CloseClipboard(self) -> None:
        self.desktop.opened -= 1

    def GetClipboardData(self, kind: str | int) -> str | int:
        self.desktop.fetched.append(kind)
        if kind == 13:
            return 0 if self.desktop.clipboard is None else 13
        return kind if kind in self.desktop.pictures else 0


@dataclass
class _Kernel32(KeyboardLibraries):
    desktop: Desktop
    _held: Any = None

    @property
    def keyboard(self) -> Keyboard:  # type: ignore[override]
        return self.desktop.keyboard

    def GetTickCount(self) -> int:
        return self.desktop.ticks

    def GlobalSize(self, handle: str | int) -> int:
        return len(self.desktop.pictures[handle])

    def GlobalLock(self, handle: str | int) -> int:
        if handle == 13:
            self._held = create_unicode_buffer(self.desktop.clipboard or "")
        else:
            self._held = create_string_buffer(self.desktop.pictures[handle])
        return addressof(self._held)

    def GlobalUnlock(self, _handle: int) -> None:
        self._held = None


@dataclass
class _Dwmapi:
    desktop: Desktop

    def DwmGetWindowAttribute(self, handle: int, attribute: int, value: Any, _size: int) -> int:
        window = self.desktop.windows[handle - 1]
        if attribute == 14:
            _at(value, c_int).value = int(window.cloaked)
        else:
            rect = _at(value, RECT)
            rect.left, rect.top, rect.right, rect.bottom = window.rect
        return 0


@dataclass
class _Wtsapi32:
    desktop: Desktop
    freed: int = 0
    _held: Any = None

    def WTSQuerySessionInformationW(self, _server: None, _session: int, _which: int, buffer: Any, length: Any) -> bool:
        size = ctypes.sizeof(SessionInformation)
        self._held = SessionInformation(1, 0, 2, self.desktop.session_state, self.desktop.flags)
        buffer._obj.value = addressof(self._held)
        length._obj.value = size + 200
        return True

    def WTSFreeMemory(self, _buffer: Any) -> None:
        self.freed += 1
