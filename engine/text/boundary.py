"""Word boundaries without looking: runs of separators become one space, and terms carry the spaces that they need.

A word is searched as ` word `, so *Essex* never leaves the automaton. The collapsed text begins and ends with one.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from engine.library.model import Match
from engine.text.normalise import Positions

SHORT = 600
"""Below so many bytes plain Python is faster than numpy."""
STRIDE = 1024

_LEAD = frozenset({Match.WORD, Match.PHRASE, Match.PREFIX, Match.DOMAIN})
_TRAIL = frozenset({Match.WORD, Match.PHRASE, Match.SUFFIX, Match.DOMAIN})


def padded(text: bytes, match: Match) -> bytes:
    """Return the pattern that finds `text` standing as `match` says."""
    return (b" " if match in _LEAD else b"") + text + (b" " if match in _TRAIL else b"")


class Collapsed:
    """A folded text with single spaces, also at both ends; `view[i]` for i ≥ 1 was `codes[origin(i)]`."""

    __slots__ = ("_counts", "_kept", "_lookup", "view")

    def __init__(self, codes: bytes) -> None:
        self._lookup: Callable[[int], int] | None = None
        self._counts: npt.NDArray[np.intp] | None = None
        self._kept: npt.NDArray[np.bool_]
        if len(codes) < SHORT:
            self.view = b" " + b" ".join(codes.split()) + b" "
            return
        around = np.frombuffer(b" " + codes + b" ", np.uint8)
        self._kept = (around[1:] | around[:-1]) != 32
        view = b" " + around[1:][self._kept].tobytes()
        self.view = view if view[-1:] == b" " else view + b" "

    def origin(self, position: int, codes: bytes) -> int:
        """Return the index in `codes` of one byte of the view (not its first)."""
        if len(codes) < SHORT:
            if self._lookup is None:
                self._lookup = _kept_positions(codes).__getitem__
            return self._lookup(position - 1)
        return self._nth_kept(position - 1)

    def origins(self, positions: Positions) -> Positions:
        """The same for many bytes of a long text at once."""
        kept: Positions = np.flatnonzero(self._kept)
        return kept[positions - 1]

    def _nth_kept(self, index: int) -> int:
        if self._counts is None:
            whole = len(self._kept) // STRIDE * STRIDE
            blocks = self._kept[:whole].reshape(-1, STRIDE)
            self._counts = np.cumsum(np.count_nonzero(blocks, axis=1))
        block = int(np.searchsorted(self._counts, index, side="right"))
        before = int(self._counts[block - 1]) if block else 0
        inside = np.flatnonzero(self._kept[block * STRIDE : (block + 1) * STRIDE])
        return block * STRIDE + int(inside[index - before])


def _kept_positions(codes: bytes) -> list[int]:
    """Positions that survive collapsing: every letter, and the first separator after one."""
    positions = []
    previous = 32
    for position, code in enumerate(codes):
        if code != 32 or previous != 32:
            positions.append(position)
        previous = code
    positions.append(len(codes))
    return positions
