"""What the agent needs of the world, as small protocols. Platforms implement them; tests implement them too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from agent.signs.sign import Sign
from engine.observation import Provenance
from engine.verdict import Finding
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

    def overlap(self, other: "Rectangle") -> "Rectangle | None":
        """Return what both cover; None where that is nothing."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rectangle(left, top, right - left, bottom - top) if right > left and bottom > top else None

    def moved(self, across: int, down: int) -> "Rectangle":
        """Return the same rectangle elsewhere."""
        return Rectangle(self.left + across, self.top + down, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Frame:
    """What one monitor showed. `place` is the monitor's on the desktop."""

    monitor: int
    place: Rectangle
    pixels: Pixels = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class WindowInfo:
    """A window; None for what the system does not tell. Windows are the same when program and title are."""

    app: str | None = field(default=None, repr=False)
    title: str | None = field(default=None, repr=False)
    place: Rectangle | None = field(default=None, compare=False)
    """Where it is on the desktop, in pixels."""
    process: int | None = field(default=None, compare=False)
    withheld: bool = field(default=False, compare=False)
    """Whether it keeps itself out of pictures of the screen, as far as the system tells."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A text that a source gives, with where it came from. None: not known."""

    text: str = field(repr=False)
    source: str
    """The adapter's name, as records spell it: `typed`, `clipboard`, `accessibility`, …"""
    provenance: Provenance
    window: WindowInfo = WindowInfo()
    url: str | None = field(default=None, repr=False)
    monitor: int | None = None
    fresh: tuple[tuple[int, int], ...] | None = None
    """What of the text was not given before, as start and end; the rest is context. None: all of it."""


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture that a source gives, which need not be on the screen."""

    pixels: Pixels = field(repr=False, compare=False)
    source: str
    provenance: Provenance
    window: WindowInfo = WindowInfo()


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file that is in sets of known ones."""

    path: str = field(repr=False)
    medium: str = field(repr=False)
    """Where the medium that it lies on is mounted."""
    findings: tuple[Finding, ...]
    source: str
    provenance: Provenance


Given: TypeAlias = Seen | SeenPicture | SeenFile | Sign
"""What a source gives. A sign is something that it says of the device, which goes into the record as it is."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a source may know of the moment in which it is asked."""

    window: WindowInfo
    """The window in focus."""
    frames: tuple[Frame, ...] = field(default=(), repr=False)

    @classmethod
    def nowhere(cls) -> "Scene":
        """Return a scene of which nothing is known."""
        return cls(WindowInfo())


class Source(Protocol):
    """Gives what was seen since it was asked last. It may raise anything: it is quarantined then."""

    def poll(self, scene: Scene) -> Sequence[Given]:
        """Return what is new, without waiting."""

    def close(self) -> None:
        """Give everything back."""


@runtime_checkable
class Waking(Protocol):
    """A source that knows when there may be something new, so that it need not be asked again and again."""

    def wait(self, least: float, most: float) -> None:
        """Wait until then, at most `most` seconds; `least` where it must look again soon although nothing tells."""

    def wake(self) -> None:
        """End the waiting. Another thread calls this."""


class Screen(Protocol):
    """Takes pictures of every monitor."""

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame for each monitor, taken now.

        Raises:
            UnseenError: the system gives none now; it is asked again.
            PlatformError: the screen is lost.
        """

    def close(self) -> None:
        """Give everything back."""


class Windows(Protocol):
    """Knows the windows of this session."""

    def focused(self) -> WindowInfo:
        """Return the window in focus now."""

    def shown(self) -> tuple[WindowInfo, ...]:
        """Return the windows that can be seen, lowest first, with their places; empty where that is not known."""

    def close(self) -> None:
        """Give everything back."""


class SessionState(Enum):
    """What is in front of the person."""

    OPEN = "open"
    LOCKED = "locked"
    OTHER_ACCOUNT = "other-account"
    """Another account's session is in front."""
    SECURE_DESKTOP = "secure-desktop"
    """A screen of the system's own that no program may see."""


class Session(Protocol):
    """Knows whether somebody uses this session."""

    def idle_seconds(self) -> float | None:
        """Return how long nobody touched keyboard or pointer; None where the system does not tell."""

    def state(self) -> SessionState:
        """Return what is in front; OPEN where the system does not tell."""

    def close(self) -> None:
        """Give everything back."""


class Badge(Protocol):
    """Shows at all times that the device is monitored."""

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        """Return whether the badge can be seen in these very pixels."""


class Notice(Badge, Protocol):
    """Tells the person that the device is monitored, and proves that this can be seen."""

    def acknowledged(self) -> bool:
        """Return whether the person pressed “I have read this”."""

    @property
    def opening(self) -> bool:
        """Whether a window of it was opened that has not come up yet, and still may."""

    def keep_up(self) -> bool:
        """Bring notice or badge back if it was closed or killed; return whether it was."""

    def renew(self) -> None:
        """Open the badge's window anew, where it belongs."""

    def tell(self, state: str, last_report: str | None) -> None:
        """Tell the person's window how things stand."""

    def notes(self) -> Sequence[str]:
        """Return the notes that the person wrote since the last call."""

    def pulse(self) -> None:
        """Have the badge change some pixels, which proves that pictures of the screen are fresh."""

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


@dataclass(frozen=True, slots=True)
class FetchedCheckpoint:
    """A checkpoint as the server gave it, not yet believed, and the proof that it goes on from an older one."""

    note: bytes
    proof: tuple[bytes, ...]


class Transport(Protocol):
    """Speaks to the server. Every method raises DeliveryError."""

    def fetch_authority(self) -> bytes | None:
        """Return the newest authority file; None where there is none."""

    def fetch_withdrawal(self) -> bytes | None:
        """Return the withdrawal of the newest authority; None where it was not withdrawn."""

    def fetch_handover(self) -> bytes | None:
        """Return the hand-over to another server; None where there is none."""

    def follow_handover(self, digest: str) -> bool:
        """Say that the hand-over of this digest is followed; False where it was taken back."""

    def fetch_checkpoint(self, size: int) -> FetchedCheckpoint | None:
        """Return the newest checkpoint, with the proof from that of `size` records; None where there is none."""

    def fetch_update(self, running: int, path: str) -> bytes:
        """Return a file of the case's signed sets; `running` is the version in use. Raises FileNotFoundError."""

    def put_record(self, epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        """Deliver a record; `missing` says how many before it will never come. Raises GapError where some could."""

    def close(self) -> None:
        """Give everything back."""
