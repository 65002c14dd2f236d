"""Turns a picture that was copied (PNG) into pixels, with a bound before anything is decoded."""

import struct

import cv2
import numpy as np

from agent.ports import Pixels

MOST_BYTES = 32 * 2**20
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1920
"""Pixels: what is larger is made smaller; hashes of pictures do not mind."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = 24


def decoded(data: bytes) -> Pixels | None:
    """Return blue, green, red, unused; None for what is no PNG, damaged, or claims more pixels than are decoded."""
    if len(data) < _HEAD or not data.startswith(_SIGNATURE):
        return None
    width, height = struct.unpack(">II", data[16:_HEAD])  # the first chunk of every PNG begins with them
    if width * height > MOST_PIXELS:
        return None
    try:
        colour = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if colour is None else _with_room(np.asarray(colour, np.uint8))


def _with_room(colour: Pixels) -> Pixels:
    height, width = colour.shape[:2]
    share = LONGEST_SIDE / max(height, width)
    if share < 1:
        size = (max(1, round(width * share)), max(1, round(height * share)))
        colour = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA), np.uint8)
