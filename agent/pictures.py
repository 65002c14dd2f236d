"""Turns frames into the pictures of a capture: JPEG of every monitor, and one small overview."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from agent.ports import Frame, Pixels

QUALITY = 80
"""JPEG quality: text of 10 px stays readable, a 1920 x 1080 page takes 200 to 400 kB."""
THUMB_WIDTH = 320
THUMB_QUALITY = 70
SMALL_WIDTH = 1280
"""Pixels: what led up to a capture is seen, mostly readable, and takes a quarter of the room."""
SMALL_QUALITY = 60
MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture; sizes in pixels."""

    data: bytes = field(repr=False)
    width: int
    height: int


def frame_picture(frame: Frame) -> Picture:
    """Encode what one monitor showed."""
    return _encode(frame.pixels, QUALITY)


def thumbnail(frame: Frame) -> Picture:
    """Encode a small picture of one monitor."""
    height, width = frame.pixels.shape[:2]
    size = (THUMB_WIDTH, max(1, round(height * THUMB_WIDTH / width)))
    small = cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA)
    return _encode(np.asarray(small, np.uint8), THUMB_QUALITY)


def small_picture(frame: Frame) -> Picture:
    """Encode what one monitor showed before or after a capture, at a half, a third … where it is wider than that."""
    height, width = frame.pixels.shape[:2]
    times = -(-width // SMALL_WIDTH)  # a whole number: quicker by far than any other
    if times == 1:
        return _encode(frame.pixels, SMALL_QUALITY)
    size = (width // times, max(1, height // times))
    return _encode(np.asarray(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA), np.uint8), SMALL_QUALITY)


def _encode(pixels: Pixels, quality: int) -> Picture:
    height, width = pixels.shape[:2]
    colour = cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR)
    done, data = cv2.imencode(".jpg", colour, (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not done:  # JPEG takes any 8-bit picture up to 65,535 pixels wide or high
        raise ValueError(f"a picture of {width} x {height} cannot be encoded as JPEG")
    return Picture(data.tobytes(), width, height)
