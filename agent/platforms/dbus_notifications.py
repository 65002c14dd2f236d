"""Notifications that programs show on a Linux desktop: the session bus is listened to (D-Bus monitoring)."""

from collections.abc import Sequence
from contextlib import suppress

from jeepney import DBusAddress, MatchRule, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection

from agent.errors import PlatformError
from agent.ports import Scene, Seen, WindowInfo
from engine.observation import Provenance

_PARTS = 8
"""Of the call: program, what it replaces, icon, summary, text, actions, hints, time."""
_INTERFACE, _METHOD = "org.freedesktop.Notifications", "Notify"
_MONITORING = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")


class Notifications:
    """Summary and text of each notification, as the program sends it."""

    def __init__(self) -> None:
        """Begin to listen; raises PlatformError where the bus does not allow it."""
        rule = MatchRule(type="method_call", interface=_INTERFACE, member=_METHOD).serialise()
        try:
            self._connection = open_dbus_connection("SESSION")
            begin = new_method_call(_MONITORING, "BecomeMonitor", "asu", ([rule], 0))
            answer = self._connection.send_and_get_reply(begin, timeout=5)
        except (OSError, KeyError, ValueError, TimeoutError) as problem:
            raise PlatformError("There is no session bus to hear notifications on.") from problem
        if answer.header.message_type is not MessageType.method_return:
            self._connection.close()
            raise PlatformError("The session bus does not allow notifications to be heard.")

    def poll(self, _scene: Scene) -> Sequence[Seen]:
        """Return what was shown since the last call."""
        found = []
        with suppress(TimeoutError):
            while True:
                body = self._connection.receive(timeout=0.05).body
                if len(body) == _PARTS:
                    program, summary, text = str(body[0]), str(body[3]), str(body[4])
                    window = WindowInfo(program or None, summary or None)
                    found.append(Seen(f"{summary}\n\n{text}", "notification", Provenance.VISIBLE_WINDOW, window))
        return found

    def close(self) -> None:
        """Stop listening."""
        self._connection.close()
