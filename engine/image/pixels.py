"""What an image array may be: the one place that checks shape, depth and size before any arithmetic."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import PictureError

Pixels = NDArray[np.uint8]
"""Height x width x 3 (blue, green, red) or x 4 (with alpha or padding), or height x width for grey."""

MOST_PIXELS = 100_000_000
"""More is refused: a 4K screen has 8 million, the largest cameras about 100 million."""


def checked(pixels: NDArray[Any]) -> Pixels:
    """Return the array if it is a picture; raise `PictureError` with what is wrong and what to do."""
    if pixels.dtype != np.uint8:
        raise PictureError(f"samples are {pixels.dtype}, expected uint8: scale them to 8 bits first")
    if pixels.ndim not in {2, 3} or (pixels.ndim == 3 and pixels.shape[2] not in {3, 4}):
        raise PictureError(f"shape {pixels.shape} is no picture: expected height x width, or x 3, or x 4")
    if 0 in pixels.shape:
        raise PictureError(f"shape {pixels.shape} holds no pixel")
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise PictureError(f"shape {pixels.shape} has more than {MOST_PIXELS:,} pixels: scale it down first")
    return pixels


def grey(pixels: NDArray[Any]) -> Pixels:
    """Return the luminance, height x width (ITU-R BT.601 weights, as every published PDQ does)."""
    picture = checked(pixels)
    if picture.ndim == 2:
        return picture
    code = cv2.COLOR_BGR2GRAY if picture.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(picture, code), dtype=np.uint8)


def colour(pixels: NDArray[Any]) -> Pixels:
    """Return blue, green, red, height x width x 3."""
    picture = checked(pixels)
    if picture.ndim == 3 and picture.shape[2] == 3:
        return picture
    code = cv2.COLOR_GRAY2BGR if picture.ndim == 2 else cv2.COLOR_BGRA2BGR
    return np.asarray(cv2.cvtColor(picture, code), dtype=np.uint8)
