"""Whether somebody uses this session, on Linux: input from the X screen saver extension, lock and seat from logind.

logind answers on the system bus (org.freedesktop.login1): which session is in front on the seat, whose it is, and
whether it is locked. Where there is no logind, nothing is known of either and the session counts as open.
"""

import os
import time
from typing import Any

import xcffib
import xcffib.screensaver
import xcffib.xproto
from jeepney import DBusAddress, DBusErrorResponse, Properties
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from agent.platforms.x11_connection import connect
from agent.ports import SessionState

PAUSE = 2.0
"""Seconds between two questions to logind; locking a screen takes a person longer."""
_LOGIN1 = "org.freedesktop.login1"
_SEAT = DBusAddress("/org/freedesktop/login1/seat/seat0", _LOGIN1, f"{_LOGIN1}.Seat")
_PATIENCE = 1.0


class LinuxSession:
    """The session of this process on its X display."""

    def __init__(self) -> None:
        """Connect to the display and, where there is one, to logind."""
        self._x: Any = _display()
        self._bus = _system_bus()
        self._asked = float("-inf")
        self._state = SessionState.OPEN

    def idle_seconds(self) -> float | None:
        """Return how long nobody touched keyboard or pointer."""
        if self._x is None:
            return None
        try:
            _, saver, root = self._x
            return float(saver.QueryInfo(root).reply().ms_since_user_input) / 1000
        except xcffib.XcffibException:
            self._x = None
            return None

    def state(self) -> SessionState:
        """Return what is in front on the seat."""
        if self._bus is not None and time.monotonic() - self._asked >= PAUSE:
            self._asked = time.monotonic()
            self._state = self._ask(self._bus)
        return self._state

    def close(self) -> None:
        """Disconnect."""
        if self._x is not None:
            self._x[0].disconnect()
            self._x = None
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _ask(self, bus: DBusConnection) -> SessionState:
        try:
            _, path = _get(bus, _SEAT, "ActiveSession")
            session = DBusAddress(path, _LOGIN1, f"{_LOGIN1}.Session")
            uid, _ = _get(bus, session, "User")
            if int(uid) != os.getuid():
                return SessionState.OTHER_ACCOUNT
            return SessionState.LOCKED if _get(bus, session, "LockedHint") else SessionState.OPEN
        except (OSError, DBusErrorResponse, ValueError, TypeError, IndexError):
            return SessionState.OPEN  # no seat, no session on it, no logind: nothing is known


def _get(bus: DBusConnection, address: DBusAddress, name: str) -> Any:
    answer = bus.send_and_get_reply(Properties(address).get(name), timeout=_PATIENCE)
    if answer.header.message_type.name == "error":
        raise DBusErrorResponse(answer)
    return answer.body[0][1]


def _display() -> Any:
    try:
        connection = connect()
        saver = connection(xcffib.screensaver.key)
        root = connection.get_setup().roots[0].root
        saver.QueryInfo(root).reply()
    except xcffib.XcffibException:
        return None
    return connection, saver, root


def _system_bus() -> DBusConnection | None:
    try:
        return open_dbus_connection(bus="SYSTEM")
    except (OSError, KeyError, ValueError):
        return None
