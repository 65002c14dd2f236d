"""Calls on the accessibility bus of a Linux desktop (AT-SPI 2 over D-Bus), many at once. The protocol only.

Calls are sent in bunches before their answers are read: an answer then costs some 50 µs instead of a round trip.
"""

import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import Properties

from agent.errors import PlatformError

Ref: TypeAlias = tuple[str, str]
"""An object: the bus name of its program, and its path."""
PATIENCE = 1.5
"""Seconds within which a program must answer a bunch of calls."""
BUNCH = 64
"""Calls on their way at once: more would fill the bus's buffers."""
REGISTRY: Ref = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
ACCESSIBLE, COMPONENT = "org.a11y.atspi.Accessible", "org.a11y.atspi.Component"
TEXT, DOCUMENT, COLLECTION = "org.a11y.atspi.Text", "org.a11y.atspi.Document", "org.a11y.atspi.Collection"
PROPERTIES = "org.freedesktop.DBus.Properties"
_STATUS = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Status")
_BUS = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
_DAEMON = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")


@dataclass(frozen=True, slots=True)
class Call:
    """One question to an object."""

    to: Ref
    interface: str
    method: str
    signature: str | None = None
    body: tuple[Any, ...] = ()


class Bus:
    """The accessibility bus of this session."""

    def __init__(self) -> None:
        """Have accessibility switched on, as a screen reader would, and connect; raises PlatformError."""
        try:
            with contextlib.closing(open_dbus_connection("SESSION")) as session:
                _ask(session, Properties(_STATUS).set("IsEnabled", "b", True))
                address = _ask(session, new_method_call(_BUS, "GetAddress"))[0]
            self._connection = open_dbus_connection(str(address))
        except (OSError, KeyError, ValueError, TimeoutError) as problem:
            raise PlatformError(
                "There is no accessibility bus in this session.",
                hint="Debian, Ubuntu: apt-get install at-spi2-core; and the session needs a D-Bus session bus.",
            ) from problem

    def ask(self, calls: Iterable[Call]) -> list[tuple[Any, ...] | None]:
        """Return each call's answer in order; None where the object refused, is gone, or did not answer in time."""
        waiting = list(calls)
        answers: list[tuple[Any, ...] | None] = []
        for start in range(0, len(waiting), BUNCH):
            answers += self._bunch(waiting[start : start + BUNCH])
        return answers

    def process_of(self, name: str) -> int | None:
        """Return the process behind a bus name."""
        message = new_method_call(_DAEMON, "GetConnectionUnixProcessID", "s", (name,))
        answer = self._send([message])[0]
        return None if answer is None else int(answer[0])

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def _bunch(self, calls: Sequence[Call]) -> list[tuple[Any, ...] | None]:
        return self._send(
            [new_method_call(DBusAddress(c.to[1], c.to[0], c.interface), c.method, c.signature, c.body) for c in calls]
        )

    def _send(self, messages: Sequence[Any]) -> list[tuple[Any, ...] | None]:
        places: dict[int, int] = {}
        for number, message in enumerate(messages):
            serial = next(self._connection.outgoing_serial)
            self._connection.send(message, serial=serial)
            places[serial] = number
        answers: list[tuple[Any, ...] | None] = [None] * len(messages)
        deadline = time.monotonic() + PATIENCE
        while places:
            try:
                reply = self._connection.receive(timeout=max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                break  # what comes late has no place any more and is dropped
            place = places.pop(int(reply.header.fields.get(HeaderFields.reply_serial, 0)), None)
            if place is not None and reply.header.message_type is MessageType.method_return:
                answers[place] = reply.body
        return answers


def _ask(connection: DBusConnection, message: Any) -> tuple[Any, ...]:
    reply = connection.send_and_get_reply(message, timeout=PATIENCE * 4)  # the bus may have to be started first
    if reply.header.message_type is MessageType.error:
        raise ValueError("the bus refused")
    return tuple(reply.body)
