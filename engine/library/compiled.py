"""A library set ready for screening: every text with its forms, every rule with its word sets looked up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.library.model import Match, Position, Shape, View
from engine.text.allow import AllowPhrase
from engine.text.context import ContextRule, ScoreRule


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """When a term fires, with defaults filled in and sets resolved. Shared by all terms that say the same."""

    category: str
    severity: int
    why: str
    views: frozenset[View]
    exact_case: bool = False
    exact_accents: bool = False
    allow_titles: tuple[str, ...] = ()
    """Folded."""
    allow_domains: frozenset[str] = frozenset()
    needs: tuple[ContextRule, ...] = ()
    refuses: tuple[ContextRule, ...] = ()
    score: ScoreRule | None = None
    severity_when: tuple[tuple[ContextRule, int], ...] = ()
    position: Position = Position.ANYWHERE
    also_in: frozenset[Shape] = frozenset()
    ambiguous: int = 0
    simple: bool = True
    """Nothing in these rules has to be looked at when a text is found: only its shape."""


class CompiledTerm(NamedTuple):
    """A term of a library in a set."""

    library_id: str
    library_version: str
    term_id: str
    rules: CompiledRules
    condition: str | None
    """The numbered condition of the order that this term serves."""


class CompiledText(NamedTuple):
    """One text of a term, or one of its forms, as it is searched."""

    term: CompiledTerm
    text: str
    """As the library writes it."""
    form: str
    """The form searched: the text itself or an inflection."""
    folded: str
    match: Match
    allow: tuple[AllowPhrase, ...]


@dataclass(frozen=True, slots=True)
class LibrarySet:
    """Libraries compiled together. `digest`: hex SHA-256 of their content and of the changes made for one person."""

    digest: str
    versions: Mapping[str, str]
    texts: tuple[CompiledText, ...] = field(repr=False)
    floor: int = 1
    """Findings below this severity are listed as suppressed."""
