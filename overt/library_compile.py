"""What a compiled set is: its digest, the versions in it, what a person's set changes; for `overt library compile`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.library.compiled import CompiledText, LibrarySet
from overt.library_files import Loaded, load, load_person
from overt.library_shell import Page, many


def read(names: Sequence[str], person: Path | None) -> Loaded:
    """Read libraries, or a person's set with its libraries. Raises EngineError."""
    return load(names) if person is None else load_person(person, names)


def as_json(loaded: Loaded, made: LibrarySet, *, forms: bool) -> dict[str, Any]:
    """Return what the set is for a program; `forms`: with everything that is searched."""
    values: dict[str, Any] = {
        "digest": made.digest,
        "libraries": dict(made.versions),
        "floor": made.floor,
        "terms": _terms(made),
        "forms": len(made.texts),
    }
    if loaded.person is not None:
        values["person"] = {"case": loaded.person.case, "version": loaded.person.version}
    if forms:
        values["searched"] = [_values(text) for text in made.texts]
    return values


def show(page: Page, loaded: Loaded, made: LibrarySet, *, forms: bool) -> None:
    """Print what the set is; `forms`: with everything that is searched, a line each."""
    if forms:
        for line in _forms(made):
            page.line(line)
        page.line()
    if loaded.person is not None:
        page.line(f"case {loaded.person.case}, version {loaded.person.version}, severity {made.floor} and above")
    for library_id, version in made.versions.items():
        page.line(f"  {library_id} {version}")
    page.line(f"{many(_terms(made), 'term')}, {many(len(made.texts), 'form')} searched")
    page.line(f"digest {made.digest}")


def _terms(made: LibrarySet) -> int:
    return len({(text.term.library_id, text.term.term_id) for text in made.texts})


def _forms(made: LibrarySet) -> Iterator[str]:
    for text in made.texts:
        term = text.term
        condition = f"  condition {term.condition}" if term.condition is not None else ""
        yield f"{term.rules.severity}  {term.library_id}/{term.term_id}  {text.match.value}  {text.form}{condition}"


def _values(text: CompiledText) -> dict[str, Any]:
    term = text.term
    return {
        "library": term.library_id,
        "term": term.term_id,
        "text": text.text,
        "form": text.form,
        "match": text.match.value,
        "severity": term.rules.severity,
        "category": term.rules.category,
        "condition": term.condition,
    }
