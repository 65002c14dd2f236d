"""What a view hands on: a piece of text as it may be meant, with the way back to what was written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.library.compiled import CompiledText
from engine.library.model import View


class Entry:
    """A text under one reading, as patterns and hits refer to it."""

    __slots__ = ("text", "view", "wording")

    def __init__(self, text: CompiledText, view: View | None) -> None:
        self.text = text
        self.view = view
        self.wording: tuple[str, str] | None = None
        """Rule and the end of the explanation, made when it is first needed."""


class Hit(NamedTuple):
    """A text found at these characters of the original, end exclusive."""

    start: int
    end: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Reading:
    """Folded text, and for each of its characters the index in the token that it stands for."""

    folded: str = field(repr=False)
    origins: Sequence[int] = field(repr=False)
    view: View


LookUp = Callable[[str], list[tuple[int, int, Entry]]]
"""Finds every text in a folded reading: start, end (exclusive) in the reading, entry."""


def hits_of(
    reading: Reading, token_start: int, look_up: LookUp, entry_for: Callable[[Entry, View], Entry]
) -> list[Hit]:
    """Look a reading up and give what is found its place in the original."""
    return [
        Hit(
            token_start + reading.origins[start],
            token_start + reading.origins[end - 1] + 1,
            entry_for(entry, reading.view),
        )
        for start, end, entry in look_up(reading.folded)
    ]
