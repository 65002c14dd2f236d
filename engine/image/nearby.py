"""Hashes of a rectangle's neighbours: a pixel or two off, and as if its edges had been cropped.

By eye a picture is often found a pixel off, which changes a PDQ hash much; and pages crop pictures a little. What a
crop took is imagined as the mirror of what is left. All neighbours come from the same few matrix products.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.image.axes import CELLS, LONGEST, Matrix, Span, pdq_axis, phash_axis
from engine.image.hashing import Algorithm, Turn, as_bits
from engine.image.pixels import Pixels
from engine.image.regions import Region

_MARGIN = 2
_LEAST_SIDE = CELLS + 2 * _MARGIN
_SHIFTS = ((0, 0), (-1, 0), (1, -1), (2, -2))
"""Pixels by which the first and the last side of an axis are moved."""
_CROPS = (0.025, 0.05, 0.09)
"""Shares of an axis that may have been cropped at each end."""
_WAYS = len(_SHIFTS) + len(_CROPS)
_AS_IS, _OUT, _IN, _IN_TWICE, _LITTLE, _MORE, _MUCH = range(_WAYS)
_CHOSEN = (
    (_AS_IS, _OUT), (_OUT, _AS_IS), (_OUT, _OUT), (_IN, _IN), (_IN_TWICE, _IN_TWICE),
    (_LITTLE, _LITTLE), (_MORE, _MORE),
    (_AS_IS, _MORE), (_MORE, _AS_IS), (_AS_IS, _MUCH), (_MUCH, _AS_IS),
)  # fmt: skip
"""What is done down and across: those that found most on the pages of benchmarks/picture_pages.py."""
_SPELLED = tuple(
    "a pixel or two off" if max(ways) < len(_SHIFTS) else f"{round(200 * _CROPS[max(ways) - len(_SHIFTS)])} % cropped"
    for ways in _CHOSEN
)
_LAYS = (Turn.AS_IS, Turn.MIRRORED)
_AXES = {Algorithm.PDQ: pdq_axis, Algorithm.PHASH: phash_axis}


@dataclass(frozen=True, slots=True)
class Nearby:
    """Hashes of the neighbours of one rectangle, a row each; how each was laid, and in words what was done to it."""

    rows: dict[Algorithm, NDArray[np.uint8]]
    turns: tuple[Turn, ...]
    ways: tuple[str, ...]


def nearby(luminance: Pixels, region: Region, algorithms: Iterable[Algorithm]) -> Nearby | None:
    """Return the hashes of a rectangle's neighbours; `None` for one too small or too large to have any."""
    grown = region.grown(_MARGIN).inside(*luminance.shape)
    sides = (region.width, region.height)
    if grown is None or min(sides) < _LEAST_SIDE or max(sides) > LONGEST - 2 * _MARGIN:
        return None
    down = _spans(region.top - grown.top, region.height, grown.height)
    across = _spans(region.left - grown.left, region.width, grown.width)
    pixels = grown.crop(luminance).astype(np.float32)
    rows = {one: _hashes(_AXES[one](down, grown.height), pixels, _AXES[one](across, grown.width)) for one in algorithms}
    return Nearby(rows, tuple(turn for turn in _LAYS for _ in _CHOSEN), _SPELLED * len(_LAYS))


def _hashes(down: Matrix, pixels: Matrix, across: Matrix) -> NDArray[np.uint8]:
    """Return a row a neighbour, first as they are, then mirrored: that changes the sign of odd frequencies."""
    blocks = down @ pixels @ across.T
    kept = len(down) // _WAYS
    stack = np.stack([blocks[a * kept : (a + 1) * kept, b * kept : (b + 1) * kept] for a, b in _CHOSEN])
    odd = np.where(np.arange(1, kept + 1) % 2, -1, 1).astype(np.float32)
    return as_bits(np.concatenate([stack, stack * odd]).reshape(len(_LAYS) * len(_CHOSEN), -1))


def _spans(start: int, size: int, length: int) -> tuple[Span, ...]:
    """Return every way in which an axis is taken."""
    shifted = [Span(max(0, start + a), min(length, start + size + b)) for a, b in _SHIFTS]
    return (*shifted, *(Span(start, start + size, max(1, round(share * size))) for share in _CROPS))
