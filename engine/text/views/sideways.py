"""All views together: reads what is suspicious in a text in every way that helps, and looks the readings up."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from engine.library.model import Match, View
from engine.text.boundary import SHORT, Collapsed
from engine.text.breaks import CELL
from engine.text.characters import fold
from engine.text.normalise import Folded
from engine.text.scanner import Scanner
from engine.text.views import camel, homoglyph, hyphen, leet, mask, repeated, spaced, suspects
from engine.text.views.reading import Entry, Hit, Reading

LONGEST_TOKEN = 64
CACHED_TOKENS = 100_000
PHRASE_REACH = 60
"""Characters around a disguised word in which the rest of its phrase is sought."""
TokenReader = Callable[[str], Iterable[Reading]]
LeetTable = dict[int, str]


class TokenHits(NamedTuple):
    """What is known of a token: what it reads as alone, and how to read around it for phrases."""

    hits: tuple[Hit, ...]
    phrase_tables: tuple[LeetTable, ...]


class SideViews:
    """The views of one scanner. Tokens are remembered, since people and programs repeat themselves."""

    def __init__(self, scanner: Scanner, views: frozenset[View]) -> None:
        self._scanner = scanner
        self._views = views
        self._entries: dict[tuple[int, View], Entry] = {}
        self._cache: dict[str, TokenHits] = {}
        self._repeats: dict[bytes, bool] = {}
        readers: dict[View, TokenReader] = {
            View.LEET: leet.read,
            View.CAMEL: camel.read,
            View.HOMOGLYPH: homoglyph.read,
        }
        self._readers = [reader for view, reader in readers.items() if view in views]

    def find(self, text: str, folded: Folded, collapsed: Collapsed, *, from_ocr: bool, part: bool) -> list[Hit]:
        """Return what the views find beyond the plain text, at places in `text`. The same hit may come twice.

        `part`: the text is a piece of a longer one.
        """
        hits: list[Hit] = []
        short = len(folded.raw) < SHORT
        suspect = suspects.find(folded.raw, short=short, part=part)
        if self._readers:
            for start, end in suspect.tokens():
                hits += self._token(text, start, end)
        if View.MASK in self._views:
            for start, token in suspect.masked(text):
                hits += self._words(start, mask.read(token))
        if View.REPEATED in self._views:
            hits += self._repeated(text, folded, collapsed)
        if View.SPACED in self._views or View.DOTTED in self._views:
            hits += self._spaced(text, folded, collapsed)
        if from_ocr and View.HYPHEN in self._views and "\n" in text:
            for start, reading in hyphen.read(text):
                hits += self._words(start, [reading])
        return hits

    def _entry(self, entry: Entry, view: View) -> Entry:
        """Return the entry of a text under a view, always the same one."""
        key = (id(entry), view)
        made = self._entries.get(key)
        if made is None:
            made = self._entries[key] = Entry(entry.text, view)
        return made

    def _token(self, text: str, start: int, end: int) -> Iterator[Hit]:
        if end - start > LONGEST_TOKEN:
            return
        token = text[start:end]
        known = self._cache.get(token)
        if known is None:
            if len(self._cache) >= CACHED_TOKENS:
                self._cache.clear()
            known = self._cache[token] = TokenHits(tuple(self._read_token(token)), self._phrase_tables(token))
        for hit in known.hits:
            yield Hit(start + hit.start, start + hit.end, hit.entry)
        for table in known.phrase_tables:
            yield from self._leet_phrase(text, start, end, table)

    def _phrase_tables(self, token: str) -> tuple[LeetTable, ...]:
        """The ways of reading a token that make it a word of some phrase."""
        if View.LEET not in self._views or not self._scanner.phrase_words:
            return ()
        readings = [reading.folded for reading in leet.read(token)]
        return tuple(
            table
            for table in (leet.AS_I, leet.AS_L)
            if (word := token.lower().translate(table)) in readings and word in self._scanner.phrase_words
        )

    def _read_token(self, token: str) -> Iterator[Hit]:
        for reader in self._readers:
            for reading in reader(token):
                for first, last, entry in self._scanner.look_up(reading.folded):
                    origins = reading.origins
                    yield Hit(origins[first], origins[last - 1] + 1, self._entry(entry, reading.view))

    def _leet_phrase(self, text: str, start: int, end: int, table: LeetTable) -> Iterator[Hit]:
        """A disguised word of a phrase: read everything around it the same way."""
        low, high = max(0, start - PHRASE_REACH), end + PHRASE_REACH
        for hit in self._scanner.scan_plainly(text[low:high].translate(table)):
            first, last = hit.start + low, hit.end + low
            cut_off = (first == low > 0) or (last == high < len(text))
            covers = first <= start and end <= last and not cut_off
            if covers and hit.entry.view is None and hit.entry.text.match is Match.PHRASE:
                yield Hit(first, last, self._entry(hit.entry, View.LEET))

    def _words(self, start: int, readings: Iterable[Reading]) -> Iterator[Hit]:
        """Look up readings that must be a whole text."""
        for reading in readings:
            for entry in self._scanner.whole(reading.folded):
                origins = reading.origins
                yield Hit(
                    start + origins[0], start + origins[len(reading.folded) - 1] + 1, self._entry(entry, reading.view)
                )

    def _repeated(self, text: str, folded: Folded, collapsed: Collapsed) -> Iterator[Hit]:
        view = collapsed.view
        done = -1
        for position in repeated.suspicious(view, short=len(folded.raw) < SHORT):
            if position < done:
                continue
            start, done = view.rfind(b" ", 0, position + 1) + 1, view.find(b" ", position)
            if self._may_be_repeated(view[start:done]):
                first, last = self._place(start, folded, collapsed), self._place(done - 1, folded, collapsed)
                word = fold(text[first : last + 1])
                if len(word) == last + 1 - first and word.isalpha():
                    yield from self._words(first, repeated.read(word))

    def _may_be_repeated(self, codes: bytes) -> bool:
        """Tell whether the word, with its runs shortened, is a text. Remembered, since stretched words recur."""
        known = self._repeats.get(codes)
        if known is None:
            if len(self._repeats) >= CACHED_TOKENS:
                self._repeats.clear()
            readings = repeated.read(codes.decode("latin-1"))
            words = self._scanner.words
            known = self._repeats[codes] = any(reading.folded.encode("latin-1") in words for reading in readings)
        return known

    def _spaced(self, text: str, folded: Folded, collapsed: Collapsed) -> Iterator[Hit]:
        for letters, places in self._runs(text, folded, collapsed):
            for start, end in spaced.candidates(letters):
                if letters[start:end] not in self._scanner.words:
                    continue
                begin, stop = places[start], places[end - 1] + 1
                written = text[begin:stop]
                view_name = View.SPACED if all(c.isalnum() or c.isspace() for c in written) else View.DOTTED
                for entry in self._scanner.whole(fold(written).replace(" ", "")):
                    yield Hit(begin, stop, self._entry(entry, view_name))

    def _runs(self, text: str, folded: Folded, collapsed: Collapsed) -> Iterator[tuple[bytes, list[int]]]:
        """Yield codes and places of single letters that follow each other in one paragraph and one cell."""
        view = collapsed.view
        for first, last in spaced.runs(view, short=len(folded.raw) < SHORT):
            letters = view[first : last + 1 : 2]
            places = [self._place(position, folded, collapsed) for position in range(first, last + 1, 2)]
            begin = 0
            for end in range(1, len(places) + 1):
                if end == len(places) or CELL.search(text, places[end - 1], places[end]):
                    if end - begin >= spaced.SHORTEST:
                        yield letters[begin:end], places[begin:end]
                    begin = end

    def _place(self, position: int, folded: Folded, collapsed: Collapsed) -> int:
        origin = collapsed.origin(position, folded.codes)
        return origin if folded.origins is None else int(folded.origins[origin])
