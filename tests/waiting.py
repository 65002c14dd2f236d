"""Waits for a condition instead of sleeping."""

import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds: long enough for a loaded machine. Only a bar that says how soon something must be has less."""


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Return whether it came to hold within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
