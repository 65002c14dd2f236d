"""Window titles on Windows through user32 and psutil. Written to the documented interface; not yet run there."""

import ctypes
from typing import Any

import psutil

from agent.ports import WindowInfo


class WindowsWindows:
    """The foreground window."""

    def __init__(self) -> None:
        """Load user32."""
        self._user32: Any = getattr(ctypes, "windll").user32  # noqa: B009  (there is no windll on other systems)

    def focused(self) -> WindowInfo:
        """Return the foreground window; an empty WindowInfo where there is none."""
        window = self._user32.GetForegroundWindow()
        if not window:
            return WindowInfo()
        length = self._user32.GetWindowTextLengthW(window)
        text = ctypes.create_unicode_buffer(length + 1)
        self._user32.GetWindowTextW(window, text, length + 1)
        process = ctypes.c_ulong()
        self._user32.GetWindowThreadProcessId(window, ctypes.byref(process))
        return WindowInfo(_program(process.value), text.value or None)

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return that nothing is known."""
        return ()

    def close(self) -> None:
        """Nothing is held."""


def _program(process: int) -> str | None:
    try:
        return str(psutil.Process(process).name())
    except psutil.Error:
        return None
