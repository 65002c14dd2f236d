"""Offset to line and column. Computed when asked: most texts have no finding."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.documents.piece import Place, Places

LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line: as in Python's universal newlines and in editors. Form feeds and U+2028 do not."""


class LinePlaces:
    """Places in a text that stands in its file as it is."""

    __slots__ = ("_column", "_in_file", "_line", "_starts", "_text")

    def __init__(self, text: str, line: int = 1, column: int = 1, *, in_file: bool = True) -> None:
        """`line` and `column` are the place of the first character."""
        self._text = text
        self._line = line
        self._column = column
        self._in_file = in_file
        self._starts: list[int] | None = None

    def at(self, offset: int) -> Place:
        """Return the place of a character."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in LINE_END.finditer(self._text))]
        index = bisect_right(self._starts, offset) - 1
        before = self._column if index == 0 else 1
        return Place(self._line + index, before + offset - self._starts[index], self._in_file)


@dataclass(frozen=True, slots=True)
class Anchors:
    """A map of offsets, text → source, that runs in steps of one between anchors. Starts at text offset 0."""

    text: Sequence[int]
    source: Sequence[int]

    def to_source(self, offset: int) -> int:
        """Return where the character of the text stands in the source."""
        index = max(bisect_right(self.text, offset) - 1, 0)
        return self.source[index] + offset - self.text[index]


class MappedPlaces:
    """Places in a text that was made out of another one (entities, escapes and tags undone)."""

    __slots__ = ("_anchors", "_make", "_outer")

    def __init__(self, outer: Places, make: Callable[[], Anchors]) -> None:
        """`make` is called once, at the first question."""
        self._outer = outer
        self._make = make
        self._anchors: Anchors | None = None

    def at(self, offset: int) -> Place:
        """Return the place of a character in the outermost source."""
        if self._anchors is None:
            self._anchors = self._make()
        return self._outer.at(self._anchors.to_source(offset))


@dataclass(frozen=True, slots=True)
class FixedPlace:
    """Every character is said to stand at one place: all that is known."""

    place: Place = field(default=Place(1, 1))

    def at(self, offset: int) -> Place:
        """Return the one place."""
        return self.place
