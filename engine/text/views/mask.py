"""Letters covered by a symbol: `w*ed`, `s#x`. At most two, and neither the first nor the last."""

from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

from engine.library.model import View
from engine.text.views.reading import Reading

SIGNS = "*#%"
MOST = 2
SHORTEST = 3
LONGEST = 24


def token_at(text: str, sign: int) -> tuple[int, str] | None:
    """Return start and text of the word with the sign at this place inside it, if it is one."""
    start = end = sign
    while start > 0 and sign - start < LONGEST and (text[start - 1].isalpha() or text[start - 1] in SIGNS):
        start -= 1
    while end < len(text) and end - sign < LONGEST and (text[end].isalpha() or text[end] in SIGNS):
        end += 1
    token = text[start:end]
    inside = token[:1].isalpha() and token[-1:].isalpha() and SHORTEST <= len(token) <= LONGEST
    return (start, token) if inside else None


def read(token: str) -> Iterator[Reading]:
    """Read a masked word with every letter in each masked place, if more of it shows than is hidden."""
    places = [index for index, char in enumerate(token) if char in SIGNS]
    if not 0 < len(places) <= MOST or 2 * len(places) > len(token):
        return
    letters = list(token.lower())
    for fill in product(ascii_lowercase, repeat=len(places)):
        for place, letter in zip(places, fill, strict=True):
            letters[place] = letter
        yield Reading("".join(letters), range(len(letters)), View.MASK)
