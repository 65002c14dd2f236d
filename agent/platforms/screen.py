"""Pictures of every monitor through mss: XShm on X11, GDI on Windows, Quartz on macOS (the last two not yet run)."""

import os
import sys
import time

import mss
import mss.exception
import numpy as np

from agent.errors import PlatformError
from agent.ports import Frame, Rectangle

PAUSE = 2.0
"""Seconds between two looks at the list of monitors; one costs half a millisecond."""


class MssScreen:
    """Every monitor of this session."""

    def __init__(self) -> None:
        """Open the screen; raises PlatformError where there is none."""
        if sys.platform == "linux" and not os.environ.get("DISPLAY"):
            raise PlatformError(
                "There is no display: DISPLAY is not set.",
                hint="Start the agent inside a desktop session.",
            )
        self._grabber = self._open()
        self._compared = time.monotonic()

    def grab(self) -> tuple[Frame, ...]:
        """Return one frame for each monitor. After a monitor was plugged in or out everything is opened anew."""
        if time.monotonic() - self._compared >= PAUSE:
            self._compare()
        try:
            return self._grab()
        except mss.exception.ScreenShotError:
            self.close()
            self._grabber = self._open()
        try:
            return self._grab()
        except mss.exception.ScreenShotError as problem:
            raise PlatformError("The screen cannot be read any more.", hint="Is the session still there?") from problem

    def _compare(self) -> None:
        """Open anew where the monitors differ: mss reads their list once, and a new one would never be seen."""
        self._compared = time.monotonic()
        try:
            with mss.MSS() as other:
                if other.monitors == self._grabber.monitors:
                    return
        except mss.exception.ScreenShotError:
            return  # the grab that follows says what is wrong
        self.close()
        self._grabber = self._open()

    def close(self) -> None:
        """Give the connection back."""
        self._grabber.close()

    def _grab(self) -> tuple[Frame, ...]:
        frames = []
        for number, monitor in enumerate(self._grabber.monitors[1:]):
            shot = self._grabber.grab(monitor)
            pixels = np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)
            place = Rectangle(monitor["left"], monitor["top"], shot.width, shot.height)
            frames.append(Frame(number, place, pixels))
        return tuple(frames)

    def _open(self) -> mss.MSS:
        try:
            return mss.MSS()
        except mss.exception.ScreenShotError as problem:
            raise PlatformError(
                "The display cannot be opened.", hint="Is DISPLAY right, and may this account use it?"
            ) from problem
