"""What the agent needs of the world, as small protocols. Platforms implement them; tests implement them too."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from evidence.receipt import SignedReceipt

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Height x width x 4: blue, green, red, unused; one byte each."""


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle in pixels; left and top may be negative on a desktop of several monitors."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column outside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row outside."""
        return self.top + self.height

    def union(self, other: "Rectangle") -> "Rectangle":
        """Return the smallest rectangle around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Rectangle(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)


@dataclass(frozen=True, slots=True)
class Frame:
    """What one monitor showed. `place` is the monitor's on the desktop."""

    monitor: int
    place: Rectangle
    pixels: Pixels = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class WindowInfo:
    """The window in focus; None for what the system does not tell."""

    app: str | None = field(default=None, repr=False)
    title: str | None = field(default=None, repr=False)


class Screen(Protocol):
    """Takes pictures of every monitor."""

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame for each monitor, taken now; raises PlatformError."""

    def close(self) -> None:
        """Give everything back."""


class Windows(Protocol):
    """Knows which window is in focus."""

    def focused(self) -> WindowInfo:
        """Return the window in focus now."""

    def close(self) -> None:
        """Give everything back."""


class Notice(Protocol):
    """Tells the person that the device is monitored, and proves that this can be seen."""

    def acknowledged(self) -> bool:
        """Return whether the person pressed “I have read this”."""

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        """Return whether the badge can be seen in these very pixels."""

    def keep_up(self) -> None:
        """Bring the badge back if it was closed or killed."""

    def close(self) -> None:
        """Take notice and badge down."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware."""

    def monotonic_ns(self) -> int:
        """Return nanoseconds that never go back while the system runs."""

    def wait(self, seconds: float) -> None:
        """Pause, or return earlier when the agent is told to stop."""


class Transport(Protocol):
    """Speaks to the server. Both methods raise DeliveryError."""

    def fetch_authority(self) -> bytes | None:
        """Return the newest authority file; None where there is none."""

    def put_record(self, epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        """Deliver a record; `missing` says how many before it will never come. Raises GapError where some could."""

    def close(self) -> None:
        """Give everything back."""
