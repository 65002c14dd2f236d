"""Waits for a condition instead of sleeping."""

import time
from collections.abc import Callable

PATIENCE = 90.0
"""Seconds: long enough for a machine on which ten others run their tests. What comes at once costs nothing of it."""


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Return whether it came to hold within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
