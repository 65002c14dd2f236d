"""Letters repeated to hide or stretch a word: `weeeed`, `ppillss`. Only odd runs are suspicious."""

import re
from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from engine.library.model import View
from engine.text.views.reading import Reading

# Letters that hardly any word doubles, so that one double is enough.
ODD_DOUBLES = b"ahijkquvwxy"
_ODD = np.zeros(256, np.bool_)
_ODD[list(ODD_DOUBLES)] = True
ODD = _ODD.astype(np.uint8).tobytes()
"""The same as one byte a letter."""
SUSPICIOUS = re.compile(rb"([a-z\x80-\xff])\1\1| ([a-z\x80-\xff])\2|([ahijkquvwxy])\3")
RUN = re.compile(r"(.)\1*", re.DOTALL)
RUNS = re.compile(rb"([^\n])\1+")
MOST_RUNS = 6
LONGEST = 64


def words(view: bytes, *, short: bool) -> list[tuple[int, int]]:
    """Return start and end of each word with three equal letters, a doubled first letter, or an odd double."""
    found, done = [], -1
    for position in _suspicious(view, short=short):
        if position >= done:
            start, done = view.rfind(b" ", 0, position + 1) + 1, view.find(b" ", position)
            found.append((start, done))
    return found


def _suspicious(view: bytes, *, short: bool) -> list[int]:
    """Return positions inside these words."""
    if short:
        return [found.end() - 1 for found in SUSPICIOUS.finditer(view)]
    codes = np.frombuffer(view, np.uint8)
    equal = codes[1:] == codes[:-1]
    doubles = np.flatnonzero(equal)
    letters = codes[doubles]
    odd = _ODD[letters] | equal[doubles - 1] | (codes[doubles - 1] == ord(" "))
    positions: list[int] = (doubles[odd & (letters >= ord("a"))] + 1).tolist()
    return positions


def squeezed(word: bytes) -> bytes:
    """Return the word with each run as one letter: alike for all that are stretched forms of each other."""
    return RUNS.sub(rb"\1", word)


def squeezed_words(words: Iterable[bytes]) -> set[bytes]:
    """Return many words squeezed. They are joined for it: none is empty, so a line feed is never two in a row."""
    codes = np.frombuffer(b"\n".join(words), np.uint8)
    return set(codes[np.concatenate(([True], codes[1:] != codes[:-1]))[: len(codes)]].tobytes().split(b"\n"))


def read(word: str) -> Iterator[Reading]:
    """Read a word with each run as one letter or two, whatever was written. The word as it stands is not read again."""
    runs = [found.span() for found in RUN.finditer(word)]
    long_runs = [index for index, (start, end) in enumerate(runs) if end - start > 1]
    if not 0 < len(long_runs) <= MOST_RUNS or len(word) > LONGEST:
        return
    for lengths in product((1, 2), repeat=len(long_runs)):
        chosen = dict(zip(long_runs, lengths, strict=True))
        origins = [
            place
            for index, (start, end) in enumerate(runs)
            for place in ([start, end - 1][: chosen[index]] if index in chosen else [start])
        ]
        folded = "".join(word[place] for place in origins)
        if folded != word:
            yield Reading(folded, _reach_to_the_end(origins, len(word)), View.REPEATED)


def _reach_to_the_end(origins: list[int], length: int) -> list[int]:
    return [*origins[:-1], length - 1]
