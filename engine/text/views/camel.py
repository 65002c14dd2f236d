"""Words joined with capitals, as in hashtags and names: `#GunSale`, `sexVideo`."""

import re
from collections.abc import Iterator

from engine.library.model import View
from engine.text.views.reading import Reading

JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SHORTEST_MEAN = 3
"""Mean length of the parts below which a token is a code or a key, not words."""


def read_many(tokens: list[str], between: bytes) -> bytes:
    """Read many tokens of ASCII letters at once, whatever the length of their parts."""
    return JOINT.sub(" ", between.decode().join(tokens)).lower().encode()


def read(token: str) -> Iterator[Reading]:
    """Read a token of letters as the words that its capitals show."""
    if not (token.isascii() and token.isalpha()):
        return
    parts = JOINT.split(token)
    if len(parts) < 2 or len(token) < SHORTEST_MEAN * len(parts):
        return
    origins: list[int] = []
    position = 0
    for part in parts:
        origins += range(position, position + len(part))
        position += len(part)
        origins.append(position)
    yield Reading(" ".join(parts).lower(), origins[:-1], View.CAMEL)
