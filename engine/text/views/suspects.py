"""Finds the tokens worth a second reading: capitals inside, digits beside letters, letters of two scripts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from engine.text.views import mask

FOREIGN = 1
"""The byte of a letter outside Latin-1 in the raw text; 0 is anything else outside it."""

_LOWER, _LETTER, _LEET, _LATIN, _IS_FOREIGN, _MASKED, _IN_TOKEN = 1, 2, 4, 8, 16, 32, 128
_SYMBOLS = "@$!|+"
"""Symbols that stand for letters. Only `$` is looked for after a letter; the others end sentences there."""


def _table(side: str) -> bytes:
    """A bit for each transition that a byte can begin (left) or end (right)."""
    table = bytearray(256)
    for code in range(256):
        char = chr(code)
        left, right = 0, 0
        if char.isalpha():
            left = _LETTER | _LATIN | _IN_TOKEN | _MASKED | (0 if char.isupper() else _LOWER)
            right = _LEET | _IS_FOREIGN | (_LOWER if char.isupper() else 0)
        elif char.isascii() and (char.isdigit() or char in _SYMBOLS):
            left = _LEET | _IN_TOKEN
            right = _LETTER if char.isdigit() or char == "$" else 0
        elif char in mask.SIGNS:
            right = _MASKED
        table[code] = left if side == "left" else right
    table[FOREIGN] = (_IS_FOREIGN | _IN_TOKEN) if side == "left" else _LATIN
    return bytes(table)


LEFT, RIGHT = _table("left"), _table("right")
_LONE = bytes([_IS_FOREIGN | _IN_TOKEN])


@dataclass(frozen=True, slots=True)
class Suspects:
    """Where a text must be read again."""

    raw: bytes = field(repr=False)
    left: bytes = field(repr=False)
    places: tuple[int, ...]
    """First byte of each suspicious pair inside tokens."""
    signs: tuple[int, ...]
    """Masking signs that follow a letter."""
    part: bool = False
    """The text is a piece of a longer one: a word that is alone here is not alone."""

    def tokens(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of each suspicious token; one in another script perhaps twice."""
        done, left = -1, self.left
        for place in self.places:
            if place >= done:
                start = left.rfind(b"\0", 0, place + 1) + 1
                done = left.find(b"\0", place + 1)
                done = len(left) if done < 0 else done
                yield start, done
        if b"\x01" in self.raw:
            yield from _lone_foreign(self.raw, left, part=self.part)

    def masked(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield start and text of each word with one or two signs inside."""
        done = -1
        for sign in self.signs:
            found = mask.token_at(text, sign) if sign >= done else None
            if found is not None:
                done = found[0] + len(found[1])
                yield found


def find(raw: bytes, *, short: bool, part: bool) -> Suspects:
    """Find the suspicious pairs of neighbours in a text of one byte a character."""
    left, right = raw.translate(LEFT), raw.translate(RIGHT)
    if short and not int.from_bytes(left[:-1], "big") & int.from_bytes(right[1:], "big"):
        return Suspects(raw, left, (), (), part)
    pairs = np.frombuffer(left, np.uint8)[:-1] & np.frombuffer(right, np.uint8)[1:]
    places = np.flatnonzero(pairs)
    masked = pairs[places] == _MASKED
    return Suspects(raw, left, tuple(places[~masked].tolist()), tuple((places[masked] + 1).tolist()), part)


def _lone_foreign(raw: bytes, left: bytes, *, part: bool) -> Iterator[tuple[int, int]]:
    """Words wholly in another script beside a Latin word, or alone: perhaps a Latin word in disguise."""
    kinds = np.frombuffer(b"\0\0" + left + b"\0\0", np.uint8)
    foreign = kinds & _IS_FOREIGN != 0
    gap, latin = kinds == 0, kinds & _LATIN != 0
    starts = np.flatnonzero(foreign[2:-2] & gap[1:-3] & latin[:-4])
    ends = np.flatnonzero(foreign[2:-2] & gap[3:-1] & latin[4:])
    words = {int(start): left.find(b"\0", start) for start in starts.tolist()}
    words.update((left.rfind(b"\0", 0, last + 1) + 1, last + 1) for last in ends.tolist())
    if not part and not left.strip(_LONE):
        words[0] = len(left)
    for start, end in sorted(words.items()):
        stop = len(left) if end < 0 else end
        if not raw[start:stop].strip(b"\x01"):
            yield start, stop
