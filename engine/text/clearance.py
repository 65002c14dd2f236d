"""Whether a match stands clear: white space on both sides, so no part of a code, an address or a broken word."""

import numpy as np
import numpy.typing as npt

from engine.text.normalise import Positions

WHITE = " \n"
STOPS = ".,;:!?"


def _flags(chosen: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[[ord(char) for char in chosen]] = True
    return table


_WHITE, _STOPS = _flags(WHITE), _flags(STOPS)
_SETTLED = _flags("".join(chr(code) for code in range(256) if chr(code).isalnum()) + STOPS)
"""What may stand before the white space: not a hyphen, which would break a word, nor more white space."""


def is_clear(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands clear. False means: look closer."""
    if start < 2 or text[start - 1] not in WHITE or not (text[start - 2].isalnum() or text[start - 2] in STOPS):
        return False
    after = text[end : end + 2]
    return not after or after[0] in WHITE or (after[0] in STOPS and (len(after) == 1 or after[1] in WHITE))


def are_clear(raw: bytes, firsts: Positions, lasts: Positions) -> npt.NDArray[np.bool_]:
    """The same for many matches of a long text at once (`lasts` are inclusive)."""
    codes = np.frombuffer(b"\0\0" + raw + b"  ", np.uint8)
    after, beyond = codes[lasts + 3], codes[lasts + 4]
    before = _WHITE[codes[firsts + 1]] & _SETTLED[codes[firsts]]
    return before & (_WHITE[after] | (_STOPS[after] & _WHITE[beyond]))
