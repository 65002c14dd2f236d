"""A text as one byte a character, ready for an automaton, with the way back to the characters of the original.

Bytes of the folded text: ASCII letters and digits are themselves, every separator is a space, letters of the library's
own alphabet are 128 and above, any other letter is OTHER. Deleted characters are gone and expanded ones (ß, ﬁ) take
several bytes; then `origins` says which character each byte came from.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.text.characters import FOLD, is_unspaced

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.intp]

OTHER, DELETED, EXPANDED, UNKNOWN = 1, 2, 3, 4
BLANK = 32
FIRST_CODE = 128
CODES = 128
BLOCK = 256
_DELETED, _EXPANDED, _UNKNOWN = bytes([DELETED]), bytes([EXPANDED]), bytes([UNKNOWN])
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


@dataclass(frozen=True, slots=True)
class Folded:
    """`codes`: the folded text. `origins`: for each byte the index of its character, `None` where they are equal.

    `raw`: the text with one byte a character; outside Latin-1, 1 for a letter and 0 for anything else. Views look for
    suspicious tokens in it.
    """

    codes: bytes
    origins: Positions | None
    raw: bytes


class Normaliser:
    """Folds texts with the alphabet of one library set. A library with more letters than codes shares codes among them.

    `keep`: which folded letters are letters at all here; others separate words (unspaced scripts in the word scan).
    """

    def __init__(self, alphabet: Iterable[str], keep: Callable[[str], bool]) -> None:
        letters = sorted({char for char in alphabet if char not in _PLAIN and char != " "})
        self.shares_codes = len(letters) > CODES
        self._codes = {letter: FIRST_CODE + index % CODES for index, letter in enumerate(letters)}
        self._keep = keep
        self.table: Bytes = np.full(0x110000, UNKNOWN, np.uint8)
        """For each code point its byte, or what it is instead; worked out by the block as characters are met."""
        self._fill(0)
        self._latin = self.table[:BLOCK].tobytes()

    def encode(self, folded: str) -> bytes:
        """Return the bytes of text that is folded already."""
        if folded.isascii():
            return folded.encode("ascii")
        return bytes(map(self._code, folded))

    def fold(self, text: str) -> Folded:
        """Fold a text of any characters, lone surrogates among them."""
        if text.isascii():
            raw = text.encode("ascii")
            return Folded(raw.translate(self._latin), None, raw)
        try:
            raw = text.encode("latin-1")
            codes = raw.translate(self._latin)
        except UnicodeEncodeError:
            raw, codes = self._fold_wide(text)
        origins: Positions | None = None
        if _EXPANDED in codes:
            codes, origins = self._expand(text, codes)
        if _DELETED in codes:
            kept = np.frombuffer(codes, np.uint8) != DELETED
            origins = np.flatnonzero(kept) if origins is None else origins[kept]
            codes = codes.translate(None, _DELETED)
        return Folded(codes, origins, raw)

    def _code(self, char: str) -> int:
        if char in _PLAIN:
            return ord(char)
        if char == " " or not self._keep(char):
            return BLANK
        return self._codes.get(char, OTHER)

    def _fold_wide(self, text: str) -> tuple[bytes, bytes]:
        points = _code_points(text)
        wide = np.flatnonzero(points >= BLOCK)
        narrow = points.astype(np.uint8)
        narrow[wide] = 0
        wide_points = points[wide]
        found = self.table[wide_points]
        unknown = found == UNKNOWN
        if unknown.any():
            for block in np.unique(wide_points[unknown] // BLOCK).tolist():
                self._fill(block)
            found = self.table[wide_points]
        codes = np.frombuffer(bytearray(narrow.tobytes().translate(self._latin)), np.uint8)
        codes[wide] = found
        narrow[wide] = (found != BLANK) & (found != DELETED)
        return narrow.tobytes(), codes.tobytes()

    def learn(self, point: int) -> None:
        """Work out the codes of a character and of its neighbours, if they are not known."""
        if self.table[point] == UNKNOWN:
            self._fill(point // BLOCK)

    def expansion(self, point: int) -> bytes:
        """Return the bytes of a character that folds to several."""
        return self.encode(FOLD[point])

    def _fill(self, block: int) -> None:
        """Work out the codes of 256 characters, when one of them is met for the first time."""
        first = block * BLOCK
        self.table[first : first + BLOCK] = [self._class(FOLD[code]) for code in range(first, first + BLOCK)]

    def _class(self, folded: str) -> int:
        if not folded:
            return DELETED
        return self._code(folded) if len(folded) == 1 else EXPANDED

    def _expand(self, text: str, codes: bytes) -> tuple[bytes, Positions]:
        array = np.frombuffer(codes, np.uint8)
        places = np.flatnonzero(array == EXPANDED)
        expansions = [self.expansion(ord(text[place])) for place in places.tolist()]
        repeats = np.ones(len(array), np.intp)
        repeats[places] = [len(expansion) for expansion in expansions]
        result = np.repeat(array, repeats)
        result[result == EXPANDED] = np.frombuffer(b"".join(expansions), np.uint8)
        return result.tobytes(), np.repeat(np.arange(len(array), dtype=np.intp), repeats)


def _code_points(text: str) -> npt.NDArray[np.uint16] | npt.NDArray[np.uint32]:
    """Return the code points, in 16 bits where they all fit."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) == 2 * len(text):
        return np.frombuffer(encoded, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def keep_spaced(char: str) -> bool:
    """Letters of scripts with spaces: those of the word scan."""
    return not is_unspaced(char)


def keep_all(_char: str) -> bool:
    """Every letter: the scan of unspaced scripts and emoji."""
    return True
