"""Gives memory back to the system: pictures come and go by the megabyte, and the C library keeps what they leave."""

import ctypes
import sys
import time
from collections.abc import Callable
from functools import cache

PAUSE = 15.0
"""Seconds between two times; one takes a few milliseconds."""


class GivingBack:
    """Does it now and then."""

    def __init__(self) -> None:
        """Begin."""
        self._due = time.monotonic() + PAUSE

    def step(self) -> None:
        """Give back what is free, where it is time to."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + PAUSE
            _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    """Return glibc's malloc_trim(3), or nothing to do where there is another library."""
    if sys.platform != "linux":
        return lambda _: None
    try:
        found: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        return lambda _: None
    return found
