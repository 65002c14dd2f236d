"""The plain reading of a text: folded to bytes, with the places where a view may see more, and the way back.

Two makers of the same: numpy's, which is always there, and the compiled loops, where they were built.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, TypeAlias

import numpy as np

from engine.text import kernel
from engine.text.boundary import SHORT, Collapsed
from engine.text.clearance import EDGES, are_clear, is_clear
from engine.text.normalise import BLOCK, EXPANDED, Bytes, Folded, Normaliser
from engine.text.views import mask, repeated, spaced, suspects

FEW = 6
"""Up to so many matches are placed one by one."""
Matches: TypeAlias = Sequence[tuple[int, int, int]] | kernel.Numbers
"""Rows of start and end in the view, and the number of the pattern."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pads:
    """For each pattern 1 where it begins (ends) with a space, which is no part of the match."""

    leads: Bytes
    trails: Bytes


class PlainText(Protocol):
    """A text as it is scanned. Places are characters of the text, but for those in the view."""

    @property
    def view(self) -> bytes:
        """The folded text with single spaces, also at both ends."""

    def place(self, matches: Matches, pads: Pads) -> Iterable[Sequence[int]]:
        """Return start, end, pattern and whether it stands clear, for each match in the view."""

    def origins(self, positions: list[int]) -> list[int]:
        """Return the characters that bytes of the view came from."""

    def suspects(self, *, part: bool) -> list[Span]:
        """Return the tokens worth a second reading, or more; `part`: the text is a piece of a longer one."""

    def signs(self) -> list[int]:
        """Return the signs that may cover a letter."""

    def repeated(self) -> list[Span]:
        """Return, in the view, the words with an odd run of equal letters that are worth a second reading, or more."""

    def runs(self) -> list[Span]:
        """Return, in the view, the first and last of three or more single letters in a row."""

    def close(self) -> None:
        """Give memory back."""


class NumpyText:
    """Worked out step by step, each when it is asked for."""

    def __init__(self, text: str, normaliser: Normaliser) -> None:
        self._text = text
        self._folded: Folded = normaliser.fold(text)
        self._collapsed = Collapsed(self._folded.codes)
        self.view = self._collapsed.view
        self._short = len(self._folded.raw) < SHORT

    def place(self, matches: Matches, pads: Pads) -> Iterable[Sequence[int]]:
        return self._place_few(matches, pads) if len(matches) <= FEW else self._place_many(matches, pads)

    def _place_few(self, matches: Matches, pads: Pads) -> Iterator[Sequence[int]]:
        for start, end, pattern in matches:
            first = self._origin(start + int(pads.leads[pattern]))
            last = self._origin(end - int(pads.trails[pattern]) - 1)
            yield first, last + 1, pattern, is_clear(self._text, first, last + 1)

    def _place_many(self, matches: Matches, pads: Pads) -> Iterable[Sequence[int]]:
        numbers = np.fromiter(chain.from_iterable(matches), np.intp, 3 * len(matches)).reshape(-1, 3)
        found, folded = numbers[:, 2], self._folded
        firsts = self._collapsed.origins(numbers[:, 0] + pads.leads[found], folded.codes)
        lasts = self._collapsed.origins(numbers[:, 1] - pads.trails[found] - 1, folded.codes)
        if folded.origins is not None:
            firsts, lasts = folded.origins[firsts], folded.origins[lasts]
        clear = are_clear(folded.raw, firsts, lasts)
        return zip(firsts.tolist(), (lasts + 1).tolist(), found.tolist(), clear.tolist(), strict=True)

    def _origin(self, position: int) -> int:
        origin = self._collapsed.origin(position, self._folded.codes)
        return origin if self._folded.origins is None else int(self._folded.origins[origin])

    def origins(self, positions: list[int]) -> list[int]:
        return list(map(self._origin, positions))

    def suspects(self, *, part: bool) -> list[Span]:
        return suspects.find(self._folded.raw, short=self._short, part=part)

    def signs(self) -> list[int]:
        if not any(sign in self._text for sign in mask.SIGNS):
            return []
        return mask.signs(self._text, self._folded.raw, short=self._short)

    def repeated(self) -> list[Span]:
        return repeated.words(self.view, short=self._short)

    def runs(self) -> list[Span]:
        return list(spaced.runs(self.view, short=self._short))

    def close(self) -> None:
        """Nothing to give back."""


class KernelText:
    """Worked out in one compiled pass. Tokens that can hold nothing are left out, and without a filter all are."""

    def __init__(self, text: str, folder: kernel.Folder, chosen: kernel.TokenFilter | None) -> None:
        self._text = text
        self._folding = folder.fold(text, chosen)
        self.view = self._folding.view
        self._marks: list[list[Span]] = [[] for _ in range(kernel.ALONE + 1)]
        for kind, start, end in self._folding.marks():
            self._marks[kind].append((start, end))

    def place(self, matches: Matches, pads: Pads) -> Iterable[Sequence[int]]:
        return self._folding.place(np.asarray(matches, np.int32), pads.leads, pads.trails)

    def origins(self, positions: list[int]) -> list[int]:
        return self._folding.origins(positions)

    def suspects(self, *, part: bool) -> list[Span]:
        alone = [] if part else self._marks[kernel.ALONE]
        return self._marks[kernel.SUSPECT] + self._marks[kernel.FOREIGN] + alone

    def signs(self) -> list[int]:
        return [start for start, _ in self._marks[kernel.SIGN]]

    def repeated(self) -> list[Span]:
        return self._marks[kernel.REPEATED]

    def runs(self) -> list[Span]:
        return self._marks[kernel.SPACED]

    def close(self) -> None:
        self._folding.close()


def kernel_folder(normaliser: Normaliser) -> kernel.Folder:
    """Make the compiled twin of a normaliser."""
    tables = kernel.LetterTables(
        codes=normaliser.table,
        classes=suspects.CLASSES,
        mask_kinds=mask.KINDS,
        odd_doubles=repeated.ODD,
        edges=EDGES,
        signs=mask.SIGNS.encode(),
    )

    expanding: dict[int, bytes] = {}

    def learn(point: int) -> list[tuple[int, bytes]]:
        normaliser.learn(point)
        first = point // BLOCK * BLOCK  # the other blocks are known from before: there are four thousand
        found = (np.flatnonzero(normaliser.table[first : first + BLOCK] == EXPANDED) + first).tolist()
        expanding.update((char, normaliser.expansion(char)) for char in found)
        return sorted(expanding.items())

    return kernel.Folder(tables, learn)
