"""What hashing does to a picture along one axis, as a matrix: smooth and sample, or average, over a part of that axis.

Both hashes are separable: rows @ picture @ columns.T gives the samples, and the same with a cosine transform in front
gives the coefficients. So the hashes of many rectangles that differ by a few pixels cost hardly more than one.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SAMPLES = 64
"""PDQ's samples along an axis."""
CELLS = 32
"""pHash's."""
PDQ_KEPT, PHASH_KEPT = 16, 8
"""Frequencies kept along an axis, the constant one left out."""
Matrix = NDArray[np.float32]
LONGEST = 8192
"""Longer axes are not asked for."""
_KEPT = 64
"""Matrices of each kind that are kept: some 100 kB each for what screens show, a few MB for the longest."""


class Span(NamedTuple):
    """The part of an axis that is taken for the picture."""

    start: int
    stop: int
    pad: int = 0
    """Pixels imagined beyond each end, mirrored from within: what a crop may have cut off."""


def _cosines(count: int, length: int) -> Matrix:
    k = np.arange(1, count + 1)[:, None]
    x = np.arange(length)[None, :]
    return np.asarray(np.sqrt(2 / length) * np.cos(np.pi / 2 / length * k * (2 * x + 1)), dtype=np.float32)


PDQ_BASIS, PHASH_BASIS = _cosines(PDQ_KEPT, SAMPLES), _cosines(PHASH_KEPT, CELLS)


@lru_cache(maxsize=_KEPT)
def pdq_samples(length: int) -> Matrix:
    """Return 64 x length: two box filters whose windows are cut off at the ends, sampled at 64 places."""
    window = (length + 127) // 128
    before = window - (window + 2) // 2
    at = np.arange(length)
    first, last = np.maximum(at - before, 0), np.minimum(at + window - before, length)
    share = 1.0 / (last - first)
    places = ((np.arange(SAMPLES) + 0.5) * length / SAMPLES).astype(int)
    steps = np.zeros((SAMPLES, length + 1))
    for offset in range(window):
        inner = first[places] + offset
        rows = np.flatnonzero(inner < last[places])
        weight = share[places[rows]] * share[inner[rows]]
        np.add.at(steps, (rows, first[inner[rows]]), weight)
        np.add.at(steps, (rows, last[inner[rows]]), -weight)
    return np.asarray(np.cumsum(steps[:, :-1], axis=1), np.float32)


def _area_means(length: int) -> NDArray[np.float64]:
    """Return 32 x length: the mean of each of 32 equal parts, pixels at the borders shared out."""
    edges = np.arange(CELLS + 1) * length / CELLS
    at = np.arange(length)
    covered = np.minimum(edges[1:, None], at + 1) - np.maximum(edges[:-1, None], at)
    return np.asarray(np.clip(covered, 0, None) * CELLS / length)


@lru_cache(maxsize=_KEPT)
def pdq_axis(spans: tuple[Span, ...], length: int) -> Matrix:
    """Return 16 rows a span over an axis of this length: smoothing, sampling and cosines in one."""
    return _stacked(spans, length, lambda size: PDQ_BASIS @ pdq_samples(size))


@lru_cache(maxsize=_KEPT)
def phash_axis(spans: tuple[Span, ...], length: int) -> Matrix:
    """Return 8 rows a span, for pHash; spans of less than 32 pixels are not asked for."""
    return _stacked(spans, length, lambda size: PHASH_BASIS @ _area_means(size))


def _stacked(spans: tuple[Span, ...], length: int, axis: Any) -> Matrix:
    return np.concatenate([_placed(span, length, axis(span.stop - span.start + 2 * span.pad)) for span in spans])


def _placed(span: Span, length: int, weights: NDArray[Any]) -> Matrix:
    """Return weights laid where a span begins; those of imagined pixels go to the pixels that they mirror."""
    size = span.stop - span.start
    at = np.arange(-span.pad, size + span.pad)
    at = np.where(at < 0, -1 - at, np.where(at >= size, 2 * size - 1 - at, at))
    placed = np.zeros((length, len(weights)), np.float32)
    np.add.at(placed, span.start + at, weights.T)
    return placed.T
