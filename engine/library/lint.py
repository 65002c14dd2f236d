"""Checks a library for what its author would want to know before anybody is hurt by it: errors, warnings, notes.

Pure: the date, the other libraries and the frequencies of words come in as values.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.errors import Place
from engine.library import lint_about, lint_collisions, lint_context, lint_texts
from engine.library.lint_codes import Code, Level, Problem
from engine.library.lint_subject import Subject, Surroundings
from engine.library.model import Library
from engine.library.places import place_at
from engine.library.selftest import self_test

__all__ = ["Code", "Level", "Problem", "Surroundings", "lint"]

PARDON = re.compile(r"#[^\n\"']*lint-ok: *(L\d{3})[ \t]*([^\n]*)")
TABLE = re.compile(r"^\[\[?[^\]\n]+\]\]?[ \t]*(?=#|$)")


def lint(library: Library, surroundings: Surroundings) -> list[Problem]:
    """Return what is wrong with a library, in the order of the file. Raises SetError where it does not compile."""
    subject = Subject(library, surroundings)
    found = [
        *lint_about.check(subject),
        *_examples(subject),
        *lint_texts.check(subject),
        *lint_collisions.check(subject),
        *lint_context.check(subject),
    ]
    found = _without_pardoned(subject, found)
    return sorted(found, key=lambda one: (one.place.line, one.place.column, one.code))


def _examples(subject: Subject) -> Iterator[Problem]:
    result = self_test(subject.library, together=subject.required)
    for failure in result.failures:
        term = subject.terms.get(failure.term_id or "")
        what = f"Expected: {failure.expected}. Happened: {failure.happened.rstrip('.')}."
        length = len(failure.text) + 2 if failure.kind != "example" else 1
        term_id = term.term_id if term is not None else None
        fix = f"overt library explain, with the text of this {failure.kind}, says why"
        yield Problem(Code.EXAMPLE_FAILS, failure.place, length, term_id, what, fix)


@dataclass(slots=True)
class _Pardon:
    """A comment `# lint-ok: L402 because …`: the first and last line that it speaks of."""

    code: str
    reason: str
    place: Place
    first: int
    last: int
    used: bool = False


def _without_pardoned(subject: Subject, found: Sequence[Problem]) -> list[Problem]:
    pardons = list(_pardons(subject))
    kept = []
    for problem in found:
        fitting = [
            one
            for one in pardons
            if one.code == problem.code and one.reason and one.first <= problem.place.line <= one.last
        ]
        for one in fitting:
            one.used = True
        if not fitting:
            kept.append(problem)
    return [*kept, *(_unused(one) for one in pardons if not one.used)]


def _unused(pardon: _Pardon) -> Problem:
    if not pardon.reason:
        what, fix = "It gives no reason, and is not followed.", f"# lint-ok: {pardon.code} because …"
    else:
        what, fix = f"There is no {pardon.code} here.", "remove the comment"
    return Problem(Code.PARDON_UNUSED, pardon.place, len("lint-ok"), None, what, fix)


def _pardons(subject: Subject) -> Iterator[_Pardon]:
    """Find the comments. One beside a `[[term]]` speaks of the whole table, one alone of the next line."""
    text, origin = subject.library.text, subject.library.origin
    lines = text.split("\n")
    for match in PARDON.finditer(text):
        start = match.start() + match.group().index("lint-ok")
        place = place_at(origin, text, start)
        line = lines[place.line - 1]
        first = last = place.line
        if line.lstrip().startswith("#"):
            first = last = place.line + 1
        elif TABLE.match(line):
            last = _table_end(lines, place.line)
        yield _Pardon(match.group(1), match.group(2).strip(), place, first, last)


def _table_end(lines: Sequence[str], first: int) -> int:
    for number in range(first, len(lines)):
        if lines[number].startswith("["):
            return number
    return len(lines)
