"""Remembers the lines of text that were read in each window, by their exact pixels, so that only new ones are read.

A page that is scrolled, a tab that is shown again, a window that comes back: their lines are the same pixels elsewhere.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import cv2
import numpy as np
import numpy.typing as npt

from agent.ports import Rectangle

KEPT = 600.0
"""Seconds for which a line that was read is not read again in its window: as long as its words would be folded."""
MOST_LINES = 20_000
INK = 150
"""Grey level below which a pixel on white paper belongs to a letter."""
LETTERS_APART, LINES_APART = 15, 1
"""Pixels across and down within which letters belong to one run."""
LEAST_HEIGHT = 5
"""Pixels: a dot or a dash alone is no word; it stays where it stands next to a new one."""
NEXT_LINE = 1.6
"""Heights of a line within which the line above or below is kept for the sake of phrases that wrap."""

Grey = npt.NDArray[np.uint8]


@dataclass(slots=True)
class LineMemory:
    """The lines of every window, newest last."""

    _read: dict[tuple[int, bytes], float] = field(default_factory=dict)

    def fresh(self, window: int, paper: Grey, now: float) -> Grey | None:
        """Return the picture with known lines taken away; None where all of its lines were read before.

        `paper` is dark writing on white. What is fresh counts as read from now on.
        """
        boxes = lines(paper)
        keys = [(window, _digest(paper, box)) for box in boxes]
        new = [
            box.height >= LEAST_HEIGHT and now - self._read.get(key, -KEPT) >= KEPT
            for box, key in zip(boxes, keys, strict=True)
        ]
        for key in keys:
            self._read.setdefault(key, now)
        self._read |= {key: now for key, is_new in zip(keys, new, strict=True) if is_new}
        while len(self._read) > MOST_LINES:
            self._read.pop(next(iter(self._read)))
        if not any(new):
            return None
        return _without([box for box, is_new in zip(boxes, new, strict=True) if not is_new], boxes, new, paper)


def lines(paper: Grey) -> list[Rectangle]:
    """Return the runs of writing in a picture, each cut to its ink."""
    ink = (paper < INK).astype(np.uint8)
    runs = cv2.dilate(ink, np.ones((LINES_APART, LETTERS_APART), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    height, width = paper.shape
    found = []
    for left, top, wide, high, _ in stats[1:count].tolist():
        inside = ink[top : top + high, left : left + wide]
        columns = np.flatnonzero(inside.any(axis=0))
        if columns.size:
            found.append(Rectangle(left + int(columns[0]), top, int(columns[-1] - columns[0]) + 1, high))
    return [one for one in found if one.right <= width and one.bottom <= height]


def _digest(paper: Grey, box: Rectangle) -> bytes:
    part = np.ascontiguousarray(paper[box.top : box.bottom, box.left : box.right])
    return blake2b(part.tobytes(), digest_size=12, person=str(part.shape).encode()[:16]).digest()


def _without(known: list[Rectangle], boxes: list[Rectangle], new: list[bool], paper: Grey) -> Grey:
    """Paint known lines white, except those next to a new one, which a phrase may begin or end in."""
    result = paper.copy()
    fresh = [box for box, is_new in zip(boxes, new, strict=True) if is_new]
    for box in known:
        if not any(_next_to(box, other) for other in fresh):
            result[box.top : box.bottom, box.left : box.right] = 255
    return result


def _next_to(one: Rectangle, other: Rectangle) -> bool:
    reach = int(NEXT_LINE * max(one.height, other.height))
    across = min(one.right, other.right) - max(one.left, other.left)
    apart = max(one.top, other.top) - min(one.bottom, other.bottom)
    return across > 0 and apart < reach and abs(one.top - other.top) < 2 * reach
