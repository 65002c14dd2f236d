"""Words broken at the end of a line: `wea-⏎pon`. Joined only in text that came from OCR."""

import re
from collections.abc import Iterator

from engine.library.model import View
from engine.text.characters import FOLD
from engine.text.views.reading import Reading

BROKEN = re.compile(r"[^\W\d_]+(?:-|\u2010|\u00ac|\u00ad)[ \t]*\r?\n[ \t]*[^\W\d_]+")
LETTERS = re.compile(r"[^\W\d_]+")


def read(text: str) -> Iterator[tuple[int, Reading]]:
    """Yield the start of each broken word and its reading in one piece."""
    for found in BROKEN.finditer(text):
        folded: list[str] = []
        origins: list[int] = []
        for part in LETTERS.finditer(found.group()):
            for index in range(part.start(), part.end()):
                letters = FOLD[ord(found.group()[index])]
                folded += letters
                origins += [index] * len(letters)
        yield found.start(), Reading("".join(folded), origins, View.HYPHEN)
