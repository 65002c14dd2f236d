"""What a view hands on: a piece of text as it may be meant, with the way back to what was written."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.library.compiled import CompiledText
from engine.library.model import ALL_VIEWS, Match, View

Wording = tuple[tuple[str, str, str, str, str, str], int, str, str | None]
"""The first six fields of a finding, its usual severity, the end of its explanation, and its condition."""


PHRASE, DOMAIN = Match.PHRASE, Match.DOMAIN
_LETTER_FOR_LETTER = (None, View.REVERSED)
"""Readings in which every letter is itself, so that the place alone tells words from codes."""


class Entry:
    """A text under one reading, as patterns and hits refer to it."""

    __slots__ = ("plain", "text", "view", "wording")

    def __init__(self, text: CompiledText, view: View | None) -> None:
        self.text = text
        self.view = view
        self.plain = view in _LETTER_FOR_LETTER and is_plain(text)
        """Standing between white space, it fires: nothing else has to be looked at."""
        self.wording: Wording | None = None
        """Made when it is first needed."""


def is_plain(text: CompiledText) -> bool:
    """Tell whether the text has no rules but its word boundaries."""
    rules, match = text.term.rules, text.match
    if not rules.simple or rules.views is not ALL_VIEWS or text.allow:
        return False
    return match is not PHRASE and match is not DOMAIN and " " not in text.folded


class Hit(NamedTuple):
    """A text found at these characters of the original, end exclusive."""

    start: int
    end: int
    entry: Entry
    clear: bool = False
    """It stands between white space, so that it can be no part of a code or an address. False means: look."""


class Reading(NamedTuple):
    """Folded text, and for each of its characters the index in the token that it stands for."""

    folded: str
    origins: Sequence[int]
    view: View
