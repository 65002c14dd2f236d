"""Finds the tokens worth a second reading: capitals inside, digits beside letters, letters of two scripts."""

from collections.abc import Iterator

import numpy as np

FOREIGN = 1
"""The byte of a letter outside Latin-1 in the raw text; 0 is anything else outside it."""

LONGEST_TOKEN = 64
_LOWER, _LETTER, _LEET, _OTHER_SCRIPT = 1, 2, 4, 8
_SYMBOLS = "@$!|+"
"""Symbols that stand for letters. Only `$` is looked for after a letter; the others end sentences there."""


def _class_of(char: str) -> int:
    """Return what a character can begin (low half of the byte) and what it can end (high half); 0: no token."""
    if char.isalpha():
        ends = _LEET | _OTHER_SCRIPT | (_LOWER if char.isupper() else 0)
        return (ends << 4) | _LETTER | (0 if char.isupper() else _LOWER)
    if char.isascii() and (char.isdigit() or char in _SYMBOLS):
        return ((_LETTER if char.isdigit() or char == "$" else 0) << 4) | _LEET
    return 0


_ALONE = (_LETTER << 4) | _OTHER_SCRIPT
CLASSES = bytes(_ALONE if code == FOREIGN else _class_of(chr(code)) for code in range(256))


def find(raw: bytes, *, short: bool, part: bool) -> list[tuple[int, int]]:
    """Return start and end of each suspicious token in a text of one byte a character.

    `part`: the text is a piece of a longer one, so that a word that is alone here is not alone. A word in another
    script may come twice.
    """
    classes = raw.translate(CLASSES)
    found: list[tuple[int, int]] = []
    if not short or _has_pair(classes):
        found = _around_pairs(classes)
    if b"\x01" in raw:
        found += _lone_foreign(raw, classes, part=part)
    return found


def _around_pairs(classes: bytes) -> list[tuple[int, int]]:
    """Return the tokens that hold a pair of neighbours of which the first begins what the second can end."""
    kinds = np.frombuffer(b"\0" + classes + b"\0", np.uint8)
    places = np.flatnonzero((kinds[:-1] & (kinds[1:] >> 4)) != 0)
    if not len(places):
        return []
    gaps = np.flatnonzero(kinds == 0)
    after = list(dict.fromkeys(gaps.searchsorted(places).tolist()))
    ends = gaps[after] - 1
    starts = gaps[[gap - 1 for gap in after]]
    tokens = zip(starts.tolist(), ends.tolist(), strict=True)
    return [(start, end) for start, end in tokens if end - start <= LONGEST_TOKEN]


def _has_pair(classes: bytes) -> bool:
    """The same question for a short text, answered with whole numbers: faster than numpy."""
    begins = int.from_bytes(classes[:-1], "big") & int.from_bytes(b"\x0f" * (len(classes) - 1), "big")
    return begins & (int.from_bytes(classes[1:], "big") >> 4) != 0


def _lone_foreign(raw: bytes, classes: bytes, *, part: bool) -> Iterator[tuple[int, int]]:
    """Words wholly in another script beside a Latin word, or alone: perhaps a Latin word in disguise."""
    kinds = np.frombuffer(b"\0\0" + classes + b"\0\0", np.uint8)
    foreign = kinds & _OTHER_SCRIPT != 0
    gap, latin = kinds == 0, kinds & _LETTER != 0
    starts = np.flatnonzero(foreign[2:-2] & gap[1:-3] & latin[:-4])
    ends = np.flatnonzero(foreign[2:-2] & gap[3:-1] & latin[4:])
    words = {int(start): classes.find(b"\0", start) for start in starts.tolist()}
    words.update((classes.rfind(b"\0", 0, last + 1) + 1, last + 1) for last in ends.tolist())
    if not part and not classes.strip(bytes([_ALONE])):
        words[0] = len(classes)
    for start, end in sorted(words.items()):
        stop = len(classes) if end < 0 else end
        if stop - start <= LONGEST_TOKEN and not raw[start:stop].strip(b"\x01"):
            yield start, stop
