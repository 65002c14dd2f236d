"""Digits and symbols in place of letters: `w33d`, `$ex`, `p1lls`."""

from collections.abc import Iterator

from engine.library.model import View
from engine.text.views.reading import Reading

_COMMON = {"@": "a", "4": "a", "3": "e", "0": "o", "$": "s", "5": "s", "7": "t", "+": "t", "8": "b", "9": "g", "2": "z"}
AS_I = str.maketrans({**_COMMON, "1": "i", "!": "i", "|": "i"})
AS_L = str.maketrans({**_COMMON, "1": "l", "!": "l", "|": "l"})
SYMBOLS = frozenset("@430$57+8921!|")
LETTERS_NEEDED = 2
BYTES_AS_I, BYTES_AS_L = (
    bytes(ord(chr(code).lower().translate(table)) if code < 128 else code for code in range(256))
    for table in (AS_I, AS_L)
)
"""The same for many ASCII tokens at once, capitals made small."""
PUNCTUATION = "@$!|+"
"""Symbols that at the edge of a token are more often just what they are: `w33d!`, `@w33d`."""
EDGES = bytes(chr(code) in PUNCTUATION for code in range(256))
"""The same as one byte a character."""


def read(token: str) -> Iterator[Reading]:
    """Read a token of letters, digits and leet symbols. Road numbers and years have too few letters to be words."""
    if sum(map(str.isalpha, token)) < LETTERS_NEEDED or not token.isascii() or SYMBOLS.isdisjoint(token):
        return
    for written in dict.fromkeys((token.lower(), _bare(token.lower()))):
        for folded in dict.fromkeys((written.translate(AS_I), written.translate(AS_L))):
            yield Reading(folded, range(len(folded)), View.LEET)


def read_many(tokens: list[str], between: bytes) -> Iterator[bytes]:
    """Yield all readings of many ASCII tokens, those of one way of reading together."""
    separator = between.decode()
    bare = [token.strip(PUNCTUATION) for token in tokens]
    for written in dict.fromkeys((separator.join(tokens).encode(), separator.join(bare).encode())):
        yield written.translate(BYTES_AS_I)
        yield written.translate(BYTES_AS_L)


def _bare(token: str) -> str:
    """Return the token with spaces for the symbols at its edges, of the same length."""
    right = token.rstrip(PUNCTUATION)
    bare = right.lstrip(PUNCTUATION)
    return " " * (len(right) - len(bare)) + bare + " " * (len(token) - len(right))
