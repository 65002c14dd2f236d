"""The system's clock, and the name of this run of the system (its boot)."""

import sys
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """Wall clock and monotonic clock. `stop` ends the present wait and every later one."""

    def __init__(self) -> None:
        """Start with nothing asked to stop."""
        self._stopped = threading.Event()

    def now(self) -> datetime:
        """Return the wall clock's time, aware."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never go back while the system runs."""
        return time.monotonic_ns()

    def asleep_ns(self) -> int:
        """Return how many nanoseconds the system has slept since it was started; 0 where it does not tell."""
        if sys.platform == "linux":
            return max(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC))
        if sys.platform == "darwin":  # not yet run
            return max(0, time.clock_gettime_ns(time.CLOCK_MONOTONIC) - time.clock_gettime_ns(time.CLOCK_UPTIME_RAW))
        return 0

    def wait(self, seconds: float) -> None:
        """Pause, or return earlier when told to stop."""
        self._stopped.wait(seconds)

    def stop(self) -> None:
        """Have everything that waits on this clock come to its end."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stopped.is_set()


def boot_id() -> str:
    """Return an opaque name that changes with every start of the system."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return sha256(f"{psutil.boot_time():.0f}".encode()).hexdigest()[:32]
