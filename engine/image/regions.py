"""Where the pictures are on a screen: textured rectangles, found by their edges. No accessibility, no model.

Interfaces are flat: most pixels equal their neighbour exactly. Photographs are not. Blocks in which most pixels differ
from a neighbour are grouped, trimmed to the first row and column that is not flat, and cut at flat gutters and at
straight steps (galleries without gaps).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.image.pixels import grey

BLOCK = 16
LEAST_SIDE = 64
MOST_REGIONS = 120
_DENSE = 0.55
"""Share of pixels that differ from a neighbour, in a block that belongs to a picture."""
_TEXTURED = 0.25
"""The same for a whole rectangle."""
_FLAT = 0.04
"""A row or column with less than this share of change is flat."""
_STEP = 10
"""A grey level difference that counts as a step."""
_SEAM = 0.6
"""Share of a line's pixels that step where two pictures touch."""
_DEEPEST = 8
_MARGIN = 24
_GUTTER = 3


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A rectangle of a screen in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def crop(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the part of a picture, no copy."""
        return pixels[max(0, self.top) : self.bottom, max(0, self.left) : self.right]

    def inside(self, height: int, width: int) -> "Region | None":
        """Return the part that lies within a picture of this size; `None` where nothing does."""
        left, top = max(0, self.left), max(0, self.top)
        across, down = min(width, self.right) - left, min(height, self.bottom) - top
        return Region(left, top, across, down) if across > 0 and down > 0 else None

    def overlap(self, other: "Region") -> float:
        """Return intersection over union, 0 to 1."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        common = max(0, across) * max(0, down)
        return common / (self.area + other.area - common) if common else 0.0

    def within(self, other: "Region") -> bool:
        """Return whether this lies wholly inside another."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


def find_regions(pixels: NDArray[Any], *, least_side: int = LEAST_SIDE) -> list[Region]:
    """Return rectangles that may be pictures, at most `MOST_REGIONS`; parts of a rectangle come beside the whole."""
    luminance = grey(pixels)
    if min(luminance.shape) < max(least_side, BLOCK):
        return []
    return _Finder(luminance, least_side).find()


def jittered(region: Region, height: int, width: int) -> Iterator[Region]:
    """Yield the rectangle and its neighbours a pixel or two off: one pixel of offset changes a PDQ hash that much."""
    seen = set()
    for left, top, right, bottom in _OFFSETS:
        moved = Region(
            region.left + left, region.top + top, region.width + right - left, region.height + bottom - top
        ).inside(height, width)
        if moved is not None and moved not in seen:
            seen.add(moved)
            yield moved


_OFFSETS = ((0, 0, 0, 0), (-1, -1, 0, 0), (0, -1, 0, 0), (-1, 0, 0, 0), (1, 1, -1, -1))

_Box = tuple[int, int, int, int]
"""Left, top, right, bottom while cutting."""


class _Finder:
    """One look at one screen. Sums come from integral images, so a cut costs only what its sides cost."""

    def __init__(self, luminance: NDArray[np.uint8], least_side: int) -> None:
        self._height, self._width = luminance.shape
        self._least = least_side
        across, down = np.zeros_like(luminance), np.zeros_like(luminance)
        cv2.absdiff(luminance[:, 1:], luminance[:, :-1], dst=across[:, 1:])
        cv2.absdiff(luminance[1:], luminance[:-1], dst=down[1:])
        self._changed = cv2.threshold(cv2.bitwise_or(across, down), 0, 1, cv2.THRESH_BINARY)[1]
        self._any = cv2.integral(self._changed)
        self._across = cv2.integral(cv2.threshold(across, 0, 1, cv2.THRESH_BINARY)[1])
        self._down = cv2.integral(cv2.threshold(down, 0, 1, cv2.THRESH_BINARY)[1])
        self._step_across = cv2.integral(cv2.threshold(across, _STEP, 1, cv2.THRESH_BINARY)[1])
        self._step_down = cv2.integral(cv2.threshold(down, _STEP, 1, cv2.THRESH_BINARY)[1])
        self._found: dict[Region, None] = {}

    def find(self) -> list[Region]:
        """Return what was found, groups of blocks with the largest first."""
        for box in self._groups():
            self._cut(box, 0)
            self._snap(box)
            if len(self._found) >= MOST_REGIONS:
                break
        return list(self._found)[:MOST_REGIONS]

    def _groups(self) -> Iterator[_Box]:
        rows, columns = self._height // BLOCK, self._width // BLOCK
        whole = self._changed[: rows * BLOCK, : columns * BLOCK] * np.uint8(255)
        dense = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA) > 255 * _DENSE
        mask = cv2.morphologyEx(dense.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for at in sorted(range(1, count), key=lambda i: -int(stats[i][4])):
            left, top, width, height = (int(value) for value in stats[at][:4])
            if min(width, height) * BLOCK >= self._least // 2:
                yield (
                    max(0, (left - 1) * BLOCK),
                    max(0, (top - 1) * BLOCK),
                    min(self._width, (left + width + 1) * BLOCK),
                    min(self._height, (top + height + 1) * BLOCK),
                )

    def _add(self, box: _Box) -> None:
        left, top, right, bottom = box
        if min(right - left, bottom - top) < self._least:
            return
        total = self._any
        changed = int(total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left])
        if changed >= _TEXTURED * (right - left) * (bottom - top):
            self._found.setdefault(Region(left, top, right - left, bottom - top))

    def _trim(self, box: _Box) -> _Box | None:
        """Drop flat rows and columns at the sides; `None` where nothing is left."""
        for _ in range(3):
            left, top, right, bottom = box
            if min(right - left, bottom - top) < 8:
                return None
            columns = _columns(self._down, box) > _FLAT
            rows = _rows(self._across, box) > _FLAT
            if not columns.any() or not rows.any():
                return None
            trimmed = (
                left + int(columns.argmax()),
                top + int(rows.argmax()),
                right - int(columns[::-1].argmax()),
                bottom - int(rows[::-1].argmax()),
            )
            if trimmed == box:
                break
            box = trimmed
        return box

    def _cut(self, box: _Box, depth: int) -> None:
        trimmed = self._trim(box)
        if trimmed is None or min(trimmed[2] - trimmed[0], trimmed[3] - trimmed[1]) < self._least:
            return
        self._add(trimmed)
        if depth < _DEEPEST and len(self._found) < MOST_REGIONS:
            for part in self._gutters(trimmed) or self._seam(trimmed):
                self._cut(part, depth + 1)

    def _gutters(self, box: _Box) -> list[_Box]:
        """Return the parts between flat stripes, along the axis with more of them."""
        left, top, right, bottom = box
        columns = [(left + a, left + b) for a, b in _stripes(_columns(self._down, box) < _FLAT)]
        rows = [(top + a, top + b) for a, b in _stripes(_rows(self._across, box) < _FLAT)]
        if not columns and not rows:
            return []
        if sum(b - a for a, b in rows) >= sum(b - a for a, b in columns):
            starts, ends = [top, *(b for _, b in rows)], [*(a for a, _ in rows), bottom]
            return [(left, a, right, b) for a, b in zip(starts, ends, strict=True)]
        starts, ends = [left, *(b for _, b in columns)], [*(a for a, _ in columns), right]
        return [(a, top, b, bottom) for a, b in zip(starts, ends, strict=True)]

    def _seam(self, box: _Box) -> list[_Box]:
        """Return two parts where a straight step crosses the whole rectangle."""
        left, top, right, bottom = box
        columns, rows = _columns(self._step_across, box), _rows(self._step_down, box)
        for shares in (columns, rows):
            shares[:_MARGIN] = shares[-_MARGIN:] = 0
        x, y = int(columns.argmax()), int(rows.argmax())
        if max(columns[x], rows[y]) < _SEAM:
            return []
        if rows[y] >= columns[x] * 0.95:
            return [(left, top, right, top + y), (left, top + y, right, bottom)]
        return [(left, top, left + x, bottom), (left + x, top, right, bottom)]

    def _snap(self, box: _Box) -> None:
        """Add the rectangle of the strongest straight steps near the four sides of a group."""
        left, top, right, bottom = box
        near = 2 * BLOCK + 8
        if min(right - left, bottom - top) <= 2 * near:
            return
        inner = (left + 2 * BLOCK, top + 2 * BLOCK, right - 2 * BLOCK, bottom - 2 * BLOCK)
        columns = _columns(self._step_across, (left, inner[1], right, inner[3]))
        rows = _rows(self._step_down, (inner[0], top, inner[2], bottom))
        x0, y0 = int(columns[:near].argmax()), int(rows[:near].argmax())
        x1 = len(columns) - near + int(columns[-near:].argmax())
        y1 = len(rows) - near + int(rows[-near:].argmax())
        self._add((left + x0, top + y0, left + x1, top + y1))


def _columns(total: NDArray[Any], box: _Box) -> NDArray[Any]:
    """Return the share of marked pixels in each column of a rectangle."""
    left, top, right, bottom = box
    sums = np.diff(total[bottom, left : right + 1] - total[top, left : right + 1])
    return np.asarray(sums / (bottom - top))


def _rows(total: NDArray[Any], box: _Box) -> NDArray[Any]:
    """Return the share of marked pixels in each row of a rectangle."""
    left, top, right, bottom = box
    sums = np.diff(total[top : bottom + 1, right] - total[top : bottom + 1, left])
    return np.asarray(sums / (right - left))


def _stripes(flat: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return runs of flat lines that are wide enough and not at the ends: start, end exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in runs if b - a >= _GUTTER and a > 8 and b < len(flat) - 8]
