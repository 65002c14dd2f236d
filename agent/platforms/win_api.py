"""The Windows functions that the adapters call, with their signatures, in one place: tests put recorded ones here.

Names, structures and constants are those of the Windows SDK (learn.microsoft.com/windows/win32). Not yet run there.
"""

import ctypes
from ctypes import POINTER, c_int, c_long, c_short, c_size_t, c_uint, c_void_p, c_wchar_p
from dataclasses import dataclass
from typing import Any

from agent.errors import PlatformError


class RECT(ctypes.Structure):
    """Edges on the virtual desktop; right and bottom are outside."""

    _fields_ = (("left", c_long), ("top", c_long), ("right", c_long), ("bottom", c_long))


class LASTINPUTINFO(ctypes.Structure):
    """When keyboard or mouse were last used, in milliseconds since the system started (they wrap after 49 days)."""

    _fields_ = (("cbSize", c_uint), ("dwTime", c_uint))


class SessionInformation(ctypes.Structure):
    """The beginning of WTSINFOEXW, level 1; the level's data begins at 8, for it holds 64-bit times."""

    _fields_ = (
        ("Level", c_uint),
        ("_padding", c_uint),
        ("SessionId", c_uint),
        ("SessionState", c_int),
        ("SessionFlags", c_int),
    )


@dataclass(frozen=True, slots=True)
class WinApi:
    """The libraries; each attribute answers to the functions named in `load_api`."""

    user32: Any
    kernel32: Any
    dwmapi: Any
    wtsapi32: Any


_HANDLES = ("GetForegroundWindow", "OpenInputDesktop", "GetClipboardData")


def load_api() -> WinApi:
    """Load the libraries; raises PlatformError on other systems."""
    libraries = getattr(ctypes, "windll", None)
    if libraries is None:
        raise PlatformError("This is not Windows.")
    api = WinApi(libraries.user32, libraries.kernel32, libraries.dwmapi, libraries.wtsapi32)
    for name in _HANDLES:
        getattr(api.user32, name).restype = c_void_p
    for name in ("GetWindowTextLengthW", "IsWindowVisible", "IsIconic", "CloseDesktop"):
        getattr(api.user32, name).argtypes = [c_void_p]
    api.user32.GetWindowTextW.argtypes = [c_void_p, c_wchar_p, c_int]
    api.user32.GetWindowThreadProcessId.argtypes = [c_void_p, c_void_p]
    api.user32.GetWindowRect.argtypes = [c_void_p, POINTER(RECT)]
    api.user32.GetWindowDisplayAffinity.argtypes = [c_void_p, c_void_p]
    api.user32.OpenClipboard.argtypes = [c_void_p]
    api.user32.GetUserObjectInformationW.argtypes = [c_void_p, c_int, c_void_p, c_uint, c_void_p]
    api.kernel32.GlobalLock.restype = c_void_p
    api.kernel32.GlobalLock.argtypes = api.kernel32.GlobalUnlock.argtypes = [c_void_p]
    api.kernel32.GlobalSize.restype, api.kernel32.GlobalSize.argtypes = c_size_t, [c_void_p]
    api.dwmapi.DwmGetWindowAttribute.argtypes = [c_void_p, c_uint, c_void_p, c_uint]
    _declare_input(api)
    return api


def _declare_input(api: WinApi) -> None:
    """Declare what win_raw_input and win_keys call."""
    user32, kernel32 = api.user32, api.kernel32
    place, parents = [c_int] * 4, [c_void_p] * 4
    user32.CreateWindowExW.restype = user32.GetKeyboardLayout.restype = c_void_p
    user32.CreateWindowExW.argtypes = [c_uint, c_wchar_p, c_wchar_p, c_uint, *place, *parents]
    user32.DestroyWindow.argtypes = user32.DispatchMessageW.argtypes = [c_void_p]
    user32.RegisterRawInputDevices.argtypes = [c_void_p, c_uint, c_uint]
    user32.GetRawInputData.restype = c_uint
    user32.GetRawInputData.argtypes = [c_void_p, c_uint, c_void_p, c_void_p, c_uint]
    user32.PeekMessageW.argtypes = [c_void_p, c_void_p, c_uint, c_uint, c_uint]
    user32.MsgWaitForMultipleObjectsEx.argtypes = [c_uint, c_void_p, c_uint, c_uint, c_uint]
    user32.GetKeyState.restype = user32.GetAsyncKeyState.restype = c_short
    user32.ToUnicodeEx.argtypes = [c_uint, c_uint, c_void_p, c_wchar_p, c_int, c_uint, c_void_p]
    kernel32.CreateEventW.restype = c_void_p
    kernel32.CreateEventW.argtypes = [c_void_p, c_int, c_int, c_wchar_p]
    kernel32.SetEvent.argtypes = kernel32.CloseHandle.argtypes = [c_void_p]
