"""All views together: reads what is suspicious in a text in every way that helps, and looks the readings up."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from engine.library.model import Match, View
from engine.text.breaks import CELL
from engine.text.characters import fold
from engine.text.plain import PlainText
from engine.text.scanner import Scanner
from engine.text.views import camel, homoglyph, hyphen, leet, mask, repeated, spaced
from engine.text.views.reading import Entry, Hit, Reading

CACHED_TOKENS = 100_000
FEW = 3
"""Up to so many suspicious tokens are read exactly at once."""
PHRASE_REACH = 60
"""Characters around a disguised word in which the rest of its phrase is sought."""
SEPARATOR = "\x01"
BETWEEN = f" {SEPARATOR} ".encode()
"""Separates tokens that are looked up together: nothing matches across it."""
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
        self._squeezed: set[bytes] | None = None
        self._masked: mask.MaskedWords | None = None
        self._phrase_words = frozenset(word.encode() for word in scanner.phrase_words)
        readers: dict[View, TokenReader] = {
            View.LEET: leet.read,
            View.CAMEL: camel.read,
            View.HOMOGLYPH: homoglyph.read,
        }
        self._readers = [reader for view, reader in readers.items() if view in views]

    def find(self, text: str, plain: PlainText, *, from_ocr: bool, part: bool) -> list[Hit]:
        """Return what the views find beyond the plain text, at places in `text`. The same hit may come twice.

        `part`: the text is a piece of a longer one.
        """
        hits: list[Hit] = []
        if self._readers and (places := plain.suspects(part=part)):
            hits += self._tokens(text, places)
        if View.MASK in self._views and (signs := plain.signs()):
            for start, token in mask.tokens(text, signs):
                hits += self._masked_word(start, token)
        if View.REPEATED in self._views and (words := plain.repeated()):
            hits += self._repeated(text, plain, words)
        if (View.SPACED in self._views or View.DOTTED in self._views) and (runs := plain.runs()):
            hits += self._spaced(text, plain, runs)
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

    def _tokens(self, text: str, places: list[tuple[int, int]]) -> Iterator[Hit]:
        """Read suspicious tokens: roughly all at once, and those that hold anything then exactly."""
        tokens = [text[start:end] for start, end in places]
        promising = self._promising(dict.fromkeys(tokens)) if len(places) > FEW else tokens
        if not promising:
            return
        for (start, end), token in zip(places, tokens, strict=True):
            if token in promising:
                found = self._known(token)
                for hit in found.hits:
                    yield Hit(start + hit.start, start + hit.end, hit.entry)
                for table in found.phrase_tables:
                    yield from self._leet_phrase(text, start, end, table)

    def _known(self, token: str) -> TokenHits:
        found = self._cache.get(token)
        if found is None:
            if len(self._cache) >= CACHED_TOKENS:
                self._cache.clear()
            found = self._cache[token] = TokenHits(tuple(self._read_token(token)), self._phrase_tables(token))
        return found

    def _promising(self, tokens: Iterable[str]) -> set[str]:
        """Return the tokens that can hold anything."""
        # A token may hold the very character that separates them while they are joined.
        written = [token for token in tokens if token.isascii() and SEPARATOR not in token]
        found = set(tokens).difference(written)
        joined = [token for token in written if token.isalpha()]
        if joined and View.CAMEL in self._views:
            found.update(self._holding(camel.read_many(joined, BETWEEN), joined))
        mixed = [token for token in written if not token.isalpha()]
        if mixed and View.LEET in self._views:
            for readings in leet.read_many(mixed, BETWEEN):
                found.update(self._holding(readings, mixed))
        return found

    def _holding(self, readings: bytes, tokens: list[str]) -> Iterator[str]:
        """Yield the tokens in whose readings a text of the library stands, or that are a word of a phrase."""
        for start, _, _ in self._scanner.find_in_codes(b" " + readings + b" "):
            yield tokens[readings.count(b"\x01", 0, start)]
        if not self._phrase_words.isdisjoint(words := readings.split(BETWEEN)):
            yield from (token for token, word in zip(tokens, words, strict=True) if word in self._phrase_words)

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

    def _masked_word(self, start: int, token: str) -> Iterator[Hit]:
        if self._masked is None:
            entries = self._scanner.words.values()
            self._masked = mask.MaskedWords({entry.text.folded for same in entries for entry in same})
        for word in dict.fromkeys(word for reading in mask.readings(token) for word in self._masked.behind(reading)):
            yield from self._words(start, [Reading(word, range(len(word)), View.MASK)])

    def _repeated(self, text: str, plain: PlainText, words: Sequence[tuple[int, int]]) -> Iterator[Hit]:
        view, known = plain.view, self._repeats
        for start, end in words:
            codes = view[start:end]
            may_be = known.get(codes)
            if may_be or (may_be is None and self._may_be_repeated(codes)):
                first, last = plain.origins([start, end - 1])
                yield from self._repeated_word(text, first, last)

    def _repeated_word(self, text: str, first: int, last: int) -> Iterator[Hit]:
        word = fold(text[first : last + 1])
        if len(word) == last + 1 - first and word.isalpha():
            yield from self._words(first, repeated.read(word))

    def _may_be_repeated(self, codes: bytes) -> bool:
        """Tell whether some text is the word with its runs shortened. Remembered, since stretched words recur."""
        if self._squeezed is None:
            self._squeezed = repeated.squeezed_words(self._scanner.words)
        if len(self._repeats) >= CACHED_TOKENS:
            self._repeats.clear()
        known = self._repeats[codes] = repeated.squeezed(codes) in self._squeezed
        return known

    def _spaced(self, text: str, plain: PlainText, runs: Iterable[tuple[int, int]]) -> Iterator[Hit]:
        for letters, places in self._letters_alone(text, plain, runs):
            for start, end in spaced.candidates(letters):
                if letters[start:end] not in self._scanner.words:
                    continue
                begin, stop = places[start], places[end - 1] + 1
                written = text[begin:stop]
                view_name = View.SPACED if all(c.isalnum() or c.isspace() for c in written) else View.DOTTED
                for entry in self._scanner.whole(fold(written).replace(" ", "")):
                    yield Hit(begin, stop, self._entry(entry, view_name))

    def _letters_alone(
        self, text: str, plain: PlainText, runs: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[bytes, list[int]]]:
        """Yield codes and places of single letters that follow each other in one paragraph and one cell."""
        for first, last in runs:
            letters = plain.view[first : last + 1 : 2]
            if not spaced.holds(letters, self._scanner.words):
                continue
            places = plain.origins(list(range(first, last + 1, 2)))
            begin = 0
            for end in range(1, len(places) + 1):
                if end == len(places) or CELL.search(text, places[end - 1], places[end]):
                    if end - begin >= spaced.SHORTEST:
                        yield letters[begin:end], places[begin:end]
                    begin = end
