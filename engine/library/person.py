"""What is changed for one person: libraries with their conditions, terms dropped, changed and added, names of staff."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from engine.errors import SetError
from engine.library import fields
from engine.library.compiled import CompiledRules
from engine.library.fields import Document, Field
from engine.library.model import Library, Rules, Term
from engine.library.parse import check_top, load
from engine.library.parse import term as read_term
from engine.library.places import Path, find_places
from engine.library.rules import severity

FORMAT = "overt-person-1"
TOP_FIELDS = frozenset({"format", "person", "library", "drop", "change", "term", "staff"})
ADDED_ID = "person"
STAFF_ID = "staff"


@dataclass(frozen=True, slots=True)
class Drop:
    """A term, or one text of it, that is not watched for this person."""

    library: str
    term: str
    why: str
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A term that weighs otherwise for this person. `None`: as in the library."""

    library: str
    term: str
    condition: str | None = None
    why: str = ""
    severity: int | None = None
    weight: int | None = None
    threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Staff:
    """Names of officers and solicitors that the person may look up (FIELD R30)."""

    names: tuple[str, ...] = field(repr=False)
    severity: int
    condition: str | None = None


class Adjusted(NamedTuple):
    """A term as it is watched for one person."""

    rules: CompiledRules
    condition: str | None
    dropped: frozenset[str]
    """Texts of the term that are not watched."""


@dataclass(frozen=True, slots=True)
class Person:
    """The changes to libraries for one case. `conditions`: library id → numbered condition of the order it serves."""

    case: str
    version: str
    floor: int
    conditions: Mapping[str, str]
    drops: tuple[Drop, ...]
    changes: tuple[Change, ...]
    terms: tuple[Term, ...] = field(repr=False)
    staff: Staff | None
    origin: str
    text: str = field(repr=False)

    def check(self, libraries: Iterable[Library]) -> None:
        """Refuse changes that do nothing: a drop that silently drops nothing is how things slip. Raises SetError."""
        known = {(one.library_id, term.term_id): term for one in libraries for term in one.terms}
        for index, drop in enumerate(self.drops):
            self._check_text(drop, self._changed(known, drop, ("drop", index)), ("drop", index))
        for index, change in enumerate(self.changes):
            term = self._changed(known, change, ("change", index))
            if (change.weight is not None or change.threshold is not None) and term.rules.score is None:
                what = f"the term `{change.term}` in library `{change.library}` has no score to change"
                raise self._error(("change", index, "term"), what, "change its severity, or drop it")

    def _changed(self, known: Mapping[tuple[str, str], Term], one: Drop | Change, path: Path) -> Term:
        term = known.get((one.library, one.term))
        if term is None:
            what = f"no term `{one.term}` in library `{one.library}`"
            raise self._error((*path, "term"), what, "use a term id of a library in the set")
        return term

    def _check_text(self, drop: Drop, term: Term, path: Path) -> None:
        if drop.text is None or drop.text in term.texts:
            return
        near = get_close_matches(drop.text.lower(), term.texts, 1)
        hint = f"did you mean `{near[0]}`?" if near else "write it as the library does, or drop the whole term"
        what = f"the term `{drop.term}` in library `{drop.library}` has no such text, so nothing would be dropped"
        raise self._error((*path, "text"), what, hint)

    def _error(self, path: Path, what: str, hint: str) -> SetError:
        return SetError(find_places(self.origin, self.text).of(path), what, hint)

    def adjust(self, library_id: str, term: Term, rules: CompiledRules) -> Adjusted | None:
        """Return how the term is watched for this person, `None` where it is not."""
        drops = [drop for drop in self.drops if (drop.library, drop.term) == (library_id, term.term_id)]
        if any(drop.text is None for drop in drops):
            return None
        condition = term.condition or self.conditions.get(library_id)
        for change in self.changes:
            if (change.library, change.term) == (library_id, term.term_id):
                rules = _reweighted(rules, change)
                condition = change.condition or condition
        return Adjusted(rules, condition, frozenset(drop.text for drop in drops if drop.text is not None))

    def libraries_added(self) -> list[Library]:
        """Return the added terms and the names of staff as small libraries of their own."""
        added = [self._library(ADDED_ID, "Added for this person", "added", self.terms)] if self.terms else []
        if self.staff is not None:
            rules = Rules(severity=self.staff.severity, why="A name of the staff of this case.")
            names = Term("staff-name", self.staff.names, (), rules, (), (), ("staff",), None, self.staff.condition)
            added.append(self._library(STAFF_ID, "Names of staff", "staff-safety", (names,)))
        return added

    def _library(self, library_id: str, title: str, category: str, terms: tuple[Term, ...]) -> Library:
        return Library(
            library_id=library_id,
            version=self.version,
            title=title,
            languages=("en",),
            category=category,
            severity=3,
            licence="LicenseRef-case",
            source=f"case {self.case}",
            owner="case team",
            review=datetime.date.max,
            native_review=True,
            about="",
            requires=(),
            sets={},
            profiles={},
            terms=terms,
            examples=(),
            origin=self.origin,
            text=self.text,
        )


def _reweighted(rules: CompiledRules, change: Change) -> CompiledRules:
    score = rules.score
    if score is not None:
        score = replace(
            score,
            weight=score.weight if change.weight is None else change.weight,
            threshold=score.threshold if change.threshold is None else change.threshold,
        )
    return replace(rules, severity=change.severity or rules.severity, score=score)


PERSON_FIELDS = {
    "case": Field("case", fields.short_text),
    "version": Field("version", fields.short_text),
    "floor": Field("floor", severity),
}
LIBRARY_FIELDS = {"id": Field("id", fields.identifier), "condition": Field("condition", fields.short_text)}
DROP_FIELDS = {
    "library": Field("library", fields.identifier),
    "term": Field("term", fields.identifier),
    "text": Field("text", fields.short_text),
    "why": Field("why", fields.text),
}
CHANGE_FIELDS = {
    "library": Field("library", fields.identifier),
    "term": Field("term", fields.identifier),
    "condition": Field("condition", fields.short_text),
    "why": Field("why", fields.text),
    "severity": Field("severity", severity),
    "weight": Field("weight", fields.whole_number(-100, 100)),
    "threshold": Field("threshold", fields.whole_number(1, 1000)),
}
STAFF_FIELDS = {
    "names": Field("names", fields.texts),
    "severity": Field("severity", severity),
    "condition": Field("condition", fields.short_text),
}


def parse_person(text: str, *, origin: str) -> Person:
    """Parse and check the changes for one person."""
    data = load(text, origin)
    document = Document(origin, text)
    check_top(document, data, FORMAT, TOP_FIELDS)
    about = fields.read_table(document, data.get("person", {}), ("person",), PERSON_FIELDS, ("case", "version"))
    libraries = _tables(document, data, "library", LIBRARY_FIELDS, ("id", "condition"))
    drops = _tables(document, data, "drop", DROP_FIELDS, ("library", "term", "why"))
    changes = _tables(document, data, "change", CHANGE_FIELDS, ("library", "term"))
    return Person(
        **{"floor": 1, **about},
        conditions={one["id"]: one["condition"] for one in libraries},
        drops=tuple(Drop(**one) for one in drops),
        changes=tuple(Change(**one) for one in changes),
        terms=tuple(read_term(document, one, ("term", i), {}) for i, one in enumerate(data.get("term", []))),
        staff=_staff(document, data.get("staff")),
        origin=origin,
        text=text,
    )


def _tables(
    document: Document, data: dict[str, Any], name: str, known: Mapping[str, Field], required: tuple[str, ...]
) -> list[dict[str, Any]]:
    value = data.get(name, [])
    if not isinstance(value, list):
        document.fail((name,), f"`{name}` must be a list of tables", f"[[{name}]]", key=True)
    paths: list[Path] = [(name, index) for index in range(len(value))]
    return [fields.read_table(document, one, path, known, required) for one, path in zip(value, paths, strict=True)]


def _staff(document: Document, value: Any) -> Staff | None:
    if value is None:
        return None
    return Staff(**{"severity": 4, **fields.read_table(document, value, ("staff",), STAFF_FIELDS, ("names",))})
