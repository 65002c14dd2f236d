"""Explains a screening: how the text was read, what fired, what stood there and did not, and what only looked like it.

Screening itself is engine.text.screen; nothing here decides anything.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.library.compiled import CompiledText, LibrarySet
from engine.library.model import Match, View
from engine.observation import TextObservation
from engine.text.characters import fold, fold_words
from engine.text.screen import OCR_SOURCES, TextScreener
from engine.text.views import camel, homoglyph, hyphen, leet, repeated
from engine.text.views.reading import Hit, Reading
from engine.text.wording import VIEW_WORDS
from engine.verdict import Verdict

TOKEN = re.compile(r"\S+")
LETTERS = re.compile(r"(?<!\w)\w(?:[ ._*\-]{1,3}\w(?!\w)){2,}")
TOKEN_CHARACTERS = re.compile(r"[\w@$!|+]+")
SHORTEST_INSIDE = 3
LONGEST_WORD = 64
MOST_READINGS = 4


class Outcome(StrEnum):
    """What became of one word of the text."""

    FIRES = "fires"
    HELD = "held-back"
    """A term stands there and does not fire."""
    INSIDE = "inside"
    """A term is a part of this word, and terms do not fire inside words."""
    SILENT = "no-term"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A piece of the text that a view reads otherwise."""

    start: int
    end: int
    written: str = field(repr=False)
    view: View
    reading: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Near:
    """A text of a library that the observed text comes near to, and why that is not enough."""

    library_id: str
    term_id: str
    term: str
    start: int
    end: int
    written: str = field(repr=False)
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the text with what became of it."""

    start: int
    end: int
    written: str = field(repr=False)
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said about the screening of one text. Offsets are code points of `text`."""

    text: str = field(repr=False)
    read_as: str = field(repr=False)
    """The plain reading: folded, single spaces."""
    readings: tuple[ReadAs, ...]
    verdict: Verdict
    near: tuple[Near, ...]
    """What is no match at all: inside longer words, in a view that the term does not read, words not together."""
    words: tuple[Word, ...]


def explain(screener: TextScreener, observation: TextObservation) -> Explanation:
    """Screen an observation and explain what came of it."""
    text = observation.text
    from_ocr = observation.source in OCR_SOURCES
    verdict = screener.screen(observation)
    near = list(_unread(screener.hits(text, from_ocr=from_ocr), verdict, text))
    near += _inside(text, screener.library_set, verdict)
    near += _apart(text, screener.library_set, verdict, near)
    readings = tuple(dict.fromkeys(_readings(text, from_ocr=from_ocr)))
    return Explanation(text, fold_words(text), readings, verdict, tuple(near), tuple(_words(text, verdict, near)))


def _unread(hits: Iterable[Hit], verdict: Verdict, text: str) -> Iterator[Near]:
    """Yield texts that stand there in a reading that their term does not take, or across paragraphs."""
    told = {_key(one.start, one.end, one.library_id, one.term_id) for one in verdict.findings}
    told |= {_key(one.start, one.end, one.library_id, one.term_id) for one, _, _ in verdict.suppressed}
    for hit in hits:
        term, view = hit.entry.text.term, hit.entry.view
        key = _key(hit.start, hit.end, term.library_id, term.term_id)
        if key in told:
            continue
        told.add(key)
        if view is not None and view not in term.rules.views:
            why = f"it is {VIEW_WORDS[view]}, and the term does not read the {view} view"
        elif hit.entry.text.match is Match.DOMAIN:
            why = "it is not the end of a host name"
        elif " " in hit.entry.text.folded:
            why = "its words are in different paragraphs"
        else:
            why = "it is written in a style that the term does not read"
        yield _near(hit.entry.text, hit.start, hit.end, text, why)


def _key(start: int, end: int, library_id: str, term_id: str) -> tuple[int, int, str, str]:
    return start, end, library_id, term_id


def _near(found: CompiledText, start: int, end: int, text: str, why: str) -> Near:
    return Near(found.term.library_id, found.term.term_id, found.form, start, end, text[start:end], why)


def _inside(text: str, library_set: LibrarySet, verdict: Verdict) -> Iterator[Near]:
    """Yield whole-word texts that are only a part of a longer word, the longest of each term."""
    whole: Mapping[str, list[CompiledText]] = _by_folded(library_set)
    stands = [*verdict.findings, *(one.finding for one in verdict.suppressed)]
    for token in re.finditer(r"\w+", text):
        told = {(one.library_id, one.term_id) for one in stands if one.start < token.end() and token.start() < one.end}
        for part in _parts(fold_words(token.group())):
            for found in whole.get(part, ()):
                key = (found.term.library_id, found.term.term_id)
                if key not in told:
                    told.add(key)
                    why = f"“{token.group()}” is a longer word, and the term is a whole word"
                    yield _near(found, token.start(), token.end(), text, why)


def _parts(word: str) -> Iterator[str]:
    """Yield the parts of a word that are shorter than it, the longest first."""
    if " " not in word and len(word) <= LONGEST_WORD:
        for size in range(len(word) - 1, SHORTEST_INSIDE - 1, -1):
            for start in range(len(word) - size + 1):
                yield word[start : start + size]


def _by_folded(library_set: LibrarySet) -> dict[str, list[CompiledText]]:
    whole: dict[str, list[CompiledText]] = defaultdict(list)
    for text in library_set.texts:
        if text.match is Match.WORD and " " not in text.folded:
            whole[text.folded].append(text)
    return whole


def _apart(text: str, library_set: LibrarySet, verdict: Verdict, near: Iterable[Near]) -> Iterator[Near]:
    """Yield phrases whose words all stand in the text, but not one after the other."""
    places: dict[str, tuple[int, int]] = {}
    for token in re.finditer(r"\w+", text):
        places.setdefault(fold_words(token.group()), token.span())
    told = {(one.library_id, one.term) for one in verdict.findings}
    told |= {(one.library_id, one.term) for one, _, _ in verdict.suppressed}
    told |= {(one.library_id, one.term) for one in near}
    for found in library_set.texts:
        words = found.folded.split()
        if found.match is not Match.PHRASE or len(words) < 2 or (found.term.library_id, found.text) in told:
            continue
        if all(word in places for word in words):
            start, end = min(places[word][0] for word in words), max(places[word][1] for word in words)
            yield _near(found, start, end, text, "its words stand there, and not one after the other")


def _readings(text: str, *, from_ocr: bool) -> Iterator[ReadAs]:
    """Yield what views make of the text, where that is something else than what is written."""
    for token in TOKEN_CHARACTERS.finditer(text):
        written = token.group()
        for read in (leet.read, camel.read, homoglyph.read):
            yield from _told(read(written), token.start(), written)
        folded = fold(written)
        if folded.isalpha():
            stretched = [one for one in repeated.read(folded) if len(one.folded) < len(folded)]
            if stretched and re.search(r"(.)\1\1|^(.)\2", folded):
                yield from _told(stretched, token.start(), written)
    for letters in LETTERS.finditer(text):
        joined = re.sub(r"\W|_", "", letters.group())
        view = View.SPACED if " " in letters.group() else View.DOTTED
        yield ReadAs(*letters.span(), letters.group(), view, joined.lower())
    for start, reading in hyphen.read(text) if from_ocr else ():
        end = start + max(reading.origins) + 1
        yield ReadAs(start, end, text[start:end], View.HYPHEN, reading.folded)


def _told(readings: Iterable[Reading], start: int, written: str) -> Iterator[ReadAs]:
    seen: set[str] = {fold_words(written)}
    for reading in readings:
        said = reading.folded.strip()
        if said not in seen and len(seen) <= MOST_READINGS:
            seen.add(said)
            yield ReadAs(start, start + len(written), written, reading.view, said)


def _words(text: str, verdict: Verdict, near: Iterable[Near]) -> Iterator[Word]:
    fired = [(one.start, one.end) for one in verdict.findings]
    held = [(one.start, one.end) for one, _, _ in verdict.suppressed]
    inside = [(one.start, one.end) for one in near if "longer word" in one.why]
    for token in TOKEN.finditer(text):
        start, end = token.span()
        outcome = Outcome.SILENT
        for said, places in ((Outcome.INSIDE, inside), (Outcome.HELD, held), (Outcome.FIRES, fired)):
            if any(first < end and start < last for first, last in places):
                outcome = said
        yield Word(start, end, token.group(), outcome)
