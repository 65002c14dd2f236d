"""Lint by trying: which everyday words and names does the library fire on, alone on their line?

The words are screened with the engine itself, so that what is told here is what will happen.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from re import compile as pattern

from engine.library.lint_codes import Code, Problem
from engine.library.lint_subject import Subject
from engine.library.model import Term
from engine.observation import Provenance, TextObservation
from engine.text.characters import fold_words
from engine.text.screen import TextScreener
from engine.verdict import Finding

EVERYDAY = 30.0
"""Times in a million words: about the two thousand words that everybody uses every day."""
KNOWN = 0.1
"""Times in a million words: rarer words are hardly read by anybody."""
KNOWN_AS_DISGUISE = 1.0
SHOWN = 5
NAME_SETS = pattern(r"(^|-)(places|towns|streets|pubs|surnames|names|titles|brands)$")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SEPARATOR = "\n\n"
"""Nothing matches across a blank line."""


@dataclass(frozen=True, slots=True)
class Collision:
    """A finding on a mere word or name."""

    word: str
    finding: Finding


def check(subject: Subject) -> Iterator[Problem]:
    """Yield the texts that fire on everyday words, inside words, on words read in a view, and on names."""
    screener = TextScreener(subject.set)
    frequencies = subject.surroundings.frequencies
    words = [word for word, often in frequencies.items() if often >= KNOWN and len(word) > 1 and word.isalpha()]
    collisions = collide(subject, screener, words, "lint")
    misread = [one for one in collide(subject, screener, words, "ocr") if one.finding.rule.endswith("ocr view")]
    for (term, text), found in _by_text(subject, [*collisions, *misread]):
        yield from _everyday(subject, term, text, found)
        yield from _inside(subject, term, text, found)
        yield from _disguises(subject, term, text, found)
    yield from _names(subject, screener, set(words))


def collide(subject: Subject, screener: TextScreener, words: Sequence[str], source: str) -> list[Collision]:
    """Screen each word alone."""
    if not words:
        return []
    starts, at = [], 0
    for word in words:
        starts.append(at)
        at += len(word) + len(SEPARATOR)
    verdict = screener.screen(TextObservation(SEPARATOR.join(words), Provenance.VISIBLE_WINDOW, source, NOON))
    own = subject.library.library_id
    found = []
    for finding in verdict.findings:
        index = bisect_right(starts, finding.start) - 1
        if finding.library_id == own and finding.end <= starts[index] + len(words[index]):
            found.append(Collision(words[index], finding))
    return found


def _by_text(subject: Subject, found: Sequence[Collision]) -> Iterator[tuple[tuple[Term, str], list[Collision]]]:
    grouped: dict[tuple[str, str], list[Collision]] = defaultdict(list)
    for one in found:
        grouped[one.finding.term_id, one.finding.term].append(one)
    for (term_id, text), collisions in grouped.items():
        yield (subject.terms[term_id], text), collisions


def _everyday(subject: Subject, term: Term, text: str, found: Sequence[Collision]) -> Iterator[Problem]:
    for one in found:
        often = subject.surroundings.frequencies[one.word]
        is_plain = one.finding.rule in ("word", "phrase") and one.finding.severity > 1
        if is_plain and often >= EVERYDAY:
            form = f" (a form of “{text}”)" if fold_words(text) != fold_words(one.word) else ""
            what = f"“{one.word}”{form} is an everyday word, {_often(often)}, and fires alone."
            fix = "ask for context: near = { any = […] } or score = { … }"
            yield subject.problem(Code.EVERYDAY_WORD, subject.text_path(term, text), what, fix, term=term)


def _inside(subject: Subject, term: Term, text: str, found: Sequence[Collision]) -> Iterator[Problem]:
    words = [one for one in found if one.finding.rule in ("substring", "prefix", "suffix") and _is_longer(one)]
    if words:
        what = f"“{text}” fires inside {_listed(subject, words)}."
        fix = 'match = "word", or allow = ["…"] for those that are harmless'
        yield subject.problem(Code.INSIDE_WORDS, subject.text_path(term, text), what, fix, term=term)


def _is_longer(one: Collision) -> bool:
    return len(one.word) > len(one.finding.matched)


def _disguises(subject: Subject, term: Term, text: str, found: Sequence[Collision]) -> Iterator[Problem]:
    views: dict[str, list[Collision]] = defaultdict(list)
    for one in found:
        _, comma, view = one.finding.rule.partition(", ")
        if comma and subject.surroundings.frequencies[one.word] >= KNOWN_AS_DISGUISE:
            views[view.removesuffix(" view")].append(one)
    for view, words in sorted(views.items()):
        what = f"The {view} view reads “{text}” in {_listed(subject, words)}."
        fix = f'without = ["{view}"]'
        yield subject.problem(Code.DISGUISE_IS_WORD, subject.text_path(term, text), what, fix, term=term)


def _names(subject: Subject, screener: TextScreener, known: set[str]) -> Iterator[Problem]:
    names = {
        entry: set_name
        for set_name, entries in _name_sets(subject)
        for entry in entries
        if entry[:1] != "@" and entry.lower() not in known
    }
    for (term, text), found in _by_text(subject, collide(subject, screener, list(names), "lint")):
        said = ", ".join(f"“{one.word}”" for one in found[:SHOWN]) + _more(len(found))
        sets = ", ".join(sorted({names[one.word] for one in found}))
        what = f"“{text}” fires on {'a name' if len(found) == 1 else 'names'}: {said} ({sets})."
        fix = f'allow = ["{sets.split(", ")[0]}"], or ask for context'
        yield subject.problem(Code.NAME, subject.text_path(term, text), what, fix, term=term)


def _name_sets(subject: Subject) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the sets of names of this language, as this library would write them."""
    for library in (subject.library, *subject.required, *subject.surroundings.others):
        owner = "" if library is subject.library else f"{library.library_id}:"
        for name, entries in library.sets.items():
            if NAME_SETS.search(name) and subject.library.languages[0] in library.languages:
                yield f"@{owner}{name}", entries


def _listed(subject: Subject, found: Sequence[Collision]) -> str:
    frequencies = subject.surroundings.frequencies
    words = sorted({one.word for one in found}, key=lambda word: (-frequencies[word], word))
    if len(words) == 1:
        return f"“{words[0]}”, {_often(frequencies[words[0]])}"
    said = ", ".join(f"“{word}” ({_number(frequencies[word])})" for word in words[:SHOWN]) + _more(len(words))
    return f"{said}, together {_often(sum(frequencies[word] for word in words))}"


def _more(count: int) -> str:
    return f" and {count - SHOWN} more" if count > SHOWN else ""


def _often(frequency: float) -> str:
    return f"{_number(frequency)} times in a million words"


def _number(frequency: float) -> str:
    return f"{frequency:.0f}" if frequency >= 10 else f"{frequency:.1f}"
