"""Keys and clicks as Windows tells them beside their way to the program in front (Raw Input). Not yet run there.

Nothing is held back, as a hook would do, and nothing is silently taken away, as hooks are after a while. A message-only
window receives them (RIDEV_INPUTSINK) and must be asked by the thread that made it. What goes to the secure desktop or
to a program with more rights than this one does not come here.
"""

import ctypes
import time
from collections.abc import Iterator
from ctypes import byref, c_int32, c_size_t, c_uint16, c_uint32, c_void_p, sizeof
from ctypes.wintypes import MSG
from dataclasses import dataclass
from typing import Any

from agent.errors import PlatformError
from agent.platforms.win_api import WinApi

MOUSE, KEYBOARD = 0, 1
"""RIM_TYPEMOUSE, RIM_TYPEKEYBOARD."""
RELEASED, EXTENDED = 1, 2
"""RI_KEY_BREAK, RI_KEY_E0 of RAWKEYBOARD.Flags."""
PRESSES = 0x0001 | 0x0004 | 0x0010 | 0x0040 | 0x0100
"""RI_MOUSE_BUTTON_1_DOWN to RI_MOUSE_BUTTON_5_DOWN."""
WM_INPUT = 0x00FF
SINK, REMOVE = 0x0100, 0x0001
"""RIDEV_INPUTSINK, RIDEV_REMOVE."""
_DESKTOP_PAGE, _MOUSE_USAGE, _KEYBOARD_USAGE = 1, 2, 6  # HID usage tables: generic desktop
_MESSAGE_ONLY = -3  # HWND_MESSAGE
_TAKE_OUT, _INPUT = 1, 0x10000003  # PM_REMOVE, RID_INPUT
_ANYTHING, _ALREADY_THERE = 0x04FF, 0x0004  # QS_ALLINPUT, MWMO_INPUTAVAILABLE
_OVERRUN, _NO_KEY = 0xFF, 0xFF  # KEYBOARD_OVERRUN_MAKE_CODE; a VKey that no key has


class RAWINPUTDEVICE(ctypes.Structure):
    """What is asked for."""

    _fields_ = (("usUsagePage", c_uint16), ("usUsage", c_uint16), ("dwFlags", c_uint32), ("hwndTarget", c_void_p))


class RAWINPUTHEADER(ctypes.Structure):
    """The beginning of every event."""

    _fields_ = (("dwType", c_uint32), ("dwSize", c_uint32), ("hDevice", c_void_p), ("wParam", c_size_t))


class RAWKEYBOARD(ctypes.Structure):
    """A key that went down or up."""

    _fields_ = (
        ("MakeCode", c_uint16), ("Flags", c_uint16), ("Reserved", c_uint16), ("VKey", c_uint16),
        ("Message", c_uint32), ("ExtraInformation", c_uint32),
    )  # fmt: skip


class RAWMOUSE(ctypes.Structure):
    """A movement, or a button. The union of buttons is 32 bits wide and is aligned so."""

    _fields_ = (
        ("usFlags", c_uint16), ("_padding", c_uint16), ("usButtonFlags", c_uint16), ("usButtonData", c_uint16),
        ("ulRawButtons", c_uint32), ("lLastX", c_int32), ("lLastY", c_int32), ("ulExtraInformation", c_uint32),
    )  # fmt: skip


class _Data(ctypes.Union):
    _fields_ = (("mouse", RAWMOUSE), ("keyboard", RAWKEYBOARD))


class RAWINPUT(ctypes.Structure):
    """An event of a keyboard or a mouse."""

    _fields_ = (("header", RAWINPUTHEADER), ("data", _Data))


@dataclass(frozen=True, slots=True, repr=False)
class RawKey:
    """A key that went down or up: its virtual key, its scan code, and whether it is the right one of two."""

    virtual: int
    scan: int
    extended: bool
    released: bool


@dataclass(frozen=True, slots=True)
class Click:
    """A button of the mouse that went down."""


class RawInput:
    """Keys and clicks of this desktop. Made, asked and closed by one thread; only `wake` is for others."""

    def __init__(self, api: WinApi) -> None:
        """Make the window and ask for input; raises PlatformError."""
        self._api = api
        none = (None,) * 3
        self._window = api.user32.CreateWindowExW(0, "STATIC", None, 0, 0, 0, 0, 0, _MESSAGE_ONLY, *none)
        self._bell = api.kernel32.CreateEventW(None, False, False, None)
        if not self._window or not self._bell or not self._register(SINK, self._window):
            self.close()
            raise PlatformError("The keyboard of this session cannot be followed (Raw Input is refused).")

    def events(self) -> Iterator[RawKey | Click]:
        """Yield what came since the last call, in its order, without waiting."""
        message = MSG()
        while self._api.user32.PeekMessageW(byref(message), None, 0, 0, _TAKE_OUT):
            event = self._event(message.lParam) if message.message == WM_INPUT else None
            self._api.user32.DispatchMessageW(byref(message))  # the system puts the event away
            if event is not None:
                yield event

    def wait(self, least: float, most: float) -> None:
        """Wait for input, at most `most` seconds. A mouse tells of every movement: it is asked once in `least`."""
        bell = c_void_p(self._bell)
        self._api.user32.MsgWaitForMultipleObjectsEx(1, byref(bell), int(most * 1000), _ANYTHING, _ALREADY_THERE)
        time.sleep(least)

    def wake(self) -> None:
        """End the waiting."""
        self._api.kernel32.SetEvent(self._bell)

    def close(self) -> None:
        """Ask for nothing any more, and take the window away."""
        self._register(REMOVE, None)
        if self._window:
            self._api.user32.DestroyWindow(self._window)
        if self._bell:
            self._api.kernel32.CloseHandle(self._bell)
        self._window = self._bell = None

    def _register(self, flags: int, window: int | None) -> bool:
        usages = (_KEYBOARD_USAGE, _MOUSE_USAGE)
        devices = (RAWINPUTDEVICE * 2)(*(RAWINPUTDEVICE(_DESKTOP_PAGE, usage, flags, window) for usage in usages))
        return bool(self._api.user32.RegisterRawInputDevices(devices, len(devices), sizeof(RAWINPUTDEVICE)))

    def _event(self, handle: int) -> RawKey | Click | None:
        raw, size = RAWINPUT(), c_uint32(sizeof(RAWINPUT))
        took = self._api.user32.GetRawInputData(handle, _INPUT, byref(raw), byref(size), sizeof(RAWINPUTHEADER))
        if took in (0, 0xFFFFFFFF, -1):
            return None
        if raw.header.dwType == MOUSE:
            return Click() if raw.data.mouse.usButtonFlags & PRESSES else None
        return _key(raw.data.keyboard) if raw.header.dwType == KEYBOARD else None


def _key(key: Any) -> RawKey | None:
    if key.MakeCode == _OVERRUN or key.VKey >= _NO_KEY:
        return None
    return RawKey(key.VKey, key.MakeCode, bool(key.Flags & EXTENDED), bool(key.Flags & RELEASED))
