"""Frames of a video file, evenly over its length: what a few seconds of looking would show."""

import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from engine.errors import PictureError
from engine.image.pixels import MOST_PIXELS, Pixels

SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".3gp", ".3g2", ".mpg", ".mpeg", ".ts", ".mts"}
)
MOST_FRAMES = 40
PATIENCE = 20.0
"""Seconds for one video, of the clock and of the processor; what was not reached by then is told."""
LONGEST = 200.0
"""Seconds of the clock, where the computer does other things meanwhile or the medium is slow."""


def is_video(name: str) -> bool:
    """Return whether a file is a video by its name."""
    return PurePosixPath(name.lower()).suffix in SUFFIXES


def sampled(path: Path) -> Iterator[tuple[float, Pixels]]:
    """Yield a place in seconds and the frame there, at most `MOST_FRAMES`.

    Raises `PictureError` for what cannot be decoded, and, after the frames that were reached, where time ran out.
    """
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        rate, length = video.get(cv2.CAP_PROP_FPS), video.get(cv2.CAP_PROP_FRAME_COUNT)
        size = video.get(cv2.CAP_PROP_FRAME_WIDTH) * video.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if not video.isOpened() or not 0 < size <= MOST_PIXELS:
            raise PictureError("the video cannot be decoded: only its hashes and its name were looked at")
        yield from _evenly(video, rate if 0 < rate < 1000 else 25.0, max(1, int(length)))
    finally:
        video.release()


class _Time:
    """How long one video has been looked at. A computer that is busy with something else has not looked."""

    def __init__(self) -> None:
        self._clock, self._processor = time.monotonic(), time.process_time()

    @property
    def is_up(self) -> bool:
        clock, processor = time.monotonic() - self._clock, time.process_time() - self._processor
        return clock > LONGEST or min(clock, processor) > PATIENCE


def _evenly(video: cv2.VideoCapture, rate: float, length: int) -> Iterator[tuple[float, Pixels]]:
    spent, seen = _Time(), 0
    for number in np.unique(np.linspace(0, length - 1, min(MOST_FRAMES, length)).astype(int)):
        if spent.is_up:
            raise PictureError(f"of the video only {seen} frames were looked at before its time was up")
        video.set(cv2.CAP_PROP_POS_FRAMES, int(number))
        done, pixels = video.read()
        if done:
            seen += 1
            yield float(number / rate), np.asarray(pixels, np.uint8)
    if not seen:
        raise PictureError("no frame of the video can be decoded: only its hashes and its name were looked at")
