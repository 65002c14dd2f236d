"""Word boundaries without looking: runs of separators become one space, and terms carry the spaces that they need.

A word is searched as ` word `, so *Essex* never leaves the automaton. The collapsed text begins and ends with one.
"""

import numpy as np
import numpy.typing as npt

from engine.library.model import Match
from engine.text.normalise import Positions

SHORT = 600
"""Below so many bytes plain Python is faster than numpy."""

_LEAD = frozenset({Match.WORD, Match.PHRASE, Match.PREFIX, Match.DOMAIN})
_TRAIL = frozenset({Match.WORD, Match.PHRASE, Match.SUFFIX, Match.DOMAIN})
_PADS = {match: (b" " if match in _LEAD else b"", b" " if match in _TRAIL else b"") for match in Match}


def padded(text: bytes, match: Match) -> bytes:
    """Return the pattern that finds `text` standing as `match` says."""
    before, after = _PADS[match]
    return before + text + after


class Collapsed:
    """A folded text with single spaces, also at both ends; `view[i]` for i ≥ 1 was `codes[origin(i)]`."""

    __slots__ = ("_dropped", "_kept", "view")

    def __init__(self, codes: bytes) -> None:
        self._dropped: Positions | None = None
        self._kept: npt.NDArray[np.bool_] | None = None
        if len(codes) < SHORT:
            self.view = b" " + b" ".join(codes.split()) + b" "
            return
        around = np.frombuffer(b" " + codes + b" ", np.uint8)
        self._kept = (around[1:] | around[:-1]) != 32
        view = b" " + around[1:][self._kept].tobytes()
        self.view = view if view[-1:] == b" " else view + b" "

    def origin(self, position: int, codes: bytes) -> int:
        """Return the index in `codes` of one byte of the view (not its first)."""
        return position - 1 + int(self._shifts(codes).searchsorted(position - 1, "right"))

    def origins(self, positions: Positions, codes: bytes) -> Positions:
        """The same for many bytes at once."""
        return positions - 1 + self._shifts(codes).searchsorted(positions - 1, "right")

    def _shifts(self, codes: bytes) -> Positions:
        """Return for each dropped byte how many kept ones stand before it: in order, worked out once."""
        if self._dropped is None:
            if self._kept is None:
                around = np.frombuffer(b" " + codes, np.uint8)
                self._kept = (around[1:] | around[:-1]) != 32
            dropped = np.flatnonzero(~self._kept)
            self._dropped = dropped - np.arange(len(dropped))
        return self._dropped
