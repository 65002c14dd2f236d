"""Where a screen changes from pixel to pixel: shares of change a row and a column, and the groups of dense blocks.

Interfaces are flat: most pixels equal their neighbour exactly. Photographs are not.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.backdrop import Box
from engine.image.pixels import Pixels

BLOCK = 16
STEP = 10
"""A grey level difference that counts as a step."""
_DENSE = 0.55
"""Share of pixels that differ from a neighbour, in a block that belongs to a picture."""
_EVERY = 4
"""Along the axis that is summed up, every so many lines are counted: a quarter of the work, the same shares."""

TEXTURED = 0.25
"""Share of pixels that differ from a neighbour, from which on a rectangle looks like a photograph."""
Shares = NDArray[np.float64]


class Texture:
    """The changes of one screen. Sums come from integral images, so asking costs only what the sides of a box cost."""

    def __init__(self, luminance: Pixels) -> None:
        self.height, self.width = luminance.shape
        across, down = np.empty_like(luminance), np.empty_like(luminance)
        across[:, 0], down[0] = 0, 0
        cv2.absdiff(luminance[:, 1:], luminance[:, :-1], dst=across[:, 1:])
        cv2.absdiff(luminance[1:], luminance[:-1], dst=down[1:])
        self._changed = _over(cv2.bitwise_or(across, down), 0)
        thin, narrow = slice(None, None, _EVERY), (slice(None), slice(None, None, _EVERY))
        self._columns = cv2.integral(_over(down[thin], 0))
        self._column_steps = cv2.integral(_over(across[thin], STEP))
        self._rows = cv2.integral(_over(np.ascontiguousarray(across[narrow]), 0))
        self._row_steps = cv2.integral(_over(np.ascontiguousarray(down[narrow]), STEP))

    def columns(self, box: Box) -> Shares:
        """Return the share of pixels in each column of a box that differ from the one above."""
        return _column_shares(self._columns, box)

    def column_steps(self, box: Box) -> Shares:
        """Return the share in each column that differ by a step from the one to the left."""
        return _column_shares(self._column_steps, box)

    def rows(self, box: Box) -> Shares:
        """Return the share of pixels in each row of a box that differ from the one to the left."""
        return _row_shares(self._rows, box)

    def row_steps(self, box: Box) -> Shares:
        """Return the share in each row that differ by a step from the one above."""
        return _row_shares(self._row_steps, box)

    def share(self, box: Box) -> float:
        """Return the share of pixels of a box that differ from a neighbour."""
        left, top, right, bottom = box
        return cv2.countNonZero(self._changed[top:bottom, left:right]) / ((right - left) * (bottom - top))

    def groups(self, least_side: int) -> Iterator[Box]:
        """Yield boxes around connected dense blocks, a block wider on each side, the largest first."""
        rows, columns = self.height // BLOCK, self.width // BLOCK
        whole = self._changed[: rows * BLOCK, : columns * BLOCK] * np.uint8(255)
        dense = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA) > 255 * _DENSE
        mask = cv2.morphologyEx(dense.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for at in sorted(range(1, count), key=lambda i: -int(stats[i][4])):
            left, top, width, height = (int(value) for value in stats[at][:4])
            if min(width, height) * BLOCK >= least_side:
                yield (
                    max(0, (left - 1) * BLOCK),
                    max(0, (top - 1) * BLOCK),
                    min(self.width, (left + width + 1) * BLOCK),
                    min(self.height, (top + height + 1) * BLOCK),
                )


def is_textured(luminance: Pixels) -> bool:
    """Return whether a rectangle looks like a photograph: in panels with words most pixels equal their neighbours."""
    if min(luminance.shape) < 2:
        return False
    inner = luminance[1:, 1:]
    differs = cv2.bitwise_or(cv2.absdiff(inner, luminance[1:, :-1]), cv2.absdiff(inner, luminance[:-1, 1:]))
    return cv2.countNonZero(differs) >= TEXTURED * inner.size


def _over(values: NDArray[Any], limit: int) -> Pixels:
    return np.asarray(cv2.threshold(values, limit, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _column_shares(total: NDArray[Any], box: Box) -> Shares:
    left, top, right, bottom = box
    first, last = -(-top // _EVERY), -(-bottom // _EVERY)
    return np.asarray(np.diff(total[last, left : right + 1] - total[first, left : right + 1]) / max(1, last - first))


def _row_shares(total: NDArray[Any], box: Box) -> Shares:
    left, top, right, bottom = box
    first, last = -(-left // _EVERY), -(-right // _EVERY)
    return np.asarray(np.diff(total[top : bottom + 1, last] - total[top : bottom + 1, first]) / max(1, last - first))
