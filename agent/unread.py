"""Where a frame still has something that looks like writing once what accessibility told is taken away. Pure."""

from collections.abc import Sequence

import cv2
import numpy as np

from agent.ports import Frame, Rectangle

CELL = 16
"""Edge in pixels of the cells in which ink is counted: about the height of a line."""
CONTRAST = 48
"""Grey levels between neighbouring pixels from which an edge counts as ink; text on screens has far more."""
LEAST_INK = 10
"""Pixels of ink that a cell of writing has at least; a single line of a frame has fewer or is thin."""
LEAST_WIDTH, LEAST_HEIGHT = 2 * CELL, CELL
"""What is smaller is an icon, a caret, a tick."""
_MARGIN = 2
_NEAR = 5  # cells: words of one line, and lines of one paragraph, stand no further apart


def unread(frame: Frame, regions: Sequence[Rectangle], covered: Sequence[Rectangle]) -> list[Rectangle]:
    """Return what of the changed regions should be read from pixels; all in the frame's own pixels."""
    return [found for region in regions for found in _unread_in(frame, region, covered)]


def _unread_in(frame: Frame, region: Rectangle, covered: Sequence[Rectangle]) -> list[Rectangle]:
    part = frame.pixels[region.top : region.bottom, region.left : region.right]
    grey = cv2.cvtColor(part, cv2.COLOR_BGRA2GRAY)
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > CONTRAST
    for one in covered:
        inside = _grown(one).overlap(region)
        if inside is not None:
            here = inside.moved(-region.left, -region.top)
            edges[here.top : here.bottom, here.left : here.right] = False
    if not edges.any():
        return []
    cells = (_counted(edges) >= LEAST_INK).astype(np.uint8)
    near = cv2.dilate(cells, np.ones((3, _NEAR), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    found = []
    for left, top, width, height, _ in stats[1:count].tolist():
        filled = cells[top : top + height, left : left + width]
        rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
        box = Rectangle(
            (left + int(columns[0])) * CELL, (top + int(rows[0])) * CELL,
            (int(columns[-1] - columns[0]) + 1) * CELL, (int(rows[-1] - rows[0]) + 1) * CELL,
        )  # fmt: skip
        if box.width >= LEAST_WIDTH and box.height >= LEAST_HEIGHT:
            around = Rectangle(box.left - CELL // 2, box.top - CELL // 2, box.width + CELL, box.height + CELL)
            clipped = around.moved(region.left, region.top).overlap(region)
            found += [] if clipped is None else [clipped]
    return found


def _counted(edges: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    height, width = edges.shape
    rows = np.add.reduceat(edges.astype(np.intp), np.arange(0, height, CELL), axis=0)
    return np.asarray(np.add.reduceat(rows, np.arange(0, width, CELL), axis=1))


def _grown(one: Rectangle) -> Rectangle:
    return Rectangle(one.left - _MARGIN, one.top - _MARGIN, one.width + 2 * _MARGIN, one.height + 2 * _MARGIN)
