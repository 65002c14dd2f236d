"""How a screen looks, as one number: two that differ in a few of 64 bits look the same to a person."""

from collections.abc import Sequence

import cv2
import numpy as np

from agent.ports import Frame
from engine.image.hashing import phash

_WIDTH, _HEIGHT = 256, 144


def look_of(frames: Sequence[Frame]) -> int | None:
    """Return the perceptual hash (64-bit pHash) of all monitors side by side; None without a frame."""
    if not frames:
        return None
    small = [
        cv2.cvtColor(cv2.resize(one.pixels, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), cv2.COLOR_BGRA2BGR)
        for one in frames
    ]
    return int.from_bytes(phash(np.ascontiguousarray(np.hstack(small))))
