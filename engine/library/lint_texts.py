"""Lint of the texts of terms: how they are written, what stands there twice, what can add nothing."""

import unicodedata
from collections.abc import Iterator

from engine.library.compiled import CompiledRules, CompiledText
from engine.library.inflect import inflections
from engine.library.lint_codes import Code, Problem
from engine.library.lint_subject import Subject
from engine.library.model import Match, Position, Term
from engine.library.places import Path
from engine.text.characters import EMOJI, INVISIBLE, fold_words, is_unspaced

PARTIAL = frozenset({Match.PREFIX, Match.SUFFIX, Match.SUBSTRING})
SHORTEST_PART = 4
SHORTEST_WORD = 3
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")
KNOWN_BASE = 1.0
"""Times in a million words from which a word is known well enough that its real forms are known too."""


def check(subject: Subject) -> Iterator[Problem]:
    """Yield what is wrong with texts."""
    for term in subject.library.terms:
        yield from _why_and_examples(subject, term)
        for text in (*term.texts, *term.forms):
            yield from _not_normal(subject, term, text)
        yield from _too_short(subject, term)
        yield from _forms(subject, term)
    yield from _twice(subject)
    yield from _shadowed(subject)


def _why_and_examples(subject: Subject, term: Term) -> Iterator[Problem]:
    missing = (
        (Code.NO_HIT, not term.hits, "no example that must fire", 'hit = ["…"]'),
        (Code.NO_MISS, not term.misses, "no example that must not fire", 'miss = ["…"]'),
        (Code.NO_WHY, not term.rules.why, "no `why`: an officer will not know why it matters", 'why = "…"'),
    )
    for code, is_missing, what, fix in missing:
        if is_missing:
            yield subject.problem(code, (*term.path, "text"), f"The term has {what}.", fix, term=term)


def _not_normal(subject: Subject, term: Term, text: str) -> Iterator[Problem]:
    if term.rules.match is Match.DOMAIN:
        return
    what, better = _oddity(text)
    if what:
        fix = f"write “{better}”" if better else "write its letters in one script; the homoglyph view finds the others"
        yield subject.problem(Code.NOT_NORMAL, subject.text_path(term, text), what, fix, term=term)


def _oddity(text: str) -> tuple[str, str]:
    """Return what is odd about the way a text is written, and a better way; empty where nothing is."""
    plain = "".join(char for char in unicodedata.normalize("NFC", text) if ord(char) not in INVISIBLE)
    if len(plain) < len(unicodedata.normalize("NFC", text)):
        return f"“{plain}” has characters in it that nobody sees.", plain
    compatible = unicodedata.normalize("NFKC", text)
    if compatible != text:
        return f"“{text}” is written with unusual characters for usual letters.", compatible
    tidy = " ".join(text.split())
    if tidy != text:
        return f"“{text}” has spaces that do not count.", tidy
    folded = fold_words(text)
    scripts = [script for script in SCRIPTS if any(_script_is(char, script) for char in text)]
    if len(scripts) > 1:
        return f"“{text}” mixes letters of {' and '.join(script.title() for script in scripts)}.", ""
    if len(folded) < SHORTEST_WORD and folded != text.casefold() and folded.isascii():
        return f"“{text}” is read as “{folded}”: its signs do not count.", folded
    return "", ""


def _script_is(char: str, script: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith(script + " ")


def _too_short(subject: Subject, term: Term) -> Iterator[Problem]:
    for text in subject.texts.get(term.term_id, ()):
        if text.form != text.text:
            continue
        what, fix = _shortness(text)
        if what:
            yield subject.problem(Code.TOO_SHORT, subject.text_path(term, text.text), what, fix, term=term)


def _shortness(text: CompiledText) -> tuple[str, str]:
    length = len(text.folded)
    if any(is_unspaced(char) for char in text.folded):
        emoji = any(first <= ord(char) <= last for char in text.folded for first, last in EMOJI)
        alone = length == 1 and not emoji and not conditional(text.term.rules)
        return ("One character stands in very many words.", "add characters, or ask for context") if alone else ("", "")
    if text.match in PARTIAL and length < SHORTEST_PART:
        return f"A {text.match} of {_letters(length)} stands in very many words.", 'match = "word", or more letters'
    if text.match is Match.WORD and length < SHORTEST_WORD and not conditional(text.term.rules):
        return f"A word of {_letters(length)} fires alone.", 'ask for context, or case = "exact"'
    return "", ""


def _letters(number: int) -> str:
    return "one letter" if number == 1 else f"{number} letters"


def conditional(rules: CompiledRules) -> bool:
    """Tell whether something besides the word itself decides."""
    return bool(rules.needs or rules.score or rules.exact_case or rules.position is not Position.ANYWHERE)


def _forms(subject: Subject, term: Term) -> Iterator[Problem]:
    made = {form for text in term.texts for form in _inflected(subject, term, text)}
    for index, form in enumerate(term.forms):
        if form in made or form in term.texts:
            what = f"“{form}” is made already, or is a text of the term."
            path = (*term.path, "forms", index)
            yield subject.problem(Code.FORM_REPEATED, path, what, "remove it from `forms`", term=term, remove=path)
    frequencies = subject.surroundings.frequencies
    for text in term.texts if frequencies else ():
        for form in _inflected(subject, term, text):
            if frequencies.get(text.lower(), 0) >= KNOWN_BASE and " " not in form and form.lower() not in frequencies:
                what = f"Inflection makes “{form}” of “{text}”, a word that nobody writes."
                fix = "take this text into a term of its own, or list `forms` instead of `inflect`"
                yield subject.problem(Code.ODD_FORM, subject.text_path(term, text), what, fix, term=term)


def _inflected(subject: Subject, term: Term, text: str) -> list[str]:
    if not term.rules.inflect:
        return []
    return inflections(text, term.rules.inflect, subject.library.languages[0])


def _twice(subject: Subject) -> Iterator[Problem]:
    seen: dict[tuple[str, Match], tuple[Term, CompiledText]] = {}
    spare = _Spare(subject)
    for term, text in subject.all_texts():
        first_term, first = seen.setdefault((text.folded, text.match), (term, text))
        own_form = first_term is term and (text.form != text.text or text.text in term.forms)
        if first is text or own_form or _told_apart(first, text):
            continue
        where = "in this term" if first_term is term else f"in the term {first_term.term_id}"
        form = f" (as a form of “{text.text}”)" if text.form != text.text else ""
        what = f"“{text.form}”{form} stands there already, {where}: each match is found twice."
        path = subject.text_path(term, text.text)
        remove = spare.of(term, text.text, first.text) if first_term is term else None
        yield subject.problem(Code.TEXT_TWICE, path, what, "keep one", term=term, remove=remove)
    yield from _in_others(subject)


class _Spare:
    """Which of two texts can go: all that it compiles to, other texts of the term compile to as well."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._gone: set[tuple[str, str]] = set()

    def of(self, term: Term, *candidates: str) -> Path | None:
        """Return where the first candidate stands that the term can spare, and count on it no more."""
        for one in candidates:
            if self._can_go(term, one):
                self._gone.add((term.term_id, one))
                return self._subject.text_path(term, one)
        return None

    def _can_go(self, term: Term, text: str) -> bool:
        if term.texts.count(text) != 1 or (term.term_id, text) in self._gone:
            return False
        own: set[tuple[str, Match]] = set()
        others: set[tuple[str, Match]] = set()
        for one in self._subject.texts.get(term.term_id, ()):
            if (term.term_id, one.text) not in self._gone:
                (own if one.text == text else others).add((one.folded, one.match))
        return own <= others


def _told_apart(one: CompiledText, other: CompiledText) -> bool:
    """`ICE` and `ice` fold to the same and are two things where case counts."""
    rules = (one.term.rules, other.term.rules)
    return any(each.exact_case or each.exact_accents for each in rules) and one.form != other.form


def _in_others(subject: Subject) -> Iterator[Problem]:
    others: dict[str, str] = {}
    for library in subject.surroundings.others:
        for term in library.terms:
            for written in (*term.texts, *term.forms):
                others.setdefault(fold_words(written), f"{library.library_id}/{term.term_id}")
    for term, text in subject.all_texts():
        if text.form == text.text and text.folded in others:
            what = f"“{text.text}” is also in {others[text.folded]}: with both, each match is found twice."
            fix = "keep it in the library that it belongs to"
            yield subject.problem(Code.IN_TWO_LIBRARIES, subject.text_path(term, text.text), what, fix, term=term)


def _shadowed(subject: Subject) -> Iterator[Problem]:
    free = {text.folded: text for _, text in subject.all_texts() if _fires_anyway(text)}
    for term, text in subject.all_texts():
        cover = next((free[part] for part in _parts(text.folded) if part in free), None)
        if cover is None or cover.term.term_id == term.term_id or text.form != text.text:
            continue
        if cover.term.rules.severity >= text.term.rules.severity and not _excepted(cover, text):
            what = f"“{cover.form}” of the term {cover.term.term_id} fires wherever “{text.text}” does, as heavily."
            fix = "give it more severity, or remove it"
            yield subject.problem(Code.SHADOWED, subject.text_path(term, text.text), what, fix, term=term)


def _fires_anyway(text: CompiledText) -> bool:
    rules = text.term.rules
    free = not (conditional(rules) or rules.refuses or rules.allow_titles or rules.allow_domains or rules.exact_accents)
    return free and text.match in (Match.WORD, Match.PHRASE) and not rules.severity_when


def _parts(folded: str) -> Iterator[str]:
    """Yield every run of words in a phrase that is shorter than the phrase."""
    words = folded.split()
    for size in range(len(words) - 1, 0, -1):
        for start in range(len(words) - size + 1):
            yield " ".join(words[start : start + size])


def _excepted(cover: CompiledText, text: CompiledText) -> bool:
    return any(f" {allow.phrase} " in f" {text.folded} " for allow in cover.allow)
