"""Exact search by Hamming distance among millions of hashes: multi-index hashing over 16-bit pieces.

Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index hashing" (2014). Two hashes at most r
bits apart share, among k pieces, one piece that differs in at most floor(r / k) bits; so it is enough to look up each
piece with its near neighbours and to measure what comes up. Nothing within the radius is ever missed.

Memory: the hashes, 4 bytes a hash and piece, and 256 KB a piece: 100 MB for a million PDQ hashes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import HashError

PIECE = 16
_KEYS = 1 << PIECE
_NEAR = np.concatenate([[0], 1 << np.arange(PIECE)]).astype(np.uint16)
"""What to flip in a piece to get every piece at most one bit away."""
_LINEAR_BELOW = 2000
"""Among so few, measuring all is quicker than looking up."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A hash of the index within the radius: its row, and how many bits differ."""

    row: int
    distance: int


class HashIndex:
    """Finds every stored hash within a radius. Built once; searching changes nothing, so threads may share it."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        """Take packed hashes, one a row, 8 or 32 bytes each."""
        if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] not in {8, 32}:
            raise HashError(f"shape {hashes.shape} of {hashes.dtype}: expected rows of 8 or 32 bytes (uint8)")
        rows = np.ascontiguousarray(hashes)
        self._rows: int = len(rows)
        self._words: NDArray[np.uint64] = rows.view(np.uint64)
        self._pieces: int = rows.shape[1] * 8 // PIECE
        self._order: list[NDArray[np.uint32]] = []
        self._starts: list[NDArray[np.int64]] = []
        if len(rows) >= _LINEAR_BELOW:
            self._build(rows.view(np.uint16))

    def __len__(self) -> int:
        return self._rows

    @property
    def widest(self) -> int:
        """The largest radius that can be searched."""
        return 2 * self._pieces - 1

    @property
    def memory(self) -> int:
        """Bytes held."""
        return (
            self._rows * self._pieces * PIECE // 8
            + sum(a.nbytes for a in self._order)
            + sum(a.nbytes for a in self._starts)
        )

    def _build(self, pieces: NDArray[np.uint16]) -> None:
        for column in range(self._pieces):
            keys = np.ascontiguousarray(pieces[:, column])
            self._order.append(np.argsort(keys, kind="stable").astype(np.uint32))
            counts = np.bincount(keys, minlength=_KEYS)
            self._starts.append(np.concatenate([[0], np.cumsum(counts)]))

    def search(self, query: NDArray[np.uint8], radius: int) -> list[Hit]:
        """Return every hash at most `radius` bits away, nearest first."""
        if not 0 <= radius <= self.widest:
            raise HashError(f"radius {radius}: this index searches 0 to {self.widest}")
        if query.dtype != np.uint8 or query.shape != (self._pieces * PIECE // 8,):
            raise HashError(f"query of shape {query.shape}: expected {self._pieces * PIECE // 8} bytes")
        asked = np.ascontiguousarray(query)
        rows = self._candidates(asked.view(np.uint16), radius)
        words = self._words if rows is None else self._words.take(rows, axis=0)
        distances = np.bitwise_count(words ^ asked.view(np.uint64)).sum(axis=1, dtype=np.uint16)
        near = np.flatnonzero(distances <= radius)
        found = near if rows is None else rows[near]
        pairs = sorted({(int(distances[at]), int(row)) for at, row in zip(near, found, strict=True)})
        return [Hit(row, distance) for distance, row in pairs]

    def _candidates(self, query: NDArray[np.uint16], radius: int) -> NDArray[np.uint32] | None:
        """Return rows that share a near piece with the query (some twice); `None` means all rows.

        A piece searched with its one-bit neighbours covers two units of the radius, an exact one covers one: pieces
        beyond `radius + 1` units need no look-up at all.
        """
        if not self._order:
            return None
        runs = []
        for column in range(self._pieces):
            units = radius + 1 - 2 * column
            if units <= 0:
                break
            keys = (query[column] ^ (_NEAR if units > 1 else _NEAR[:1])).astype(np.intp)
            starts, order = self._starts[column], self._order[column]
            ends = starts[keys + 1].tolist()
            runs += [order[a:b] for a, b in zip(starts[keys].tolist(), ends, strict=True) if b > a]
        return np.concatenate(runs) if runs else np.empty(0, np.uint32)
