"""New devices in the household's network, as signs of one that was not declared. Only what the system's table says.

No address leaves this device: a neighbour is an id, the maker that its address is registered to, and when it was there.
Networks that are not the household's are left alone.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiooui

from agent.neighbour_memory import Known, NeighbourMemory
from agent.ports import Scene
from agent.signs.sign import Sign

EVERY = 60.0
"""Seconds between two looks."""
RANDOMISED = "randomised address"
UNKNOWN = "maker not registered"
MOST_LISTED = 150
"""Devices that one record names."""
_DAY = timedelta(days=1)
_MAKER = 80


@dataclass(frozen=True, slots=True)
class Network:
    """The network that this device is in: the hardware address of its router, and of all that answered, router too."""

    router: str = field(repr=False)
    neighbours: frozenset[str] = field(repr=False)


class Neighbours:
    """The neighbour table, looked at once a minute."""

    def __init__(
        self,
        look: Callable[[], Network | None],
        memory: NeighbourMemory,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take what tells the table, and what is remembered of it."""
        self._look, self._memory, self._now = look, memory, now
        self._elsewhere = ""
        if not aiooui.is_loaded():
            asyncio.run(aiooui.async_load())  # the register of makers, out of the package's own file

    def poll(self, _scene: Scene) -> Sequence[Sign]:
        """Return what is new."""
        network = self._look()
        if network is None:
            return ()
        now, name = self._now(), self._memory.id_of("network", network.router)
        found = self._in(network, name, now)
        self._memory.save()
        return found

    def close(self) -> None:
        """Nothing is held."""

    def _in(self, network: Network, name: str, now: datetime) -> Sequence[Sign]:
        first = not self._memory.devices
        if not self._memory.is_home(name, now.date()):
            return self._not_home(name)
        self._elsewhere = ""
        new = {}
        for hardware in sorted(network.neighbours):
            device = self._memory.id_of("device", hardware)
            if self._memory.meet(device, now):
                new[device] = _kind(hardware, router=hardware == network.router)
        met = _learned(new, name) if first else [_new(device, kind, name) for device, kind in new.items()]
        return [*met, *self._daily(network, name, now)]

    def _not_home(self, name: str) -> Sequence[Sign]:
        if name == self._elsewhere:
            return ()
        self._elsewhere = name
        text = "This device is in another network than the household's; devices there are not looked at."
        return (Sign("network-other", text, {"network": name}),)

    def _daily(self, network: Network, name: str, now: datetime) -> Sequence[Sign]:
        """List once a day who was there since the day before; the first list comes with the first look."""
        today = now.date().isoformat()
        before, self._memory.reported = self._memory.reported, today
        if before in ("", today):
            return ()
        seen = self._memory.seen_since(now - _DAY)
        kinds = {self._memory.id_of("device", one): _kind(one, router=False) for one in network.neighbours}
        told = [(device, _dated(known, kinds.get(device, ""))) for device, known in seen.items()]
        text = f"Devices in the household's network within the last day: {len(told)}, with first and last sight."
        return (Sign("neighbours-seen", text, {"network": name, **dict(told[-MOST_LISTED:])}),)


def _learned(new: dict[str, str], network: str) -> Sequence[Sign]:
    text = f"Devices in the household's network at the first look: {len(new)}. New ones are told from now on."
    return (Sign("neighbours-learned", text, {"network": network, **dict(list(new.items())[:MOST_LISTED])}),)


def _new(device: str, kind: str, network: str) -> Sign:
    text = (
        f"A device was seen in the household's network for the first time ({kind}). It may be a visitor's, a household "
        "appliance, or one that was not declared."
    )
    return Sign("device-seen-first", text, {"device": device, "kind": kind, "network": network}, 1)


def _kind(hardware: str, *, router: bool) -> str:
    """Return what the address says: the maker it is registered to, or that it was made up (IEEE 802: second bit)."""
    randomised = int(hardware[:2], 16) & 2
    maker = RANDOMISED if randomised else (aiooui.get_vendor(hardware) or UNKNOWN)[:_MAKER]
    return f"router, {maker}" if router else maker


def _dated(known: Known, kind: str) -> str:
    return f"{known.first} {known.last} {kind}".rstrip()
