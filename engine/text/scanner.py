"""All texts of a library set in one automaton: finds where they stand, at their places in the original."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import numpy as np

from engine.library.compiled import CompiledText
from engine.library.model import Match, View
from engine.text import automaton
from engine.text.boundary import Collapsed, padded
from engine.text.characters import fold_words
from engine.text.clearance import are_clear, is_clear
from engine.text.normalise import Folded, Normaliser
from engine.text.views.reading import Entry, Hit

FEW = 6
"""Up to so many matches are placed one by one."""
REVERSIBLE = 4
"""Letters that a word needs to be searched backwards."""
_WHOLE = frozenset({Match.WORD, Match.PREFIX, Match.SUFFIX, Match.SUBSTRING})


class Patterns:
    """Distinct byte patterns with the texts that they stand for."""

    def __init__(self, normaliser: Normaliser) -> None:
        self.normaliser = normaliser
        self.patterns: list[bytes] = []
        self.entries: list[list[Entry]] = []
        self.leads: list[int] = []
        self.trails: list[int] = []
        self._by_pattern: dict[bytes, int] = {}

    def freeze(self) -> None:
        """Make the arrays that placing many matches at once needs."""
        self.lead_array = np.array(self.leads, np.intp)
        self.trail_array = np.array(self.trails, np.intp)

    def add(self, folded: str, match: Match, entry: Entry) -> None:
        pattern = padded(self.normaliser.encode(folded), match)
        index = self._by_pattern.get(pattern)
        if index is None:
            index = self._by_pattern[pattern] = len(self.patterns)
            self.patterns.append(pattern)
            self.entries.append([])
            self.leads.append(pattern[0] == 32)
            self.trails.append(pattern[-1] == 32)
        self.entries[index].append(entry)


class Scanner:
    """Searches one kind of script (with spaces, or without)."""

    def __init__(
        self,
        texts: Iterable[CompiledText],
        keep: Callable[[str], bool],
        back_end: str | None,
        views: frozenset[View],
        *,
        view: View | None = None,
    ) -> None:
        chosen = list(texts)
        self.normaliser = Normaliser(_alphabet(chosen), keep)
        self.words: dict[bytes, list[Entry]] = {}
        """Whole texts by their codes: what a view's reading is looked up in."""
        self.phrase_words: set[str] = set()
        patterns = Patterns(self.normaliser)
        for text in chosen:
            entry = Entry(text, view)
            patterns.add(text.folded, text.match, entry)
            if text.match in _WHOLE:
                self.words.setdefault(self.normaliser.encode(text.folded), []).append(entry)
            if text.match is Match.PHRASE:
                self.phrase_words.update(text.folded.split())
            elif View.REVERSED in views and text.match is Match.WORD:
                self._add_reversed(patterns, text)
        patterns.freeze()
        self._patterns = patterns
        self._find = automaton.build(patterns.patterns, back_end).find_overlapping

    @staticmethod
    def _add_reversed(patterns: Patterns, text: CompiledText) -> None:
        backwards = text.folded[::-1]
        if len(backwards) >= REVERSIBLE and backwards != text.folded and View.REVERSED in text.term.rules.views:
            patterns.add(backwards, Match.WORD, Entry(text, View.REVERSED))

    def find_in_codes(self, codes: bytes) -> list[automaton.Match]:
        """Return every match in folded bytes with single spaces, also at both ends."""
        return self._find(codes)

    def look_up(self, folded: str) -> list[tuple[int, int, Entry]]:
        """Return the texts in a folded reading: start and end in it, and the entry. None is looked for backwards."""
        patterns = self._patterns
        found = []
        for start, end, pattern in self._find(b" " + self.normaliser.encode(folded) + b" "):
            first, last = start + patterns.leads[pattern] - 1, end - patterns.trails[pattern] - 1
            found += [(first, last, entry) for entry in patterns.entries[pattern] if entry.view is None]
        return found

    def whole(self, folded: str) -> list[Entry]:
        """Return the texts that are exactly this reading."""
        found = self.words.get(self.normaliser.encode(folded), ())
        return [entry for entry in found if entry.text.folded == folded]

    def scan_plainly(self, text: str) -> list[Hit]:
        """Return every text of the set in a piece of text."""
        folded = self.normaliser.fold(text)
        return self.scan(text, folded, Collapsed(folded.codes))

    def scan(self, text: str, folded: Folded, collapsed: Collapsed) -> list[Hit]:
        """Return every text of the set in the plain reading of `text`, ordered by where it ends."""
        matches = self._find(collapsed.view)
        if not matches:
            return []
        if len(matches) <= FEW:
            hits = self._place_few(text, matches, folded, collapsed)
        else:
            hits = self._place_many(matches, folded, collapsed)
        return _verified(text, hits) if self.normaliser.shares_codes else hits

    def _place_few(
        self, text: str, matches: Sequence[automaton.Match], folded: Folded, collapsed: Collapsed
    ) -> list[Hit]:
        patterns, hits = self._patterns, []
        origin, codes, origins = collapsed.origin, folded.codes, folded.origins
        for start, end, pattern in matches:
            first = origin(start + patterns.leads[pattern], codes)
            last = origin(end - patterns.trails[pattern] - 1, codes)
            if origins is not None:
                first, last = int(origins[first]), int(origins[last])
            clear = is_clear(text, first, last + 1)
            hits += [Hit(first, last + 1, entry, clear) for entry in patterns.entries[pattern]]
        return hits

    def _place_many(self, matches: Sequence[automaton.Match], folded: Folded, collapsed: Collapsed) -> list[Hit]:
        patterns = self._patterns
        numbers = np.fromiter(chain.from_iterable(matches), np.intp, 3 * len(matches)).reshape(-1, 3)
        found = numbers[:, 2]
        firsts = collapsed.origins(numbers[:, 0] + patterns.lead_array[found], folded.codes)
        lasts = collapsed.origins(numbers[:, 1] - patterns.trail_array[found] - 1, folded.codes)
        if folded.origins is not None:
            firsts, lasts = folded.origins[firsts], folded.origins[lasts]
        clear = are_clear(folded.raw, firsts, lasts)
        chosen = [patterns.entries[pattern] for pattern in found.tolist()]
        placed = zip(firsts.tolist(), (lasts + 1).tolist(), chosen, clear.tolist(), strict=True)
        return [Hit(first, end, entry, free) for first, end, entries, free in placed for entry in entries]


def _verified(text: str, hits: Iterable[Hit]) -> list[Hit]:
    """Where letters share codes, keep what is equal letter by letter."""
    kept = []
    for hit in hits:
        wanted = hit.entry.text.folded
        seen = fold_words(text[hit.start : hit.end])
        if wanted in seen or wanted == seen[::-1]:
            kept.append(hit)
    return kept


def _alphabet(texts: Iterable[CompiledText]) -> set[str]:
    return {char for text in texts if not text.folded.isascii() for char in text.folded}
