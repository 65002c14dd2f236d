"""Which devices were seen in the household's network, under ids that mean nothing outside of this device and case.

An id is a keyed hash of a device's hardware address; its key is drawn here, stays here, and is another for each case.
"""

import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from agent.state import write_replaced

MOST_DEVICES = 1_000
MOST_NETWORKS = 50
HOME_DAYS = 3
"""Days on which this device was in another network than its first, from which that one is the household's too."""
_LIMIT = 2**20
_SALT = 32


@dataclass(slots=True)
class Known:
    """A device that was seen: first and last, as RFC 3339 in whole minutes."""

    first: str
    last: str


class NeighbourMemory:
    """What is remembered, in one file that the state folder takes with it when it goes."""

    def __init__(self, file: Path | None, case: str, entropy: Callable[[int], bytes]) -> None:
        """Begin anew where there is no file, a damaged one, or another case's."""
        self._file, self._case = file, case
        self._salt = entropy(_SALT)
        self.devices: dict[str, Known] = {}
        self._networks: dict[str, list[str]] = {}
        self._home: list[str] = []
        self.reported = ""
        """The day of the last daily list."""
        if file is not None:
            self._load(file)

    def id_of(self, kind: str, hardware: str) -> str:
        """Return the id of a device or a network."""
        return hmac.digest(self._salt, f"{kind}\0{hardware}".encode(), "sha256").hex()[:16]

    def is_home(self, network: str, today: date) -> bool:
        """Return whether a network counts as the household's: the first one, and where this device keeps coming."""
        if not self._home:
            self._home.append(network)
        if network in self._home:
            return True
        days = self._networks.setdefault(network, [])
        if today.isoformat() not in days:
            days.append(today.isoformat())
        if len(days) >= HOME_DAYS:
            self._home.append(network)
            del self._networks[network]
        while len(self._networks) > MOST_NETWORKS:
            del self._networks[next(iter(self._networks))]
        return network in self._home

    def meet(self, device: str, now: datetime) -> bool:
        """Note that a device is there; return whether it was never seen before."""
        moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        known = self.devices.pop(device, None)
        self.devices[device] = Known(moment if known is None else known.first, moment)
        while len(self.devices) > MOST_DEVICES:
            del self.devices[next(iter(self.devices))]  # the one that was seen longest ago
        return known is None

    def seen_since(self, moment: datetime) -> dict[str, Known]:
        """Return the devices that were seen after a moment."""
        since = (moment - timedelta(minutes=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        return {name: one for name, one in self.devices.items() if one.last >= since}

    def save(self) -> None:
        """Write it; a disk that takes nothing makes devices new again after the next restart."""
        if self._file is None:
            return
        told = {
            "case": self._case,
            "salt": self._salt.hex(),
            "home": self._home,
            "networks": self._networks,
            "reported": self.reported,
            "devices": {name: asdict(one) for name, one in self.devices.items()},
        }
        with suppress(OSError):
            write_replaced(self._file, json.dumps(told).encode())

    def _load(self, file: Path) -> None:
        try:
            told = json.loads(file.read_bytes()[:_LIMIT])
            salt = bytes.fromhex(told["salt"])
            devices = {str(name): Known(str(one["first"]), str(one["last"])) for name, one in told["devices"].items()}
            networks = {str(name): [str(day) for day in days] for name, days in told["networks"].items()}
            home, reported = [str(one) for one in told["home"]], str(told["reported"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return
        if told["case"] == self._case and len(salt) == _SALT:
            self._salt, self.devices, self._networks = salt, devices, networks
            self._home, self.reported = home, reported
