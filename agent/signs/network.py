"""The network: interfaces and listening ports compared with signatures, and whether the server can be reached."""

import time
from collections.abc import Callable, Sequence

import psutil

from agent.signs.listening import listening_ports
from agent.signs.recognise import Recogniser
from agent.signs.sign import Sign
from agent.upload import Delivered
from engine.signatures.model import Trace, Where

CUT_OFF = 300.0
"""Seconds without the server, although it was tried, from which it is told."""
AWAY, STUCK = "server-unreachable", "delivery-stuck"
_WAITING = {
    AWAY: "The server cannot be reached: records wait on this device. Nothing is lost.",
    STUCK: "Records wait on this device: the server refuses them, or this disk does not give them. Nothing is lost.",
}


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


class ReachWatcher:
    """Whether records reach the server. Cut off for long is worth knowing, whoever did it; refused is another thing."""

    pause = 1.0

    def __init__(
        self, delivery: Callable[[], Delivered], *, patience: float = CUT_OFF, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`delivery` tells how delivery stands."""
        self._delivery, self._patience, self._now = delivery, patience, now
        self._since: float | None = None
        self._told = ""

    def look(self) -> Sequence[Sign]:
        """Return a sign when records reach no server for long, and when they do again."""
        delivery = self._delivery()
        if not delivery.problem:
            since, told, self._since, self._told = self._since, self._told, None, ""
            return () if since is None or not told else (_back(told, round(self._now() - since)),)
        if self._since is None:
            self._since = self._now()
        away = round(self._now() - self._since)
        if self._told or away < self._patience:
            return ()
        self._told = AWAY if delivery.away else STUCK
        return (Sign(self._told, _WAITING[self._told], {"seconds": away}, 2),)


def _back(told: str, seconds: int) -> Sign:
    if told == AWAY:
        return Sign("server-back", "The server can be reached again.", {"seconds": seconds})
    return Sign("delivery-back", "Records reach the server again.", {"seconds": seconds})
