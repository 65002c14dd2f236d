"""Finds the tokens worth a second reading: capitals inside, digits beside letters, letters of two scripts."""

from collections.abc import Iterator

import numpy as np

FOREIGN = 1
"""The byte of a letter outside Latin-1 in the raw text; 0 is anything else outside it."""

_LOWER, _LETTER, _LEET, _LATIN, _IS_FOREIGN, _IN_TOKEN = 1, 2, 4, 8, 16, 128
_SYMBOLS = b"@$!|+"


def _table(side: str) -> bytes:
    """A bit for each transition that a byte can begin (left) or end (right)."""
    table = bytearray(256)
    for code in range(256):
        char = chr(code)
        if char.isalpha() and code >= 65:
            upper = char.isupper()
            if side == "left":
                table[code] = _LETTER | _LATIN | (0 if upper else _LOWER) | _IN_TOKEN
            else:
                table[code] = _LEET | _IS_FOREIGN | (_LOWER if upper else 0)
        elif char.isascii() and (char.isdigit() or code in _SYMBOLS):
            table[code] = (_LEET | _IN_TOKEN) if side == "left" else (_LETTER if char.isdigit() or char == "$" else 0)
    table[FOREIGN] = (_IS_FOREIGN | _IN_TOKEN) if side == "left" else _LATIN
    return bytes(table)


LEFT, RIGHT = _table("left"), _table("right")


def tokens(raw: bytes, *, short: bool) -> Iterator[tuple[int, int]]:
    """Yield start and end of each suspicious token once."""
    left, right = raw.translate(LEFT), raw.translate(RIGHT)
    places: list[int] = []
    if not short or int.from_bytes(left[:-1], "big") & int.from_bytes(right[1:], "big"):
        places = np.flatnonzero(np.frombuffer(left, np.uint8)[:-1] & np.frombuffer(right, np.uint8)[1:]).tolist()
    done = -1
    for place in places:
        if place >= done:
            start = left.rfind(b"\x00", 0, place + 1) + 1
            done = left.find(b"\x00", place + 1)
            done = len(left) if done < 0 else done
            yield start, done
    if b"\x01" in raw:
        yield from _lone_foreign(raw, left)


def _lone_foreign(raw: bytes, left: bytes) -> Iterator[tuple[int, int]]:
    """Words wholly in another script beside a Latin word, or alone: perhaps a Latin word in disguise."""
    kinds = np.frombuffer(b"\0\0" + left + b"\0\0", np.uint8)
    foreign = kinds & _IS_FOREIGN != 0
    gap, latin = kinds == 0, kinds & _LATIN != 0
    starts = np.flatnonzero(foreign[2:-2] & gap[1:-3] & latin[:-4])
    ends = np.flatnonzero(foreign[2:-2] & gap[3:-1] & latin[4:])
    words = {int(start): left.find(b"\0", start) for start in starts.tolist()}
    words.update((left.rfind(b"\0", 0, last + 1) + 1, last + 1) for last in ends.tolist())
    if not left.strip(b"\x90"):
        words[0] = len(left)
    for start, end in sorted(words.items()):
        stop = len(left) if end < 0 else end
        if not raw[start:stop].strip(b"\x01"):
            yield start, stop
