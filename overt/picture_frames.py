"""What a picture file holds beyond its first picture: frames of an animation, pages of a scan. Bounded in memory."""

from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from engine.image.pixels import MOST_PIXELS, Pixels
from overt.picture_sizes import claimed_size

MOST_FRAMES = 64
"""So many pictures of a file are looked at, and fewer where they are large."""
_ANIMATED = (b"GIF8", b"RIFF", b"\x89PNG")
_PAGED = (b"II*\0", b"MM\0*")


def frames_at_most(data: bytes) -> int:
    """Return how many pictures of a file are decoded, the first included."""
    width, height = claimed_size(data) or (MOST_PIXELS, 1)
    return max(1, min(MOST_FRAMES, MOST_PIXELS // max(1, width * height)))


def further(data: bytes) -> Iterator[tuple[str, Pixels]]:
    """Yield “frame 2” and so on, or “page 2”, with its pixels; nothing for a file of one picture, or a damaged one."""
    most = frames_at_most(data)
    if most == 1 or not (_may_move(data) or data.startswith(_PAGED)):
        return
    row = np.frombuffer(data, np.uint8)[None, :]
    try:
        word, found = ("page", _pages(row, most)) if data.startswith(_PAGED) else ("frame", _frames(row, most))
    except cv2.error:
        return
    for number, pixels in enumerate(found[1:], 2):
        yield f"{word} {number}", np.asarray(pixels, np.uint8)


def _may_move(data: bytes) -> bool:
    """Return whether a file may be an animation: nearly all PNG and WebP files hold one picture, and say so early."""
    if data.startswith(b"\x89PNG"):
        return b"acTL" in data[:4096]
    if data.startswith(b"RIFF"):
        return b"ANIM" in data[:64]
    return data.startswith(_ANIMATED)


def _frames(row: np.ndarray[Any, Any], most: int) -> Sequence[Any]:
    done, animation = cv2.imdecodeanimation(row, 0, most)
    return animation.frames if done else ()


def _pages(row: np.ndarray[Any, Any], most: int) -> Sequence[Any]:
    done, pages = cv2.imdecodemulti(row, cv2.IMREAD_COLOR, range=(0, most))
    return pages if done else ()
