"""Whether somebody uses this session, on Windows: last input, lock, account, secure desktop. Not yet run there."""

import ctypes

from agent.platforms.win_api import LASTINPUTINFO, SessionInformation, WinApi, load_api
from agent.ports import SessionState

ACTIVE, LOCK = 0, 0
"""WTSActive of WTS_CONNECTSTATE_CLASS; WTS_SESSIONSTATE_LOCK of SessionFlags."""
_CURRENT_SESSION, _INFO_EX = 0xFFFFFFFF, 25  # WTS_CURRENT_SESSION, WTSSessionInfoEx
_READ_OBJECTS, _NAME = 1, 2  # DESKTOP_READOBJECTS, UOI_NAME
_ORDINARY = "default"


class WindowsSession:
    """The session of this process."""

    def __init__(self, api: WinApi | None = None) -> None:
        """Load the libraries; raises PlatformError on other systems."""
        self._api = api or load_api()

    def idle_seconds(self) -> float | None:
        """Return how long nobody touched keyboard or mouse."""
        last = LASTINPUTINFO(ctypes.sizeof(LASTINPUTINFO), 0)
        if not self._api.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        return float((self._api.kernel32.GetTickCount() - last.dwTime) & 0xFFFFFFFF) / 1000

    def state(self) -> SessionState:
        """Return what is in front. The lock screen is a secure desktop too, so the lock is asked for first."""
        told = self._information()
        if told is not None and told.SessionState != ACTIVE:
            return SessionState.OTHER_ACCOUNT
        if told is not None and told.SessionFlags == LOCK:
            return SessionState.LOCKED
        return SessionState.OPEN if self._desktop() == _ORDINARY else SessionState.SECURE_DESKTOP

    def close(self) -> None:
        """Nothing is held."""

    def _information(self) -> SessionInformation | None:
        buffer, length = ctypes.c_void_p(), ctypes.c_ulong()
        answered = self._api.wtsapi32.WTSQuerySessionInformationW(
            None, _CURRENT_SESSION, _INFO_EX, ctypes.byref(buffer), ctypes.byref(length)
        )
        if not answered or not buffer.value:
            return None
        try:
            if length.value < ctypes.sizeof(SessionInformation):
                return None
            return SessionInformation.from_buffer_copy(
                ctypes.string_at(buffer.value, ctypes.sizeof(SessionInformation))
            )
        finally:
            self._api.wtsapi32.WTSFreeMemory(buffer)

    def _desktop(self) -> str:
        """Return the name of the desktop that input goes to; empty where this account may not open it."""
        user32 = self._api.user32
        desktop = user32.OpenInputDesktop(0, False, _READ_OBJECTS)
        if not desktop:
            return ""
        try:
            name, needed = ctypes.create_unicode_buffer(256), ctypes.c_ulong()
            user32.GetUserObjectInformationW(desktop, _NAME, name, ctypes.sizeof(name), ctypes.byref(needed))
            return name.value.casefold()
        finally:
            user32.CloseDesktop(desktop)
