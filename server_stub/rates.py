"""How many requests an address, an account or a device may make in a minute; who asks more is told when to come back.

Counted in the memory of each process: several processes behind a proxy allow that many times as much. Guessing
passphrases and codes is limited besides, in the database: an account and a code close after five wrong tries.

A sliding window out of two counters (the minute that runs, and the one before it by the share of it that the last sixty
seconds still cover). Written here because every request passes through it: the `limits` package starts a thread for
each, which cost more than the signature.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from server_stub.errors import BusyError
from server_stub.settings import RateSettings

WINDOW = 60.0
"""Seconds."""


class Caller(Enum):
    """By what a caller is known."""

    ADDRESS = "address"
    ACCOUNT = "account"
    DEVICE = "device"


@dataclass(slots=True)
class _Count:
    """What one caller asked in a minute and in the one before."""

    minute: int
    now: int = 0
    before: int = 0

    def move_to(self, minute: int) -> None:
        """Begin a minute, if it is not this one."""
        if minute != self.minute:
            self.before = self.now if minute == self.minute + 1 else 0
            self.minute, self.now = minute, 0

    def weight(self, share: float) -> float:
        """Return the requests of the last sixty seconds; `share` of the minute has passed."""
        return self.now + self.before * (1 - share)

    def seconds_until(self, allowed: int, share: float) -> float:
        """Return after how long one more is allowed again, if nobody asks meanwhile."""
        if self.now + 1 <= allowed and self.before:  # the minute before weighs less every second
            return (1 - share - (allowed - 1 - self.now) / self.before) * WINDOW
        return (1 - share + max(0.0, 1 - (allowed - 1) / max(1, self.now))) * WINDOW


class Rates:
    """Counts requests."""

    def __init__(self, settings: RateSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Allow what the settings say."""
        self._allowed = {
            Caller.ADDRESS: settings.address,
            Caller.ACCOUNT: settings.account,
            Caller.DEVICE: settings.device,
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[Caller, str], _Count] = {}
        self._swept = 0

    def count(self, caller: Caller, name: str) -> None:
        """Count a request; raises BusyError where it is one too many."""
        passed, allowed = self._clock() / WINDOW, self._allowed[caller]
        minute, share = int(passed), passed % 1
        with self._lock:
            self._sweep(minute)
            found = self._counts.setdefault((caller, name), _Count(minute))
            found.move_to(minute)
            if found.weight(share) + 1 <= allowed:
                found.now += 1
                return
            wait = found.seconds_until(allowed, share)
        raise BusyError(f"more than {allowed} requests in a minute", seconds=max(1, math.ceil(wait)))

    def _sweep(self, minute: int) -> None:
        """Once a minute, forget who has not asked in this one or the one before: addresses come and go."""
        if minute != self._swept:
            self._swept = minute
            self._counts = {who: one for who, one in self._counts.items() if one.minute >= minute - 1}
