"""Tells whether anything was drawn on an X display (the Damage extension), so that a still screen need not be grabbed.

Some drivers draw without telling. So the screen is grabbed once in a while all the same, and a display on which that
shows something new that nobody told is not believed any more.
"""

import time

import numpy as np
import xcffib
import xcffib.damage
import xcffib.xfixes

from agent.errors import PlatformError
from agent.platforms.x11_connection import connect
from agent.ports import Frame, Rectangle, Screen

CHECK = 2.0
"""Seconds after which the screen is grabbed although nothing is said to have been drawn."""


class X11Damage:
    """What was drawn on the display since it was asked last."""

    def __init__(self) -> None:
        """Ask to be told; raises PlatformError where this display does not tell."""
        try:
            self._connection = connect()
            self._damage = self._connection(xcffib.damage.key)
            self._damage.QueryVersion(1, 1).reply()
            self._connection(xcffib.xfixes.key).QueryVersion(5, 0).reply()
            self._id = self._connection.generate_id()
            root = self._connection.get_setup().roots[0].root
            self._damage.Create(self._id, root, xcffib.damage.ReportLevel.NonEmpty, is_checked=True).check()
        except xcffib.XcffibException as problem:
            raise PlatformError("This display does not tell what is drawn on it (DAMAGE is missing).") from problem

    def drawn(self) -> bool:
        """Return whether anything was drawn between the last call and this one; raises PlatformError."""
        try:
            self._connection.core.GetInputFocus().reply()  # whatever was drawn by now has been told when this answers
            told = False
            while self._connection.poll_for_event() is not None:
                told = True
            if told:  # it tells once, until what it told is taken back: that must be done before the screen is grabbed
                self._damage.Subtract(self._id, 0, 0, is_checked=True).check()
        except xcffib.XcffibException as problem:
            raise PlatformError("The display no longer tells what is drawn on it.") from problem
        return told

    def close(self) -> None:
        """Disconnect."""
        self._connection.disconnect()


class DamagedScreen:
    """A screen that is grabbed when something was drawn. While nothing was, a grab returns the same frames again."""

    def __init__(self, screen: Screen, damage: X11Damage) -> None:
        """Look through a screen; take what tells of drawing on it."""
        self._screen, self._damage = screen, damage
        self._last: tuple[Frame, ...] = ()
        self._due = float("-inf")
        self.believed = True
        """Whether the display tells of all that is drawn."""

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame for each monitor; raises PlatformError."""
        drawn = not self._last or not self.believed or self._drawn()
        if not drawn and time.monotonic() < self._due:
            return self._last
        frames = self._screen.grab()
        self._due = time.monotonic() + CHECK
        if drawn or _places(frames) != _places(self._last):
            self._last = frames
        elif not _same(frames, self._last):
            self._last = frames
            self.believed = self._told_late()
        return self._last

    def close(self) -> None:
        """Give everything back."""
        self._last = ()
        self._damage.close()
        self._screen.close()

    def _drawn(self) -> bool:
        try:
            return self._damage.drawn()
        except PlatformError:
            self.believed = False
            return True

    def _told_late(self) -> bool:
        """Return whether what is new was drawn while it was grabbed, and is told now."""
        try:
            return self._damage.drawn()
        except PlatformError:
            return False


def _places(frames: tuple[Frame, ...]) -> list[Rectangle]:
    return [frame.place for frame in frames]


def _same(one: tuple[Frame, ...], two: tuple[Frame, ...]) -> bool:
    pairs = zip(one, two, strict=True)
    return all(np.array_equal(a.pixels.view(np.uint32), b.pixels.view(np.uint32)) for a, b in pairs)
