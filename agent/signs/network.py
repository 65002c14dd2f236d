"""The network: interfaces and listening ports compared with signatures, and whether the server can be reached."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import psutil

from agent.signs.recognise import Recogniser
from agent.signs.sign import Sign
from agent.upload import Delivered
from engine.signatures.model import Trace, Where

CUT_OFF = 300.0
"""Seconds without the server, although it was tried, from which it is told."""
_LINUX_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTEN = "0A"


class InterfaceWatcher:
    """Network interfaces that are up, by name."""

    pause = 2.0

    def __init__(self, recogniser: Recogniser) -> None:
        """Begin: the first look sees all that are up."""
        self._recogniser = recogniser
        self._before: frozenset[str] = frozenset()

    def look(self) -> Sequence[Sign]:
        """Return signs in interfaces that came up."""
        now = frozenset(name for name, stats in psutil.net_if_stats().items() if is_up(stats.isup, stats.flags))
        new, self._before = now - self._before, now
        return self._recogniser.signs(Trace(Where.INTERFACE, name) for name in sorted(new))


def is_up(running: bool, flags: str) -> bool:
    """Return whether an interface was brought up; psutil calls one up only when something is at its other end."""
    return running or "up" in flags.split(",")


class PortWatcher:
    """Ports of this device that some program listens on."""

    pause = 5.0

    def __init__(self, recogniser: Recogniser) -> None:
        """Begin: the first look sees all that listen."""
        self._recogniser = recogniser
        self._before: frozenset[int] = frozenset()

    def look(self) -> Sequence[Sign]:
        """Return signs in ports that are listened on since the last look."""
        now = frozenset(listening_ports())
        new, self._before = now - self._before, now
        return self._recogniser.signs(Trace(Where.PORT, str(port)) for port in sorted(new))


def listening_ports() -> Iterator[int]:
    """Yield the TCP ports that this device listens on."""
    if sys.platform == "linux":  # psutil would look through the open files of every process for their owners
        for table in _LINUX_TABLES:
            if table.exists():  # tcp6 is missing where IPv6 is off
                with table.open(encoding="ascii") as lines:
                    yield from listening_in(lines)
        return
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr:
            yield one.laddr.port


def listening_in(table: Iterable[str]) -> Iterator[int]:
    """Yield the ports listened on in a table of connections (proc(5), /proc/net/tcp: address second, state fourth)."""
    for line in table:
        fields = line.split(None, 4)
        if len(fields) > 3 and fields[3] == _LISTEN:
            yield int(fields[1].rpartition(":")[2], 16)


class ReachWatcher:
    """Whether records reach the server. Cut off for long is worth knowing, whoever cut it off."""

    pause = 1.0

    def __init__(
        self, delivery: Callable[[], Delivered], *, patience: float = CUT_OFF, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`delivery` tells how delivery stands."""
        self._delivery, self._patience, self._now = delivery, patience, now
        self._since: float | None = None
        self._told = False

    def look(self) -> Sequence[Sign]:
        """Return a sign when the server is out of reach for long, and when it is back."""
        if not self._delivery().problem:
            since, told, self._since, self._told = self._since, self._told, None, False
            if not told or since is None:
                return ()
            away = round(self._now() - since)
            return (Sign("server-back", "The server can be reached again.", {"seconds": away}),)
        if self._since is None:
            self._since = self._now()
        if self._told or self._now() - self._since < self._patience:
            return ()
        self._told = True
        text = "The server cannot be reached: records wait on this device. Nothing is lost."
        return (Sign("server-unreachable", text, {"seconds": round(self._now() - self._since)}, 2),)
