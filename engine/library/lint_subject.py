"""What every check of lint looks at: one library, compiled, with the places of everything in it."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.library.compile import compile_set
from engine.library.compiled import CompiledText, LibrarySet
from engine.library.lint_codes import Code, Problem
from engine.library.model import Library, Term
from engine.library.places import TOKEN, Path, Places, find_places, place_at
from engine.library.sets import SetTable, required


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lint knows besides the library. `frequencies`: how often in a million words; empty: not known."""

    today: datetime.date
    together: Sequence[Library] = ()
    """Libraries that it requires."""
    others: Sequence[Library] = ()
    """Libraries that it is used with: their texts should not be there twice."""
    frequencies: Mapping[str, float] = field(default_factory=dict, repr=False)


class Subject:
    """One library under lint."""

    def __init__(self, library: Library, surroundings: Surroundings) -> None:
        self.library = library
        self.surroundings = surroundings
        self.required = tuple(required(library, surroundings.together))
        self.set: LibrarySet = compile_set([library, *self.required])
        self.sets = SetTable([library, *self.required])
        self.places: Places = find_places(library.origin, library.text)
        self.terms: Mapping[str, Term] = {term.term_id: term for term in library.terms}
        self.texts: dict[str, list[CompiledText]] = {}
        for text in self.set.texts:
            if text.term.library_id == library.library_id:
                self.texts.setdefault(text.term.term_id, []).append(text)

    def problem(
        self,
        code: Code,
        path: Path,
        what: str,
        fix: str,
        *,
        term: Term | None = None,
        key: bool = False,
        remove: Path | None = None,
    ) -> Problem:
        """Make a problem at the value (or the key) that stands at `path`, or at the nearest thing around it.

        `remove`: the entry of a list, or the key of a table in one line, that can go without a change in what fires.
        """
        offset = self._offset(path, key=key)
        token = TOKEN.match(self.library.text, offset)
        length = len(token.group()) if token is not None and "\n" not in token.group() else 1
        place = place_at(self.library.origin, self.library.text, offset)
        term_id = term.term_id if term is not None else None
        return Problem(code, place, length, term_id, what, fix, self._span(remove, key=key) if remove else None)

    def _span(self, path: Path, *, key: bool) -> tuple[int, int] | None:
        start = (self.places.keys if key else self.places.values).get(path)
        token = TOKEN.match(self.library.text, start) if start is not None else None
        return (token.start(), token.end()) if token is not None else None

    def rule_path(self, term: Term, key: str) -> Path:
        """Return where a rule of a term is written: in the term, or in its profile."""
        own = (*term.path, key)
        return own if own in self.places.keys or term.like is None else ("profile", term.like, key)

    def text_path(self, term: Term, text: str) -> Path:
        """Return where a text of a term is written."""
        if text in term.texts:
            index = term.texts.index(text)
            listed = (*term.path, "text", index)
            return listed if listed in self.places.values else (*term.path, "text")
        if text in term.forms:
            return (*term.path, "forms", term.forms.index(text))
        return term.path

    def all_texts(self) -> Iterator[tuple[Term, CompiledText]]:
        """Yield every text and form of the library with its term."""
        for term_id, texts in self.texts.items():
            for text in texts:
                yield self.terms[term_id], text

    def _offset(self, path: Path, *, key: bool) -> int:
        while path:
            tables = (self.places.keys, self.places.values) if key else (self.places.values, self.places.keys)
            found = next((table[path] for table in tables if path in table), None)
            if found is not None:
                return found
            path, key = path[:-1], True
        return 0
