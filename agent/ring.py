"""What the screen showed in the last minute, small and few, in memory only: the frames before a capture.

A frame waits until accessibility had time to tell the addresses on it, so that what is excluded by address is masked
before it is kept. A screen that stays the same is kept once, with how long it stayed.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from agent.exclusions import Exclusions
from agent.pictures import Picture, small_picture
from agent.ports import Frame, Rectangle, WindowInfo, Windows

SPAN = 60.0
"""Seconds that the memory goes back."""
EVERY = 4.0
"""Seconds between two frames that are kept."""
SETTLED = 2.5
"""Seconds that a frame waits before it is kept: programs tell addresses within 2 seconds, or not at all."""
ALIKE = 6
"""Grey levels that no cell of a small picture may differ by for two screens to count as one."""
_CELLS = (64, 36)

_Cells = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """What one monitor showed, encoded and made smaller."""

    monitor: int
    place: Rectangle
    picture: Picture = field(repr=False)


@dataclass(slots=True)
class _Entry:
    frames: tuple[SmallFrame, ...]
    cells: _Cells
    until: float
    """The last moment at which it was on the screen, monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Frames that were grabbed before the addresses of all that they show can have been told."""

    frames: tuple[Frame, ...]
    shown: Sequence[WindowInfo]
    """The windows that could be seen then; empty where nothing is excluded."""
    at: float

    def settled(self, now: float) -> bool:
        """Return whether all that is told has been told."""
        return now - self.at >= SETTLED


def unsettled(frames: tuple[Frame, ...], exclusions: Exclusions, windows: Windows, now: float) -> Unsettled:
    """Return what the screen shows now, to be masked once more later."""
    return Unsettled(frames, windows.shown() if exclusions.any else (), now)


def small_frames(found: Unsettled, exclusions: Exclusions) -> tuple[SmallFrame, ...]:
    """Return frames that have settled, without what is excluded by now, encoded."""
    frames = exclusions.mask(found.frames, found.shown)
    return tuple(SmallFrame(one.monitor, one.place, small_picture(one)) for one in frames)


class FrameRing:
    """The last minute. Times are seconds of a clock that never goes back."""

    def __init__(self, exclusions: Exclusions, windows: Windows) -> None:
        """Begin empty."""
        self._exclusions, self._windows = exclusions, windows
        self._entries: deque[_Entry] = deque()
        self._waiting: Unsettled | None = None
        self._taken: tuple[Frame, ...] = ()
        self._due = float("-inf")

    def look(self, frames: tuple[Frame, ...], now: float) -> None:
        """Take what the screen shows now, without excluded windows; most looks keep nothing."""
        if self._waiting is not None and self._waiting.settled(now):
            self._keep(self._waiting)
            self._waiting = None
        if self._entries and frames is self._taken and self._waiting is None:
            self._entries[-1].until = now
        if now >= self._due and frames is not self._taken:
            self._waiting = unsettled(frames, self._exclusions, self._windows, now)
            self._taken, self._due = frames, now + EVERY
        while self._entries and self._entries[0].until < now - SPAN:
            self._entries.popleft()

    def before(self, frames: Sequence[Frame], now: float, most: int) -> list[tuple[int, tuple[SmallFrame, ...]]]:
        """Return at most so many screens that came before these frames, oldest first, each with its age in seconds.

        They are spread over what there is; the newest is always among them.
        """
        current = _cells(frames)
        found = [one for one in self._entries if one.until >= now - SPAN and not _alike(one.cells, current)]
        count = min(most, len(found))
        chosen = [found[len(found) - 1 - (step * len(found)) // count] for step in reversed(range(count))]
        return [(max(1, round(now - one.until)), one.frames) for one in chosen]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._waiting, self._taken, self._due = None, (), float("-inf")

    def _keep(self, waiting: Unsettled) -> None:
        cells = _cells(waiting.frames)
        if self._entries and _alike(self._entries[-1].cells, cells):
            self._entries[-1].until = waiting.at
            return
        self._entries.append(_Entry(small_frames(waiting, self._exclusions), cells, waiting.at))


def _cells(frames: Sequence[Frame]) -> _Cells:
    """Return all monitors as a few grey cells, one below the other."""
    if not frames:
        return np.zeros((0, 0), np.int16)
    small = [cv2.resize(one.pixels, _CELLS, interpolation=cv2.INTER_AREA) for one in frames]
    return np.asarray(cv2.cvtColor(np.vstack(small), cv2.COLOR_BGRA2GRAY), np.int16)


def _alike(one: _Cells, other: _Cells) -> bool:
    return one.shape == other.shape and int(np.abs(one - other).max(initial=0)) <= ALIKE
