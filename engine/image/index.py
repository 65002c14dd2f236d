"""Exact search by Hamming distance among millions of hashes: multi-index hashing over 16-bit pieces.

Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index hashing" (2014). Two hashes at most r
bits apart share, among k pieces, one piece that differs in at most floor(r / k) bits; so it is enough to look up each
piece with its near neighbours and to measure what comes up. Nothing within the radius is ever missed.

Memory: the hashes, 4 bytes a hash and piece, and 256 KB a piece: 100 MB for a million PDQ hashes.
"""

from dataclasses import dataclass
from typing import Any

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
        self._halves: list[NDArray[np.uint64]] = _halves(rows)
        self._pieces: int = rows.shape[1] * 8 // PIECE
        self._order = np.empty(0, np.uint32)
        self._starts = np.empty((0, 0), np.int64)
        if self._rows >= _LINEAR_BELOW:
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
        return self._rows * self._pieces * PIECE // 8 + self._order.nbytes + self._starts.nbytes

    def _build(self, pieces: NDArray[np.uint16]) -> None:
        """Sort the rows by each piece: `_order` holds the sortings one after the other, `_starts` where keys begin."""
        self._order = np.empty(self._rows * self._pieces, np.uint32)
        self._starts = np.empty((self._pieces, _KEYS + 1), np.int64)
        for column in range(self._pieces):
            keys = np.ascontiguousarray(pieces[:, column])
            begin = column * self._rows
            self._order[begin : begin + self._rows] = np.argsort(keys, kind="stable")
            self._starts[column, 0] = begin
            self._starts[column, 1:] = begin + np.cumsum(np.bincount(keys, minlength=_KEYS))

    def search(self, query: NDArray[np.uint8], radius: int) -> list[Hit]:
        """Return every hash at most `radius` bits away, nearest first."""
        return self.search_many(query[None, :], radius)[0]

    def search_many(self, queries: NDArray[np.uint8], radius: int) -> list[list[Hit]]:
        """Return for each query (one a row) what `search` returns; a few at once are quicker than one by one."""
        if not 0 <= radius <= self.widest:
            raise HashError(f"radius {radius}: this index searches 0 to {self.widest}")
        size = self._pieces * PIECE // 8
        if queries.dtype != np.uint8 or queries.ndim != 2 or queries.shape[1] != size:
            raise HashError(f"query of shape {queries.shape[1:]}: expected {size} bytes")
        asked = np.ascontiguousarray(queries)
        rows, owners = self._candidates(asked.view(np.uint16), radius)
        rows, owners, distances = self._near(rows, owners, _halves(asked), radius)
        found: list[set[tuple[int, int]]] = [set() for _ in asked]
        for row, owner, distance in zip(rows.tolist(), owners.tolist(), distances.tolist(), strict=True):
            found[owner].add((distance, row))
        return [[Hit(row, distance) for distance, row in sorted(pairs)] for pairs in found]

    def _near(
        self, rows: NDArray[Any], owners: NDArray[Any], asked: list[NDArray[np.uint64]], radius: int
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return the candidates within the radius with their distances; half a hash settles nearly all of them."""
        distances = np.zeros(len(rows), np.int16)
        for stored, queried in zip(self._halves, asked, strict=True):
            differ = stored.take(rows, axis=0)
            differ ^= queried.take(owners, axis=0)
            for column in np.bitwise_count(differ).T:
                distances += column
            near = np.flatnonzero(distances <= radius)
            rows, owners, distances = rows[near], owners[near], distances[near]
        return rows, owners, distances

    def _candidates(self, queries: NDArray[np.uint16], radius: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return rows that share a near piece with a query (some twice), and the number of the query of each.

        A piece searched with its one-bit neighbours covers two units of the radius, an exact one covers one: pieces
        beyond `radius + 1` units need no look-up at all.
        """
        if not self._order.size:
            return np.tile(np.arange(self._rows), len(queries)), np.repeat(np.arange(len(queries)), self._rows)
        wide, exact = divmod(radius + 1, 2)
        columns = np.concatenate([np.repeat(np.arange(wide), len(_NEAR)), np.full(exact, wide)])
        flips = np.concatenate([np.tile(_NEAR, wide), np.zeros(exact, np.uint16)])
        keys = (queries[:, columns] ^ flips).astype(np.intp)
        starts = self._starts[columns, keys].ravel()
        lengths = self._starts[columns, keys + 1].ravel() - starts
        ends = np.cumsum(lengths)
        places = np.repeat(starts - ends + lengths, lengths) + np.arange(ends[-1])
        owners = np.repeat(np.arange(len(queries)), lengths.reshape(len(queries), -1).sum(axis=1))
        return self._order[places], owners


def _halves(rows: NDArray[np.uint8]) -> list[NDArray[np.uint64]]:
    """Return the hashes as 64-bit words, 16 bytes at a time."""
    words = rows.view(np.uint64)
    return [np.ascontiguousarray(words[:, at : at + 2]) for at in range(0, words.shape[1], 2)]
