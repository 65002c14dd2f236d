"""The words before and after a match, folded, up to the end of the line, cell or sentence that it stands in."""

import re
from dataclasses import dataclass, field

from engine.library.model import Reach, Side
from engine.text.breaks import first_break, last_break
from engine.text.characters import FOLD, is_unspaced

SPACES = re.compile(r" {2,}")
AROUND_WORD = 16
"""Characters to look at for each word of reach; more are fetched where words are longer."""
FURTHEST = 4096
"""Characters beyond which nothing is context."""


@dataclass(slots=True)
class Surroundings:
    """One match in its text. What is worked out is kept, since several terms may ask for the same match."""

    text: str = field(repr=False)
    start: int
    end: int
    _left: dict[tuple[int, bool], str] = field(default_factory=dict, repr=False)
    _right: dict[tuple[int, bool], str] = field(default_factory=dict, repr=False)

    def left(self, words: int, *, sentence: bool = False) -> str:
        """Folded text before the match with at least so many words, if the break before it allows."""
        key = (words, sentence)
        if key not in self._left:
            self._left[key] = self._fetch_left(words, sentence)
        return self._left[key]

    def right(self, words: int, *, sentence: bool = False) -> str:
        """Folded text after the match, likewise."""
        key = (words, sentence)
        if key not in self._right:
            self._right[key] = self._fetch_right(words, sentence)
        return self._right[key]

    def words_before(self, reach: Reach) -> list[str]:
        """The words before the match that are within reach, nearest last."""
        return (
            [] if reach.side is Side.AFTER else split(self.left(reach.within, sentence=reach.sentence), -reach.within)
        )

    def words_after(self, reach: Reach) -> list[str]:
        """The words after the match that are within reach, nearest first."""
        return (
            [] if reach.side is Side.BEFORE else split(self.right(reach.within, sentence=reach.sentence), reach.within)
        )

    def _fetch_left(self, words: int, sentence: bool) -> str:
        size = words * AROUND_WORD
        while True:
            low = max(0, self.start - size)
            stop = last_break(self.text, low, self.start, sentence=sentence)
            folded = collapse(self.text[stop : self.start])
            if low == 0 or stop > low or size >= FURTHEST or folded.count(" ") > words:
                return folded
            size *= 4

    def _fetch_right(self, words: int, sentence: bool) -> str:
        size = words * AROUND_WORD
        while True:
            high = min(len(self.text), self.end + size)
            stop = first_break(self.text, self.end, high, sentence=sentence)
            folded = collapse(self.text[self.end : stop])
            if high == len(self.text) or stop < high or size >= FURTHEST or folded.count(" ") > words:
                return folded
            size *= 4


def collapse(text: str) -> str:
    """Fold, and make every run of separators one space (also at the ends)."""
    return SPACES.sub(" ", text.translate(FOLD))


def split(folded: str, count: int) -> list[str]:
    """Return the first (count > 0) or last (count < 0) words; letters of unspaced scripts stand between words."""
    if not folded.isascii():
        folded = "".join(" " if is_unspaced(char) else char for char in folded)
    words = folded.split()
    return words[:count] if count > 0 else words[count:]
