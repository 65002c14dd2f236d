"""Finds a file's hash among millions, byte by byte: the rows are sorted once by their first eight bytes."""

import numpy as np
from numpy.typing import NDArray


class ExactIndex:
    """Hashes of files, all of one length of at least 8 bytes. Memory: 16 bytes a hash besides the hashes."""

    def __init__(self, hashes: NDArray[np.uint8]) -> None:
        """Take one hash a row."""
        self._hashes = hashes
        first = np.ascontiguousarray(hashes[:, :8]).view(">u8").ravel().astype(np.uint64)
        self._order = np.argsort(first, kind="stable")
        self._first = first[self._order]

    def row_of(self, value: bytes) -> int | None:
        """Return the first row with exactly these bytes; None where there is none."""
        wanted = np.uint64(int.from_bytes(value[:8]))
        start, end = np.searchsorted(self._first, wanted, "left"), np.searchsorted(self._first, wanted, "right")
        rows = self._order[start:end]
        same = rows[(self._hashes[rows] == np.frombuffer(value, np.uint8)).all(axis=1)]
        return int(same[0]) if same.size else None
