"""How a screen looks, as one number: two that differ in a few of 256 bits look the same to a person.

PDQ, because the coarser pHash takes two white pages of text for one: five pages of the demo differed in
70 bits and more from one another, and each from itself with a counter drawn on it in 8 to 16.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from agent.ports import Frame
from engine.image.hashing import pdq

_WIDTH, _HEIGHT = 256, 144


def look_of(frames: Sequence[Frame]) -> int | None:
    """Return the perceptual hash (PDQ, 256 bits) of all monitors side by side; None without a frame."""
    if not frames:
        return None
    small = [
        cv2.cvtColor(cv2.resize(one.pixels, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), cv2.COLOR_BGRA2BGR)
        for one in frames
    ]
    return int.from_bytes(pdq(np.ascontiguousarray(np.hstack(small)))[0])
