"""Single letters with spaces or dots between: `w e e d`, `w.e.e.d`. Both look alike once separators are collapsed."""

from collections.abc import Container, Iterator

import numpy as np

_LETTER = bytes(97 if 97 <= code < 123 or code >= 128 else 49 if code != 32 else 32 for code in range(256))
SHORTEST = 3
LONGEST = 40
INSIDE = 5
"""Letters that a word needs to be believed in the middle of a longer run."""
ALONE = b"aiu"
"""Letters that are words of their own and may stand beside a spaced word."""


def runs(view: bytes, *, short: bool) -> Iterator[tuple[int, int]]:
    """Yield first and last position in the view of each run of three or more single letters."""
    last = -1
    for start in _starts(view, short=short):
        if start < last:
            continue
        end = start + 6
        while (
            view[end : end + 1] == b" "
            and _LETTER[view[end + 1] if end + 1 < len(view) else 32] == 97
            and view[end + 2] == 32
        ):
            end += 2
        last = end
        yield start + 1, end - 1


def _starts(view: bytes, *, short: bool) -> list[int]:
    if short:
        shape = view.translate(_LETTER)
        starts = []
        at = shape.find(b" a a a ")
        while at >= 0:
            starts.append(at)
            at = shape.find(b" a a a ", at + 2)
        return starts
    codes = np.frombuffer(view, np.uint8)
    space = codes == ord(" ")
    single = space[:-2] & space[2:]
    found = np.flatnonzero(single[:-4] & single[2:-2] & single[4:])
    letters = (codes[found + 1] >= ord("a")) & (codes[found + 3] >= ord("a")) & (codes[found + 5] >= ord("a"))
    result: list[int] = found[letters].tolist()
    return result


def holds(letters: bytes, words: Container[bytes]) -> bool:
    """Tell whether any part of a run is a word: those of most are none, and need no closer look."""
    length = len(letters)
    parts = (
        letters[start:end]
        for start in range(length - SHORTEST + 1)
        for end in range(start + SHORTEST, min(length, start + LONGEST) + 1)
    )
    return any(part in words for part in parts)


def candidates(letters: bytes) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run that may be one word: all, all but a lone a, i or u at an end, long parts inside."""
    length = len(letters)
    starts = [0, 1] if letters[0] in ALONE else [0]
    ends = [length, length - 1] if letters[-1] in ALONE else [length]
    edges = {(start, end) for start in starts for end in ends if end - start >= SHORTEST}
    yield from sorted(edges)
    for start in range(length - INSIDE + 1):
        for end in range(start + INSIDE, min(length, start + LONGEST) + 1):
            if (start, end) not in edges:
                yield start, end
