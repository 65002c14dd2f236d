"""All texts of a library set in one automaton: finds where they stand, at their places in the original."""

from collections.abc import Callable, Iterable
from contextlib import closing

import numpy as np

from engine.library.compiled import CompiledText
from engine.library.model import ALL_VIEWS, Match, View
from engine.text import automaton, kernel
from engine.text.boundary import padded
from engine.text.characters import fold_words
from engine.text.normalise import BLANK, Normaliser
from engine.text.plain import KernelText, NumpyText, Pads, PlainText, kernel_folder
from engine.text.views import leet, repeated
from engine.text.views.reading import Entry, Hit

REVERSIBLE = 4
"""Letters that a word needs to be searched backwards."""
_MAKE = tuple.__new__
"""Makes a named tuple without passing its arguments on: hits come by the thousand."""
WORD, PHRASE, DOMAIN = Match.WORD, Match.PHRASE, Match.DOMAIN


class Patterns:
    """Distinct byte patterns with the texts that they stand for."""

    def __init__(self) -> None:
        self.patterns: list[bytes] = []
        self.entries: list[list[Entry]] = []
        self._by_pattern: dict[bytes, list[Entry]] = {}

    def pads(self) -> Pads:
        """Say which patterns begin and end with a space."""
        codes = np.frombuffer(b"".join(self.patterns), np.uint8)
        ends = np.cumsum(np.fromiter(map(len, self.patterns), np.intp, len(self.patterns)))
        leads = codes[np.concatenate(([0], ends[:-1]))] if len(ends) else codes
        return Pads((leads == BLANK).astype(np.uint8), (codes[ends - 1] == BLANK).astype(np.uint8))

    def add(self, codes: bytes, match: Match, entry: Entry) -> None:
        pattern = b" %b " % codes if match is WORD or match is PHRASE else padded(codes, match)
        entries = self._by_pattern.get(pattern)
        if entries is not None:
            entries.append(entry)
            return
        entries = self._by_pattern[pattern] = [entry]
        self.patterns.append(pattern)
        self.entries.append(entries)


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
        compiled: bool = kernel.AVAILABLE,
    ) -> None:
        chosen = list(texts)
        self.normaliser = Normaliser(_alphabet(chosen), keep)
        self.words: dict[bytes, list[Entry]] = {}
        """Whole texts by their codes: what a view's reading is looked up in."""
        self.phrase_words: set[str] = set()
        patterns = self._add(chosen, view, backwards=View.REVERSED in views)
        self._patterns, self._entries, self._pads = patterns.patterns, patterns.entries, patterns.pads()
        built = automaton.build(patterns.patterns, back_end)
        self._find = built.find_overlapping
        self._scan = built.find_array if isinstance(built, automaton.Kernel) else built.find_overlapping
        self._dictionary = built.dictionary if isinstance(built, automaton.Kernel) else None
        self._folder = kernel_folder(self.normaliser) if compiled else None

    def _add(self, texts: Iterable[CompiledText], view: View | None, *, backwards: bool) -> Patterns:
        """Make the patterns: there may be a hundred thousand of them, so nothing is looked up twice."""
        patterns, words, encode = Patterns(), self.words, self.normaliser.encode
        add = patterns.add
        for text in texts:
            entry, match, codes = Entry(text, view), text.match, encode(text.folded)
            add(codes, match, entry)
            if match is PHRASE:
                self.phrase_words.update(text.folded.split())
            elif match is not DOMAIN:
                known = words.get(codes)
                if known is None:
                    words[codes] = [entry]
                else:
                    known.append(entry)
                if backwards and match is WORD and _reversible(text):
                    add(codes[::-1], WORD, Entry(text, View.REVERSED))
        return patterns

    def find_in_codes(self, codes: bytes) -> list[automaton.Match]:
        """Return every match in folded bytes with single spaces, also at both ends."""
        return self._find(codes)

    def look_up(self, folded: str) -> list[tuple[int, int, Entry]]:
        """Return the texts in a folded reading: start and end in it, and the entry. None is looked for backwards."""
        leads, trails = self._pads.leads, self._pads.trails
        found = []
        for start, end, pattern in self._find(b" " + self.normaliser.encode(folded) + b" "):
            first, last = start + int(leads[pattern]) - 1, end - int(trails[pattern]) - 1
            found += [(first, last, entry) for entry in self._entries[pattern] if entry.view is None]
        return found

    def whole(self, folded: str) -> list[Entry]:
        """Return the texts that are exactly this reading."""
        found = self.words.get(self.normaliser.encode(folded), ())
        return [entry for entry in found if entry.text.folded == folded]

    def filter_for(self, views: frozenset[View]) -> kernel.TokenFilter | None:
        """Make the filter of tokens for these views, where the compiled loops are used."""
        if self._folder is None or not views:
            return None
        return kernel.TokenFilter(
            self._dictionary or kernel.Dictionary(self._patterns),
            [word.encode() for word in self.phrase_words if word.isascii()],
            list(repeated.squeezed_words(self.words)),
            (leet.BYTES_AS_I, leet.BYTES_AS_L, leet.EDGES),
            leet=View.LEET in views,
            camel=View.CAMEL in views,
        )

    def read(self, text: str, chosen: kernel.TokenFilter | None = None) -> PlainText:
        """Fold a text and mark what views read again, as the filter says; the result is closed after use."""
        if self._folder is None or len(text) > kernel.LONGEST_TEXT:
            return NumpyText(text, self.normaliser)
        return KernelText(text, self._folder, chosen)

    def scan_plainly(self, text: str) -> list[Hit]:
        """Return every text of the set in a piece of text."""
        with closing(self.read(text)) as plain:
            return self.scan(text, plain)

    def scan(self, text: str, plain: PlainText) -> list[Hit]:
        """Return every text of the set in the plain reading of `text`, ordered by where it ends."""
        matches = self._scan(plain.view)
        if not len(matches):
            return []
        entries = self._entries
        hits = [
            _MAKE(Hit, (start, end, entry, clear))
            for start, end, pattern, clear in plain.place(matches, self._pads)
            for entry in entries[pattern]
        ]
        return _verified(text, hits) if self.normaliser.shares_codes else hits


def _reversible(text: CompiledText) -> bool:
    folded = text.folded
    views = text.term.rules.views
    return len(folded) >= REVERSIBLE and folded != folded[::-1] and (views is ALL_VIEWS or View.REVERSED in views)


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
