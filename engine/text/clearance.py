"""Whether a match stands clear: alone between white space and simple marks, so no part of a code or a broken word."""

import numpy as np
import numpy.typing as npt

from engine.text import kernel
from engine.text.hyphenation import HYPHENS
from engine.text.normalise import Positions
from engine.text.shape import CLOSING, OPENING

WHITE = " \n\r\t"


def _flags(chosen: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[[ord(char) for char in chosen if ord(char) < 256]] = True
    return table


_WHITE, _OPENING, _CLOSING = _flags(WHITE), _flags(OPENING), _flags(CLOSING)
_SETTLED = ~_flags("\0" + "".join(HYPHENS) + "".join(chr(code) for code in range(256) if chr(code).isspace()))
"""What may stand before the white space: not a hyphen, which would break a word, nor more white space."""
EDGES = (
    _WHITE * np.uint8(kernel.WHITE)
    + _OPENING * np.uint8(kernel.OPENING)
    + _CLOSING * np.uint8(kernel.CLOSING)
    + _SETTLED * np.uint8(kernel.SETTLED)
).tobytes()
"""The same as one byte a character."""


def is_clear(text: str, start: int, end: int) -> bool:
    """Tell whether text[start:end] stands clear. False means: look closer."""
    if start < 2:
        return False
    before, beside = text[start - 2], text[start - 1]
    if beside in WHITE:
        if before.isspace() or before in HYPHENS:
            return False
    elif beside not in OPENING or before not in WHITE:
        return False
    after = text[end : end + 2]
    return not after or after[0] in WHITE or (after[0] in CLOSING and (len(after) == 1 or after[1] in WHITE))


def are_clear(raw: bytes, firsts: Positions, lasts: Positions) -> npt.NDArray[np.bool_]:
    """The same for many matches of a long text at once (`lasts` are inclusive)."""
    codes = np.frombuffer(b"\0\0" + raw + b"  ", np.uint8)
    before, beside, after, beyond = codes[firsts], codes[firsts + 1], codes[lasts + 3], codes[lasts + 4]
    opens = (_WHITE[beside] & _SETTLED[before]) | (_OPENING[beside] & _WHITE[before])
    return opens & (_WHITE[after] | (_CLOSING[after] & _WHITE[beyond]))
