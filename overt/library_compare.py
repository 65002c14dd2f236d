"""Compares two library sets: what was changed in the terms, and which examples of the old are lost in the new."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import Place
from engine.library.compiled import CompiledRules, CompiledText, LibrarySet
from engine.library.model import Example, Library, Term
from engine.library.places import find_places
from engine.library.selftest import observe
from engine.text.screen import TextScreener
from engine.verdict import Finding

Key = tuple[str, str]
"""Library id and term id."""

RULES = {
    "category": "category",
    "why": "why",
    "views": "views",
    "exact_case": "letter case",
    "exact_accents": "accents",
    "allow_titles": "allowed titles",
    "allow_domains": "allowed sites",
    "needs": "near",
    "refuses": "not-near",
    "score": "score",
    "severity_when": "severity-when",
    "position": "position",
    "also_in": "also-in",
    "ambiguous": "ambiguous",
}
"""What of the rules is compared, as the library writes it. Severity and exceptions are compared apart."""


@dataclass(frozen=True, slots=True)
class TermChange:
    """One term that is in both sets and not the same."""

    key: Key
    texts_removed: tuple[str, ...]
    texts_added: tuple[str, ...]
    severity: tuple[int, int] | None
    """Old and new; `None`: the same."""
    rules: tuple[str, ...]
    """Rules that differ, by the names that the library gives them."""


@dataclass(frozen=True, slots=True)
class TermChanges:
    """What differs between the terms of two sets."""

    removed: tuple[Key, ...]
    added: tuple[Key, ...]
    changed: tuple[TermChange, ...]


@dataclass(frozen=True, slots=True)
class LostExample:
    """An example of the old set that comes out otherwise in the new. `text` is the example's, not an observed one."""

    place: Place
    key: Key
    kind: str
    """`hit`: nothing of the library fires any more. `miss`: the term fires now. `weaker`: it fires, and weighs less."""
    text: str = field(repr=False)
    what: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets compared by their terms and by the examples of the old one."""

    versions: Mapping[str, tuple[str | None, str | None]]
    """Library id → old and new version; `None`: the library is not there."""
    removed: tuple[Key, ...]
    added: tuple[Key, ...]
    changed: tuple[TermChange, ...]
    examples: int
    lost: tuple[LostExample, ...]

    @property
    def unversioned(self) -> list[str]:
        """Libraries whose terms differ and whose version does not."""
        touched = {key[0] for key in (*self.removed, *self.added, *(one.key for one in self.changed))}
        return sorted(name for name in touched if len(set(self.versions.get(name, (None, "")))) == 1)

    @property
    def any_lost(self) -> bool:
        """A hit that fires no more, or a miss that fires now. Less weight alone is told, and no loss."""
        return any(one.kind != "weaker" for one in self.lost)


def compare(old: Sequence[Library], old_set: LibrarySet, new_set: LibrarySet) -> Comparison:
    """Compare two compiled sets. `old`: the libraries whose examples are run against the new set."""
    found, after = term_changes(old_set, new_set), by_term(new_set)
    names = dict.fromkeys([*old_set.versions, *new_set.versions])
    tested = [library for library in old if library.library_id in new_set.versions]
    return Comparison(
        versions={name: (old_set.versions.get(name), new_set.versions.get(name)) for name in names},
        removed=found.removed,
        added=found.added,
        changed=found.changed,
        examples=sum(len(term.hits) + len(term.misses) for one in tested for term in one.terms),
        lost=tuple(_lost(tested, TextScreener(new_set), after)),
    )


def term_changes(old_set: LibrarySet, new_set: LibrarySet) -> TermChanges:
    """Compare the terms of two compiled sets, without running anything."""
    before, after = by_term(old_set), by_term(new_set)
    changes = (_change(key, before[key], after[key]) for key in before if key in after)
    return TermChanges(
        removed=tuple(key for key in before if key not in after),
        added=tuple(key for key in after if key not in before),
        changed=tuple(change for change in changes if change is not None),
    )


def by_term(library_set: LibrarySet) -> dict[Key, list[CompiledText]]:
    """Return the texts of each term, in the order of the set."""
    terms: dict[Key, list[CompiledText]] = {}
    for text in library_set.texts:
        terms.setdefault((text.term.library_id, text.term.term_id), []).append(text)
    return terms


def _change(key: Key, before: list[CompiledText], after: list[CompiledText]) -> TermChange | None:
    old_texts, new_texts = {one.form: one for one in before}, {one.form: one for one in after}
    old, new = before[0].term.rules, after[0].term.rules
    rules = [*_rules_that_differ(old, new), *_exceptions_and_match(old_texts, new_texts)]
    change = TermChange(
        key=key,
        texts_removed=tuple(form for form in old_texts if form not in new_texts),
        texts_added=tuple(form for form in new_texts if form not in old_texts),
        severity=(old.severity, new.severity) if old.severity != new.severity else None,
        rules=tuple(rules),
    )
    return change if change.texts_removed or change.texts_added or change.severity or change.rules else None


def _rules_that_differ(old: CompiledRules, new: CompiledRules) -> Iterator[str]:
    """Word sets are compared by what they hold, so that a change in a shared set shows in each term that uses it."""
    for name, said in RULES.items():
        if getattr(old, name) != getattr(new, name):
            yield said


def _exceptions_and_match(old: Mapping[str, CompiledText], new: Mapping[str, CompiledText]) -> Iterator[str]:
    both = [(old[form], new[form]) for form in old if form in new]
    if any(before.allow != after.allow for before, after in both):
        yield "allow"
    if any(before.match is not after.match for before, after in both):
        yield "match"


def _lost(old: Sequence[Library], screener: TextScreener, after: Mapping[Key, object]) -> Iterator[LostExample]:
    for library in old:
        for term in library.terms:
            key = (library.library_id, term.term_id)
            for example in term.hits:
                told = _hit(screener, library, term, example)
                if told is not None:
                    yield _lost_example(library, key, example, *told)
            for example in term.misses if key in after else ():
                fires = [one for one in _findings(screener, example, library) if one.term_id == term.term_id]
                if fires:
                    what = f"fires now on “{fires[0].matched}” ({fires[0].rule}, severity {fires[0].severity})"
                    yield _lost_example(library, key, example, "miss", what)


def _hit(screener: TextScreener, library: Library, term: Term, example: Example) -> tuple[str, str] | None:
    found = _findings(screener, example, library)
    if not found:
        held = screener.screen(observe(example)).suppressed
        same = [one.explanation for one in held if one.finding.library_id == library.library_id]
        return "hit", "fires no more" + (f": {same[0]}" if same else ": the new library does not contain it")
    wanted = example.severity or term.rules.severity or library.severity
    most = max(one.severity for one in found)
    if example.severity is not None and most < wanted:
        return "weaker", f"fires with severity {most}, and {wanted} is expected"
    return None


def _findings(screener: TextScreener, example: Example, library: Library) -> list[Finding]:
    found = screener.screen(observe(example)).findings
    return [one for one in found if one.library_id == library.library_id]


def _lost_example(library: Library, key: Key, example: Example, kind: str, what: str) -> LostExample:
    place = find_places(library.origin, library.text).of(example.path)
    return LostExample(place, key, kind, example.text, what)
