"""Windows on Windows: which is in front, which can be seen and where. To the documented interface; not yet run."""

import ctypes
from collections.abc import Callable
from typing import Any

import psutil

from agent.platforms.win_api import RECT, WinApi, load_api
from agent.ports import Rectangle, WindowInfo

FRAME_BOUNDS, CLOAKED = 9, 14
"""DWMWA_EXTENDED_FRAME_BOUNDS (without the shadow) and DWMWA_CLOAKED (of another virtual desktop, or suspended)."""


class WindowsWindows:
    """The windows of this session."""

    def __init__(self, api: WinApi | None = None) -> None:
        """Load the libraries; raises PlatformError on other systems."""
        self._api = api or load_api()

    def focused(self) -> WindowInfo:
        """Return the foreground window; an empty WindowInfo where there is none."""
        window = self._api.user32.GetForegroundWindow()
        return self._describe(window) if window else WindowInfo()

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return the windows that can be seen, lowest first."""
        return tuple(window for _, window in self.handles())

    def handles(self) -> tuple[tuple[int, WindowInfo], ...]:
        """Return the same with each window's handle, for UI Automation."""
        seen = [window for window in self._all() if self._is_seen(window)]
        return tuple((window, self._describe(window)) for window in reversed(seen))

    def close(self) -> None:
        """Nothing is held."""

    def _all(self) -> list[int]:
        """Return every top-level window, highest first, as EnumWindows gives them."""
        found: list[int] = []

        def keep(window: int, _: int) -> bool:
            found.append(window)
            return True

        self._api.user32.EnumWindows(_callback(keep), 0)
        return found

    def _is_seen(self, window: int) -> bool:
        user32 = self._api.user32
        if not user32.IsWindowVisible(window) or user32.IsIconic(window):
            return False
        cloaked = ctypes.c_int()
        self._api.dwmapi.DwmGetWindowAttribute(window, CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
        return not cloaked.value

    def _describe(self, window: int) -> WindowInfo:
        length = self._api.user32.GetWindowTextLengthW(window)
        text = ctypes.create_unicode_buffer(length + 1)
        self._api.user32.GetWindowTextW(window, text, length + 1)
        process = ctypes.c_ulong()
        self._api.user32.GetWindowThreadProcessId(window, ctypes.byref(process))
        return WindowInfo(
            _program(process.value), text.value or None, self._place(window), process.value or None,
            withheld=self._is_withheld(window),
        )  # fmt: skip

    def _is_withheld(self, window: int) -> bool:
        """Return whether its program asked for it to be left out of pictures: WDA_MONITOR, WDA_EXCLUDEFROMCAPTURE."""
        affinity = ctypes.c_ulong()
        known = self._api.user32.GetWindowDisplayAffinity(window, ctypes.byref(affinity))
        return bool(known and affinity.value)

    def _place(self, window: int) -> Rectangle | None:
        rect = RECT()
        size = ctypes.sizeof(rect)
        failed = self._api.dwmapi.DwmGetWindowAttribute(window, FRAME_BOUNDS, ctypes.byref(rect), size)
        if failed and not self._api.user32.GetWindowRect(window, ctypes.byref(rect)):
            return None
        return Rectangle(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)


def _callback(function: Callable[[int, int], bool]) -> Any:
    make = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    return make(ctypes.c_bool, ctypes.c_void_p, ctypes.c_ssize_t)(function)


def _program(process: int) -> str | None:
    try:
        return str(psutil.Process(process).name())
    except psutil.Error:
        return None
