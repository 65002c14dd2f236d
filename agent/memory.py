"""Gives memory back to the system: pictures come and go by the megabyte, and the C library keeps what they leave."""

import time

from agent.platforms import give_back_memory

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
            give_back_memory()
