"""What is typed, as a rolling text in memory: corrections are followed, and what was typed and deleted is screened too.

Nothing here is written anywhere. A capture keeps the words around a match, and the rest is forgotten.
"""

from dataclasses import dataclass, field

LONGEST = 2_000
"""Code points kept of one line of typing."""
MOST_DRAFTS = 32
"""Deleted versions kept until the next look."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A text to screen; what stands before `fresh` was screened before."""

    text: str = field(repr=False)
    fresh: int


@dataclass(slots=True)
class TypedLine:
    """One line of typing: what was typed since the caret was put there."""

    _text: str = field(default="", repr=False)
    _screened: int = 0
    _drafts: list[Typed] = field(default_factory=list, repr=False)
    _deleting: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing left to screen."""
        return self._screened >= len(self._text) and not self._drafts

    def write(self, text: str) -> None:
        """Take what a key wrote."""
        self._deleting = False
        self._text += text
        surplus = len(self._text) - LONGEST
        if surplus > 0:
            self._text, self._screened = self._text[surplus:], max(0, self._screened - surplus)

    def erase(self, *, word: bool = False) -> None:
        """Take a correction: the last character, or the last word. What stood there before the first is kept apart."""
        if not self._deleting and self._screened < len(self._text) and len(self._drafts) < MOST_DRAFTS:
            self._drafts.append(Typed(self._text, self._screened))
        self._deleting = True
        shorter = self._text.rstrip() if word else self._text
        cut = shorter.rfind(" ") + 1 if word else len(shorter) - 1
        self._text = shorter[: max(0, cut)]
        self._screened = min(self._screened, len(self._text))

    def take(self, *, finished: bool) -> list[Typed]:
        """Return what is to be screened. A word that is still being typed waits, unless the typing is `finished`."""
        found, self._drafts = self._drafts, []
        end = len(self._text) if finished else self._text.rfind(" ") + 1
        if end > self._screened:
            found.append(Typed(self._text[:end], self._screened))
            self._screened = end
        return found
