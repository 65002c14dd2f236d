"""`overt library lint --fix`: takes out what can go without a change in what fires, and proves that nothing changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from engine.library.compile import compile_set
from engine.library.lint_fix import without
from engine.library.model import Library
from engine.library.parse import parse
from engine.text.context import ScoreRule
from overt.library_edit import EditError, next_version, patch, with_version
from overt.library_files import Loaded
from overt.library_lint import Linted
from overt.library_shell import Page, many


@dataclass(frozen=True, slots=True)
class Fixed:
    """One library as it was and its new text; `removed`: entries taken out, by the code of lint."""

    library: Library
    text: str
    removed: Counter[str]

    @property
    def version(self) -> str:
        return next_version(self.library.version)


def fix(linted: Sequence[Linted], loaded: Loaded) -> list[Fixed]:
    """Return the libraries in which something can go. Raises EditError where a cut would change what fires."""
    fixed = []
    for each in linted:
        removed = Counter(one.code.value for one in each.problems if one.remove is not None)
        if removed:
            text = with_version(without(each.library.text, each.problems), next_version(each.library.version))
            _prove(each.library, text, loaded)
            fixed.append(Fixed(each.library, text, removed))
    return fixed


def _prove(old: Library, text: str, loaded: Loaded) -> None:
    new = parse(text, origin=old.origin)
    around = [one for one in loaded.libraries if one.library_id != old.library_id]
    if _firing(old, around) != _firing(new, around):
        raise EditError(f"{old.origin} is left as it is: the cut would change what {old.library_id} fires on")


def _firing(library: Library, around: Iterable[Library]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Return for each text that is looked for, however it is written, what decides whether it fires."""
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for one in compile_set([library, *around]).texts:
        if one.term.library_id != library.library_id:
            continue
        key = (one.term.term_id, one.folded, one.match.value)
        excepted = frozenset(allow.phrase for allow in one.allow if one.folded in allow.phrase)
        if key in found:  # either of two fires: only what excepts both is an exception
            excepted &= found[key][0]
        found[key] = (excepted, replace(one.term.rules, score=None), _score(one.term.rules.score))
    return found


def _score(score: ScoreRule | None) -> tuple[Any, ...]:
    """Return a score as a value, without what weighs nothing."""
    if score is None:
        return ()
    index = score.index
    entries = [
        *index.words.items(),
        *index.prefixes,
        *index.pieces,
        *(one for some in index.phrases.values() for one in some),
    ]
    return (score.threshold, score.weight, score.reach, {entry for entry in entries if entry[1]})


def write(fixed: Sequence[Fixed]) -> None:
    """Put the new texts in place of the old; each file is the old one or the new one whole. Raises OSError."""
    for one in fixed:
        file = Path(one.library.origin)
        beside = file.with_suffix(".toml.new")
        beside.write_text(one.text, encoding="utf-8")
        beside.replace(file)


def show(page: Page, fixed: Sequence[Fixed]) -> None:
    """Print what was taken out of which library."""
    for one in fixed:
        codes = ", ".join(f"{count} of {code}" for code, count in sorted(one.removed.items()))
        number = many(sum(one.removed.values()), "entry")
        page.line(f"{one.library.library_id} {one.library.version} → {one.version}: {number} taken out ({codes})")


def show_patch(fixed: Sequence[Fixed]) -> None:
    """Print the changes as a patch, and change nothing."""
    for one in fixed:
        typer.echo(patch(one.library, one.text, Path(one.library.origin).name), nl=False)
