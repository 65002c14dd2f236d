"""Harmless phrases that contain a term, window titles and sites where it means nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.text.characters import fold_words, is_unspaced
from engine.text.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class AllowPhrase:
    """What stands before and after the term inside a harmless phrase, folded, spaces included."""

    before: str = field(repr=False)
    after: str = field(repr=False)
    words: int
    """Words of the longer side: how far to look."""
    phrase: str = field(repr=False)

    def covers(self, around: Surroundings) -> bool:
        """Tell whether the match stands inside this phrase."""
        left = " " + around.left(self.words, sentence=True)
        right = around.right(self.words, sentence=True) + " "
        if not (left.endswith(self.before) and right.startswith(self.after)):
            return False
        starts = left[: len(left) - len(self.before)].endswith(" ") or is_unspaced(self.phrase[0])
        ends = right[len(self.after) :].startswith(" ") or is_unspaced(self.phrase[-1])
        return starts and ends


class PhraseIndex:
    """Many harmless phrases (places, surnames) by their words, so that each term finds the few that contain it."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._folded = sorted({folded for phrase in phrases if (folded := fold_words(phrase))})
        self._by_word: dict[str, list[str]] = {}
        for phrase in self._folded:
            for word in set(phrase.split()):
                self._by_word.setdefault(word, []).append(phrase)

    def around(self, term: str, *, whole_words: bool) -> list[AllowPhrase]:
        """Return the phrases that contain the folded term and something besides, cut at the term."""
        if not whole_words:
            return [cut for phrase in self._folded if term in phrase for cut in _cuts(phrase, term)]
        candidates = self._by_word.get(term.split(" ", 1)[0], ())
        return [cut for phrase in candidates for cut in _cuts(f" {phrase} ", f" {term} ")]


def _cuts(phrase: str, term: str) -> list[AllowPhrase]:
    cuts = []
    padding = term.startswith(" ")
    start = phrase.find(term)
    while start >= 0:
        before = phrase[: start + padding].lstrip()
        after = phrase[start + len(term) - padding :].rstrip()
        if before or after:
            words = max(before.count(" "), after.count(" ")) + 1
            cuts.append(AllowPhrase(before, after, words, phrase.strip()))
        start = phrase.find(term, start + 1)
    return cuts


def allowed_by(phrases: Sequence[AllowPhrase], around: Surroundings) -> str | None:
    """Return the harmless phrase that the match stands in, if any."""
    return next((phrase.phrase for phrase in phrases if phrase.covers(around)), None)


def allowed_title(titles: Sequence[str], folded_title: str) -> str | None:
    """Return the allowed title text that is in the window's title, if any."""
    padded = f" {folded_title} "
    return next((title for title in titles if f" {title} " in padded), None)


def allowed_domain(domains: frozenset[str], host: str) -> str | None:
    """Return the allowed domain that the host is or ends in, if any."""
    while host:
        if host in domains:
            return host
        host = host.partition(".")[2]
    return None


def host_of(url: str) -> str:
    """Return the host of a URL in small letters, empty where there is none."""
    rest = url.partition("://")[2] or url
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    return host.partition(":")[0].lower().rstrip(".")
