"""`overt library lint`: what is wrong with libraries, each with its place, a caret and a proposed fix."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.library.lint import Code, Level, Problem, Surroundings, lint
from engine.library.model import Library
from overt.exits import DONE, FINDINGS
from overt.library_files import Loaded
from overt.library_shell import Page, many
from overt.word_frequencies import frequencies, is_installed

FORMAT = "overt-library-lint-1"
STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


@dataclass(frozen=True, slots=True)
class Linted:
    """One library with its problems. `blind`: collisions with everyday words could not be looked for."""

    library: Library
    problems: tuple[Problem, ...]
    blind: str


def run(loaded: Loaded, today: date, ignored: Collection[str]) -> list[Linted]:
    """Check the libraries that were asked for. Raises SetError, BackEndError."""
    linted: list[Linted] = []
    asked = [one for one in loaded.libraries if one.library_id in loaded.asked]
    for index, library in enumerate(asked):
        others = [*asked[:index], *(one for one in loaded.libraries if one.library_id not in loaded.asked)]
        words = frequencies(library.languages[0])
        found = lint(library, Surroundings(today, loaded.libraries, others, words))
        problems = tuple(one for one in found if one.code not in ignored)
        linted.append(Linted(library, problems, "" if words or not library.terms else _blind(library)))
    return linted


def _blind(library: Library) -> str:
    name = library.library_id
    if not is_installed():
        return f"{name}: not compared with everyday words: they come with pip install 'overt[lint]'"
    return f"{name}: not compared with everyday words: none are known for the language {library.languages[0]}"


def exit_code(linted: Sequence[Linted]) -> int:
    """Notes alone do not fail."""
    return FINDINGS if any(one.code.level is not Level.NOTE for each in linted for one in each.problems) else DONE


def show(page: Page, linted: Sequence[Linted]) -> None:
    """Print each problem with its line and a caret, then the sum."""
    counts: Counter[Level] = Counter()
    for each in linted:
        for problem in each.problems:
            counts[problem.code.level] += 1
            _show(page, each.library, problem)
    for each in linted:
        if each.blind:
            page.line((each.blind, "dim"))
    checked = (
        f"{many(len(linted), 'library')} with {many(sum(len(one.library.terms) for one in linted), 'term')} checked"
    )
    said = ", ".join(many(counts[level], level.value) for level in Level if counts[level])
    page.line((f"{checked}: {said or 'nothing to say'}.", "bold"))


def _show(page: Page, library: Library, problem: Problem) -> None:
    level, code = problem.code.level, problem.code
    head = f"  {code.slug}" + (f", term {problem.term_id}" if problem.term_id else "")
    page.line((f"{problem.place}: ", "bold"), (f"{level} {code}", STYLES[level]), head)
    page.source(library.text, problem.place, problem.length)
    page.line("    ", problem.what)
    page.line("    fix: ", (problem.fix, "green"))
    page.line("")


def show_codes(page: Page) -> None:
    """Print every code with its level and name."""
    page.table([(code.value, code.level.value, code.slug) for code in Code])


def as_json(linted: Sequence[Linted]) -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "format": FORMAT,
        "libraries": [
            {
                "library": one.library.library_id,
                "version": one.library.version,
                "terms": len(one.library.terms),
                "compared_with_words": not one.blind,
                "problems": [_values(problem) for problem in one.problems],
            }
            for one in linted
        ],
        "exit": exit_code(linted),
    }


def _values(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code.value,
        "name": problem.code.slug,
        "level": problem.code.level.value,
        "file": problem.place.origin,
        "line": problem.place.line,
        "column": problem.place.column,
        "length": problem.length,
        "term_id": problem.term_id,
        "what": problem.what,
        "fix": problem.fix,
    }
