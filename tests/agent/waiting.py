"""Waits for a condition instead of sleeping."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], object], seconds: float) -> bool:
    """Return whether it came to hold within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
