"""Sets of hashes of known pictures, with where they come from, and the search through several of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import HashError
from engine.image.hashing import GOOD_QUALITY, Algorithm, Fingerprint, Turn
from engine.image.index import HashIndex
from engine.image.nearby import Nearby

RADIUS = {Algorithm.PDQ: 31, Algorithm.PHASH: 6}
"""Bits that may differ: for PDQ the published advice; what each costs in false matches: docs/accuracy-images.md."""


_USUAL = (Turn.AS_IS, Turn.MIRRORED)
TURNED_RADIUS = {Algorithm.PDQ: 31, Algorithm.PHASH: 4}
"""The same for lays that are turned or upside down: rare, and six more chances for 64 bits to match by accident."""


@dataclass(frozen=True, slots=True)
class SetLabel:
    """What a set of hashes is and where it comes from."""

    set_id: str
    version: str
    source: str
    """Who gave it out, in words for a person."""
    scheme: str
    """Whose categories these are."""
    severity: int = 5
    condition: str | None = None
    """The numbered condition of the order that the set serves; `None` where none is named."""


@dataclass(frozen=True, slots=True)
class KnownMatch:
    """A known picture that was recognised."""

    label: SetLabel
    algorithm: Algorithm
    row: int
    """The row in the set, from 0: whoever holds the set can look it up."""
    category: str
    distance: int
    turn: Turn
    way: str = ""
    """What was done to the rectangle before it was hashed, where anything was; said in explanations."""


class KnownSet:
    """The hashes of one algorithm in one set. `categories[codes[row]]` is the category of a row."""

    def __init__(
        self,
        label: SetLabel,
        algorithm: Algorithm,
        hashes: NDArray[np.uint8],
        categories: Sequence[str] = ("",),
        codes: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        if hashes.ndim != 2 or hashes.shape[1] * 8 != algorithm.bits:
            raise HashError(f"set {label.set_id}: shape {hashes.shape} does not hold {algorithm.value} hashes")
        self.label, self.algorithm = label, algorithm
        self._categories = tuple(categories)
        self._codes = codes
        self._index = HashIndex(hashes)

    def __len__(self) -> int:
        return len(self._index)

    def match(
        self, picture: Fingerprint, radius: int | None = None, *, nearby: Nearby | None = None
    ) -> KnownMatch | None:
        """Return the nearest known picture; `None` where none is near or the picture is plain.

        The picture is tried in all eight lays; `nearby` ones (a pixel off, or cropped) as they are and mirrored.
        """
        if picture.quality < GOOD_QUALITY:
            return None
        queries, turns, ways = picture.rows(self.algorithm), tuple(Turn), ("",) * len(Turn)
        if nearby is not None:
            queries = np.concatenate([queries, nearby.rows[self.algorithm]])
            turns, ways = turns + nearby.turns, ways + nearby.ways
        reach = RADIUS[self.algorithm] if radius is None else radius
        turned = TURNED_RADIUS[self.algorithm] if radius is None else radius
        nearest = [(at, hits[0]) for at, hits in enumerate(self._index.search_many(queries, reach)) if hits]
        limits = [reach if turn in _USUAL else turned for turn in turns]
        best = min(((hit.distance, at, hit.row) for at, hit in nearest if hit.distance <= limits[at]), default=None)
        return None if best is None else self._named(best[2], best[0], turns[best[1]], ways[best[1]])

    def _named(self, row: int, distance: int, turn: Turn, way: str) -> KnownMatch:
        code = 0 if self._codes is None else int(self._codes[row])
        return KnownMatch(self.label, self.algorithm, row, self._categories[code], distance, turn, way)
