"""What libraries hold, in numbers: for `overt library stats`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.library.compiled import LibrarySet
from engine.library.model import Library
from overt.library_files import Loaded
from overt.library_shell import Page, many


@dataclass(frozen=True, slots=True)
class Stats:
    """Numbers of one library. Terms are counted once, whatever the number of their texts and forms."""

    library: str
    version: str
    languages: tuple[str, ...]
    licence: str
    native_review: bool
    terms: int
    texts: int
    forms: int
    """Texts with every inflected form: what is searched."""
    by_severity: dict[int, int]
    by_category: dict[str, int]
    by_match: dict[str, int]
    """Forms by the kind of match."""
    with_context: int
    with_exceptions: int
    hits: int
    misses: int
    whole_examples: int
    without_hit: int
    without_why: int
    sets: int
    set_entries: int


def count(loaded: Loaded) -> list[Stats]:
    """Count what the libraries that were asked for hold. Raises SetError."""
    compiled = loaded.compile()
    return [_stats(library, compiled) for library in loaded.libraries if library.library_id in loaded.asked]


def _stats(library: Library, compiled: LibrarySet) -> Stats:
    forms = [text for text in compiled.texts if text.term.library_id == library.library_id]
    rules = [term.rules for term in library.terms]
    return Stats(
        library=library.library_id,
        version=library.version,
        languages=library.languages,
        licence=library.licence,
        native_review=library.native_review,
        terms=len(library.terms),
        texts=sum(len(term.texts) for term in library.terms),
        forms=len(forms),
        by_severity=dict(sorted(Counter(one.severity or library.severity for one in rules).items())),
        by_category=dict(sorted(Counter(one.category or library.category for one in rules).items())),
        by_match=dict(sorted(Counter(text.match.value for text in forms).items())),
        with_context=sum(bool(one.near or one.not_near or one.score) for one in rules),
        with_exceptions=sum(bool(one.allow or one.allow_titles or one.allow_domains) for one in rules),
        hits=sum(len(term.hits) for term in library.terms),
        misses=sum(len(term.misses) for term in library.terms),
        whole_examples=len(library.examples),
        without_hit=sum(not term.hits for term in library.terms),
        without_why=sum(not one.why for one in rules),
        sets=len(library.sets),
        set_entries=sum(map(len, library.sets.values())),
    )


def as_json(counted: Sequence[Stats]) -> dict[str, Any]:
    """Return the numbers for a program; keys as the fields of Stats."""
    return {"libraries": [asdict(one) for one in counted]}


HEADS = ("library", "version", "languages", "terms", "texts", "forms", "context", "exceptions", "hits", "misses")


def show(page: Page, counted: Sequence[Stats]) -> None:
    """Print a table, the sum, and what is spread over severities; then what is missing."""
    page.table([HEADS, *map(_row, counted)])
    page.line()
    terms, texts = sum(one.terms for one in counted), sum(one.texts for one in counted)
    page.line(f"{many(len(counted), 'library')}, {many(terms, 'term')} with {many(texts, 'text')}")
    page.line("terms by severity: ", _spread(counted))
    for one in counted:
        for missing in _missing(one):
            page.line(f"{one.library}: ", missing)


def _row(one: Stats) -> tuple[str, ...]:
    numbers = (one.terms, one.texts, one.forms, one.with_context, one.with_exceptions, one.hits, one.misses)
    return (one.library, one.version, ",".join(one.languages), *(f"{number:,}" for number in numbers))


def _spread(counted: Sequence[Stats]) -> str:
    total: Counter[int] = Counter()
    for one in counted:
        total.update(one.by_severity)
    return ", ".join(f"{number:,} of {level}" for level, number in sorted(total.items()))


def _missing(one: Stats) -> list[str]:
    said = []
    if one.without_hit:
        said.append(f"{many(one.without_hit, 'term')} without an example that must fire")
    if one.without_why:
        said.append(f"{many(one.without_why, 'term')} without a reason (why)")
    if not one.native_review:
        said.append("not yet reviewed by a native speaker")
    return said
