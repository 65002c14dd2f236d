"""How many requests an address, an account or a device may make in a minute; who asks more is told when to come back.

Counted in the memory of each process: several processes behind a proxy allow that many times as much. Guessing
passphrases and codes is limited besides, in the database: an account and a code close after five wrong tries.
"""

import math
import time
from enum import Enum

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from server_stub.errors import BusyError
from server_stub.settings import RateSettings


class Caller(Enum):
    """By what a caller is known."""

    ADDRESS = "address"
    ACCOUNT = "account"
    DEVICE = "device"


class Rates:
    """Counts requests."""

    def __init__(self, settings: RateSettings) -> None:
        """Allow what the settings say."""
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._allowed = {
            Caller.ADDRESS: RateLimitItemPerMinute(settings.address),
            Caller.ACCOUNT: RateLimitItemPerMinute(settings.account),
            Caller.DEVICE: RateLimitItemPerMinute(settings.device),
        }

    def count(self, caller: Caller, name: str) -> None:
        """Count a request; raises BusyError where it is one too many."""
        allowed = self._allowed[caller]
        if not self._limiter.hit(allowed, caller.value, name):
            reset = self._limiter.get_window_stats(allowed, caller.value, name).reset_time
            raise BusyError(
                f"more than {allowed.amount} requests in a minute", seconds=max(1, math.ceil(reset - time.time()))
            )
