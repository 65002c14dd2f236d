"""Context words around a match: near, not near, and the score of evidence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.library.model import Reach, Side, Where
from engine.text.characters import fold_words, is_unspaced
from engine.text.surroundings import Surroundings, split

WHOLE = 100_000


@dataclass(frozen=True, slots=True)
class Outside:
    """What surrounds the whole text: folded words of the window title and of the URL."""

    title: str = field(default="", repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WordIndex:
    """Context entries with their weights, arranged for looking up the words of a text."""

    words: Mapping[str, int] = field(repr=False)
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]] = field(repr=False)
    """First word → the phrases that begin with it, longest first."""
    prefixes: tuple[tuple[str, int], ...] = field(repr=False)
    pieces: tuple[tuple[str, int], ...] = field(repr=False)
    """Texts of unspaced scripts, sought anywhere."""
    firsts: frozenset[str] = field(repr=False)
    """Words and first words of phrases: most surroundings hold none of them, and are told by that."""
    beginnings: tuple[str, ...] = field(repr=False)

    def find(self, words: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield every entry in the words, with its weight. The words of a phrase count once, as the phrase."""
        begun = self.beginnings and any(word.startswith(self.beginnings) for word in words)
        if not begun and self.firsts.isdisjoint(words):
            return
        position = 0
        while position < len(words):
            word = words[position]
            length = 1
            phrase = self._phrase_at(words, position)
            if phrase is not None:
                length = len(phrase[0])
                yield " ".join(phrase[0]), phrase[1]
            elif word in self.words:
                yield word, self.words[word]
            else:
                yield from ((prefix + "*", weight) for prefix, weight in self.prefixes if word.startswith(prefix))
            position += length

    def _phrase_at(self, words: Sequence[str], position: int) -> tuple[tuple[str, ...], int] | None:
        """Return the longest phrase that begins at a word."""
        for phrase, weight in self.phrases.get(words[position], ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                return phrase, weight
        return None

    def find_pieces(self, folded: str) -> Iterator[tuple[str, int]]:
        for piece, weight in self.pieces:
            if piece in folded:
                yield piece, weight


def make_index(entries: Iterable[tuple[str, int]]) -> WordIndex:
    """Fold context entries and arrange them. An entry that stands twice keeps its last weight."""
    words: dict[str, int] = {}
    phrases: dict[str, dict[tuple[str, ...], int]] = {}
    prefixes: dict[str, int] = {}
    pieces: dict[str, int] = {}
    for entry, weight in entries:
        folded = fold_words(entry)
        if any(is_unspaced(char) for char in folded):
            pieces[folded] = weight
        elif entry.endswith("*"):
            prefixes[folded] = weight
        elif " " in folded:
            parts = tuple(folded.split())
            phrases.setdefault(parts[0], {})[parts] = weight
        elif folded:
            words[folded] = weight
    return WordIndex(
        words=words,
        phrases={first: tuple(sorted(found.items(), key=_longest_first)) for first, found in phrases.items()},
        prefixes=tuple(prefixes.items()),
        pieces=tuple(pieces.items()),
        firsts=frozenset((*words, *phrases)),
        beginnings=tuple(prefixes),
    )


def _longest_first(phrase: tuple[tuple[str, ...], int]) -> int:
    return -len(phrase[0])


@dataclass(frozen=True, slots=True)
class ContextRule:
    """A compiled `near`: one of each index must be there. (`any` is one index, `all` is one for each entry.)"""

    indexes: tuple[WordIndex, ...]
    reach: Reach
    words: str = field(repr=False)
    """The entries as the library writes them, for explanations."""

    def found(self, around: Surroundings, outside: Outside) -> str | None:
        """Return the context words that satisfy the rule, or `None`."""
        found = []
        for index in self.indexes:
            entry = next(evidence(index, self.reach, around, outside), None)
            if entry is None:
                return None
            found.append(entry[0])
        return ", ".join(found)


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """A compiled score."""

    index: WordIndex
    threshold: int
    weight: int
    reach: Reach

    def evaluate(self, around: Surroundings, outside: Outside) -> tuple[int, dict[str, int]]:
        """Return the sum and the context words that made it, each counted once."""
        found = dict(evidence(self.index, self.reach, around, outside))
        return self.weight + sum(found.values()), found


def evidence(index: WordIndex, reach: Reach, around: Surroundings, outside: Outside) -> Iterator[tuple[str, int]]:
    """Yield the entries found within reach, in the text first, then in the title and the URL."""
    if Where.TEXT in reach.where:
        yield from index.find(around.words_before(reach))
        yield from index.find(around.words_after(reach))
        if index.pieces:
            yield from index.find_pieces(_characters(around, reach))
    if Where.TITLE in reach.where and outside.title:
        yield from _whole(index, outside.title)
    if Where.URL in reach.where and outside.url:
        yield from _whole(index, outside.url)


def _whole(index: WordIndex, folded: str) -> Iterator[tuple[str, int]]:
    yield from index.find(split(folded, WHOLE))
    yield from index.find_pieces(folded)


def _characters(around: Surroundings, reach: Reach) -> str:
    """The text within reach counted in characters, sides held apart by a space."""
    words = -(-reach.chars // 4)
    left = "" if reach.side is Side.AFTER else around.left(words, sentence=reach.sentence)[-reach.chars :]
    right = "" if reach.side is Side.BEFORE else around.right(words, sentence=reach.sentence)[: reach.chars]
    return f"{left} {right}"
