"""Where the pictures are on a screen, by eye: no accessibility, no model.

Two ways, since each misses what the other finds. What stands out from the plain colour of the page has exact sides;
what has the texture of photographs is found on any ground. Both are trimmed to the first row and column that is not
flat, and cut at flat gutters and at straight steps (galleries without gaps).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.image.backdrop import Box, standing_out
from engine.image.pixels import Pixels, grey
from engine.image.regions import Region
from engine.image.texture import BLOCK, TEXTURED, Shares, Texture

LEAST_SIDE = 64
MOST_REGIONS = 120
_DRAWN = 0.08
"""Share of pixels that have neither of the two commonest grey levels, in one that stands out: less is a panel."""
_FLAT = 0.04
"""A row or column with less than this share of change is flat."""
_SEAM = 0.6
"""Share of a line's pixels that step where two pictures touch."""
_DEEPEST = 8
_MARGIN = 24
_GUTTER = 3
_SAME = 1
_EDGE = 12
"""As far from the side of what stands out, a border or a shadow may end and the picture begin."""


def find_regions(pixels: NDArray[Any], *, least_side: int = LEAST_SIDE) -> list[Region]:
    """Return rectangles that may be pictures, at most `MOST_REGIONS`; parts of a rectangle come beside the whole."""
    luminance = grey(pixels)
    if min(luminance.shape) < max(least_side, BLOCK):
        return []
    return _Finder(luminance, least_side).find()


class _Finder:
    """One look at one screen."""

    def __init__(self, luminance: Pixels, least_side: int) -> None:
        self._luminance = luminance
        self._texture = Texture(luminance)
        self._least = least_side
        self._found: list[Region] = []

    def find(self) -> list[Region]:
        """Return what was found: what stands out, then what has texture."""
        for box in standing_out(self._luminance, self._least):
            self._add_drawn(box)
            self._parts(box, _EDGE, _SEAM)
        for box in self._texture.groups(self._least // 2):
            self._parts(box, 2 * BLOCK + 8, 0.0)
        return self._found[:MOST_REGIONS]

    def _parts(self, box: Box, near: int, least: float) -> None:
        if len(self._found) < MOST_REGIONS:
            self._cut(box, 0)
            self._snap(box, near, least)

    def _add(self, box: Box) -> None:
        left, top, right, bottom = box
        if min(right - left, bottom - top) >= self._least and self._texture.share(box) >= TEXTURED:
            self._keep(Region(left, top, right - left, bottom - top))

    def _add_drawn(self, box: Box) -> None:
        left, top, right, bottom = box
        levels = np.bincount(self._luminance[top:bottom:2, left:right:2].ravel(), minlength=256)
        if np.sort(levels)[:-2].sum() >= _DRAWN * levels.sum():
            self._keep(Region(left, top, right - left, bottom - top))

    def _keep(self, region: Region) -> None:
        """Keep a rectangle, unless one that is the same but for a pixel is kept already: neighbours are hashed too."""
        if not any(region.near(other, _SAME) for other in self._found):
            self._found.append(region)

    def _trim(self, box: Box) -> Box | None:
        """Drop flat rows and columns at the sides; `None` where nothing is left."""
        for _ in range(3):
            left, top, right, bottom = box
            if min(right - left, bottom - top) < 8:
                return None
            columns = self._texture.columns(box) > _FLAT
            rows = self._texture.rows(box) > _FLAT
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

    def _cut(self, box: Box, depth: int) -> None:
        trimmed = self._trim(box)
        if trimmed is None or min(trimmed[2] - trimmed[0], trimmed[3] - trimmed[1]) < self._least:
            return
        self._add(trimmed)
        if depth < _DEEPEST and len(self._found) < MOST_REGIONS:
            for part in self._gutters(trimmed) or self._seam(trimmed):
                self._cut(part, depth + 1)

    def _gutters(self, box: Box) -> list[Box]:
        """Return the parts between flat stripes, along the axis with more of them."""
        left, top, right, bottom = box
        columns = [(left + a, left + b) for a, b in _stripes(self._texture.columns(box) < _FLAT)]
        rows = [(top + a, top + b) for a, b in _stripes(self._texture.rows(box) < _FLAT)]
        if not columns and not rows:
            return []
        if sum(b - a for a, b in rows) >= sum(b - a for a, b in columns):
            starts, ends = [top, *(b for _, b in rows)], [*(a for a, _ in rows), bottom]
            return [(left, a, right, b) for a, b in zip(starts, ends, strict=True)]
        starts, ends = [left, *(b for _, b in columns)], [*(a for a, _ in columns), right]
        return [(a, top, b, bottom) for a, b in zip(starts, ends, strict=True)]

    def _seam(self, box: Box) -> list[Box]:
        """Return two parts where a straight step crosses the whole rectangle."""
        left, top, right, bottom = box
        columns, rows = self._texture.column_steps(box), self._texture.row_steps(box)
        for shares in (columns, rows):
            shares[:_MARGIN] = shares[-_MARGIN:] = 0
        x, y = int(columns.argmax()), int(rows.argmax())
        if max(columns[x], rows[y]) < _SEAM:
            return []
        if rows[y] >= columns[x] * 0.95:
            return [(left, top, right, top + y), (left, top + y, right, bottom)]
        return [(left, top, left + x, bottom), (left + x, top, right, bottom)]

    def _snap(self, box: Box, near: int, least: float) -> None:
        """Add the rectangle of the strongest straight steps near the four sides; a side without one stays."""
        left, top, right, bottom = box
        if min(right - left, bottom - top) <= 2 * near:
            return
        columns = self._texture.column_steps((left, top + near, right, bottom - near))
        rows = self._texture.row_steps((left + near, top, right - near, bottom))
        x0, x1 = _strongest(columns, near, least)
        y0, y1 = _strongest(rows, near, least)
        self._add((left + x0, top + y0, left + x1, top + y1))


def _strongest(shares: Shares, near: int, least: float) -> tuple[int, int]:
    """Return where the strongest line stands near the first end, and near the last."""
    first, last = int(shares[:near].argmax()), len(shares) - near + int(shares[-near:].argmax())
    return first if shares[first] >= least else 0, last if shares[last] >= least else len(shares)


def _stripes(flat: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return runs of flat lines that are wide enough and not at the ends: start, end exclusive."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in runs if b - a >= _GUTTER and a > 8 and b < len(flat) - 8]
