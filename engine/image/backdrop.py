"""What stands out from the plain colour of a page: rectangles with exact sides, however plain their own edges are.

Pages lie on one or two exact colours. All that is not of that colour is grouped and cut along empty lines; so a drawing
or a sky that is itself nearly plain still ends where the page begins.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.pixels import Pixels

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

_COARSE = 4
"""Groups are found at a quarter of the scale, then trimmed at the full one."""
_LEVELS = 3
_LEAST_SHARE = 0.03
"""A colour of the page covers at least this share of the screen, in places that are exactly plain."""
_SAMPLE = 4
"""Every so many pixels along each axis are counted for that."""
_MOST_GROUPS = 60
_GAP = 2
"""Empty lines that part two pictures."""
_DEEPEST = 6


def standing_out(luminance: Pixels, least_side: int) -> Iterator[Box]:
    """Yield boxes that stand out from a colour of the page, with sides exact to the pixel, largest groups first."""
    for level in _page_levels(luminance):
        differs = np.asarray(cv2.compare(luminance, np.array([level]), cv2.CMP_NE), np.uint8)
        for group in _groups(differs, least_side):
            yield from _cut(differs, group, least_side, 0)


def _page_levels(luminance: Pixels) -> list[int]:
    """Return the grey levels of plain surfaces, the most frequent first."""
    seen = luminance[::_SAMPLE, ::_SAMPLE]
    beside, below = luminance[::_SAMPLE, 1::_SAMPLE], luminance[1::_SAMPLE, ::_SAMPLE]
    height, width = min(len(seen), len(below)), min(seen.shape[1], beside.shape[1])
    seen = seen[:height, :width]
    plain = seen[(seen == beside[:height, :width]) & (seen == below[:height, :width])]
    counts = np.bincount(plain, minlength=256)
    common = np.argsort(counts)[::-1][:_LEVELS]
    return [int(level) for level in common if counts[level] >= _LEAST_SHARE * seen.size]


def _groups(differs: NDArray[Any], least_side: int) -> Iterator[Box]:
    height, width = differs.shape
    rows, columns = height // _COARSE, width // _COARSE
    whole = differs[: rows * _COARSE, : columns * _COARSE]
    small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    stats = cv2.connectedComponentsWithStats(cv2.threshold(small, 0, 1, cv2.THRESH_BINARY)[1])[2]
    sides = np.minimum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    large = 1 + np.flatnonzero(sides * _COARSE >= least_side)
    for at in large[np.argsort(stats[large, cv2.CC_STAT_AREA])[::-1]][:_MOST_GROUPS]:
        left, top, across, down = (int(value) * _COARSE for value in stats[at][:4])
        right = width if left + across >= columns * _COARSE else left + across
        bottom = height if top + down >= rows * _COARSE else top + down
        yield left, top, right, bottom


def _cut(differs: NDArray[Any], box: Box, least_side: int, depth: int) -> Iterator[Box]:
    """Trim empty lines at the sides, and cut along empty lines inside, as long as there are any."""
    left, top, right, bottom = box
    inner = differs[top:bottom, left:right]
    rows, columns = _filled(inner, 1), _filled(inner, 0)
    if not rows or not columns:
        return
    parts = [(left + a, top + c, left + b, top + d) for a, b in columns for c, d in rows]
    for part in parts:
        if min(part[2] - part[0], part[3] - part[1]) >= least_side:
            if len(parts) == 1 or depth == _DEEPEST:
                yield part
            else:
                yield from _cut(differs, part, least_side, depth + 1)


def _filled(differs: NDArray[Any], axis: int) -> list[tuple[int, int]]:
    """Return the runs of lines along an axis that hold anything; gaps of a single line are no gaps."""
    lines = cv2.reduce(differs, axis, cv2.REDUCE_MAX).ravel() > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lines, [False]]).astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    merged: list[tuple[int, int]] = []
    for run in runs:
        if merged and run[0] - merged[-1][1] < _GAP:
            merged[-1] = (merged[-1][0], run[1])
        else:
            merged.append(run)
    return merged
