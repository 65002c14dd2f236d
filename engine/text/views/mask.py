"""Letters covered by a symbol: `w*ed`, `s#x`, `b_mb`. At most two, and never the first."""

import re
from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

from engine.library.model import View
from engine.text.views.reading import Reading

SIGNS = b"*#%?"
MASKED = re.compile(r"(?<![\w*#%?])[^\W\d_](?:[^\W_]*[*#%?]){1,2}[^\W_]*(?![\w*#%?])")
MOST = 2
SHORTEST = 3
LONGEST = 24


def find(text: str, raw: bytes) -> Iterator[tuple[int, str]]:
    """Yield start and text of every word with one or two signs inside."""
    if any(sign in raw for sign in SIGNS):
        for found in MASKED.finditer(text):
            token = found.group().rstrip("?")
            if SHORTEST <= len(token) <= LONGEST and any(sign in token for sign in "*#%?"):
                yield found.start(), token


def read(token: str) -> Iterator[Reading]:
    """Read a masked word with every letter in each masked place, if more of it shows than is hidden."""
    places = [index for index, char in enumerate(token) if char in "*#%?"]
    if not 0 < len(places) <= MOST or 2 * len(places) > len(token):
        return
    letters = list(token.lower())
    for fill in product(ascii_lowercase, repeat=len(places)):
        for place, letter in zip(places, fill, strict=True):
            letters[place] = letter
        yield Reading("".join(letters), range(len(letters)), View.MASK)
