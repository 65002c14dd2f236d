"""Judges the real pixels of every grab: monitors that give nothing but black, pictures that stand still although used.

A system that forbids looking often gives no error but a black or an old picture (python-mss #134, Win32CaptureSample
#86).
"""

from dataclasses import dataclass

import numpy as np

from agent.ports import Frame, Pixels, Rectangle, Screen

STILL = 60.0
"""Seconds of use without a single changed pixel after which the badge is asked to change one."""
ANSWER = 3.0
"""Seconds in which that change must show in the pixels."""
PAUSE = 1.0
"""Seconds between two comparisons: each looks at every pixel."""
_STEP = 37
"""A sparse grid is looked at first: a screen that shows anything at all shows it there, nearly always."""


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """What is known of the last grab."""

    places: tuple[Rectangle, ...] = ()
    black: tuple[int, ...] = ()
    """Numbers of monitors that were all black."""


class JudgedScreen:
    """A screen whose grabs are judged on their way."""

    def __init__(self, screen: Screen) -> None:
        """Look through another screen."""
        self._screen = screen
        self._last: tuple[Frame, ...] = ()
        self.facts = ScreenFacts()

    def grab(self) -> tuple[Frame, ...]:
        """Return what the screen gives, judged; raises PlatformError."""
        frames = self._screen.grab()
        if frames is self._last and frames:
            return frames
        black = tuple(frame.monitor for frame in frames if is_black(frame.pixels))
        self.facts = ScreenFacts(tuple(frame.place for frame in frames), black)
        self._last = frames
        return frames

    @property
    def last(self) -> tuple[Frame, ...]:
        """Return the frames of the last grab."""
        return self._last

    def close(self) -> None:
        """Give the screen back."""
        self._last = ()
        self._screen.close()


class StillnessProbe:
    """Finds a picture that stands still: pixels that do not change even when the badge was asked to change some."""

    def __init__(self) -> None:
        """Begin without a picture."""
        self._before: tuple[Frame, ...] = ()
        self._still = 0.0
        self._uncompared = 0.0
        self._asked = False

    def step(self, frames: tuple[Frame, ...], seconds: float, *, touched: bool) -> bool:
        """Take the frames after some seconds; `touched`: somebody used keyboard or pointer meanwhile.

        Return whether the badge should change now, to prove that pictures are fresh.
        """
        if not touched and not self._asked:
            return False  # a still picture says nothing while nobody does anything
        self._uncompared += seconds
        if self._uncompared < PAUSE:
            return False
        seconds, self._uncompared = self._uncompared, 0.0
        if differ(self._before, frames):
            self._before, self._still, self._asked = frames, 0.0, False
            return False
        self._still += seconds
        if self._still >= STILL and not self._asked:
            self._asked = True
            return True
        return False

    @property
    def frozen(self) -> bool:
        """Whether pictures stood still although the badge had changed."""
        return self._asked and self._still >= STILL + ANSWER


def is_black(pixels: Pixels) -> bool:
    """Return whether no pixel has any colour."""
    return not pixels[::_STEP, ::_STEP, :3].any() and not pixels[..., :3].any()


def differ(before: tuple[Frame, ...], after: tuple[Frame, ...]) -> bool:
    """Return whether anything at all changed between two grabs."""
    if before is after:
        return False
    if len(before) != len(after):
        return True
    pairs = zip(before, after, strict=True)
    return any(one.place != two.place or not same(one.pixels, two.pixels) for one, two in pairs)


def same(one: Pixels, two: Pixels) -> bool:
    """Return whether two pictures are equal in every pixel."""
    return one.shape == two.shape and np.array_equal(one.view(np.uint32), two.view(np.uint32))
