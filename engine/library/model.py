"""A library as values: what the file says, checked and with every default filled in. Compiling is for compile.py."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from engine.library.places import Path


class Match(StrEnum):
    """How a text must stand in what is read."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    SUBSTRING = "substring"
    DOMAIN = "domain"


class Inflection(StrEnum):
    """Regular forms that a language adds."""

    PLURAL = "plural"
    VERB = "verb"
    AGENT = "agent"


class View(StrEnum):
    """A way of reading the text that undoes one kind of disguise or damage."""

    LEET = "leet"
    SPACED = "spaced"
    DOTTED = "dotted"
    REPEATED = "repeated"
    HOMOGLYPH = "homoglyph"
    CAMEL = "camel"
    MASK = "mask"
    REVERSED = "reversed"
    INVISIBLE = "invisible"
    STYLED = "styled"
    OCR = "ocr"
    HYPHEN = "hyphen"


ALL_VIEWS = frozenset(View)


class Side(StrEnum):
    """On which side of the term context counts."""

    EITHER = "either"
    BEFORE = "before"
    AFTER = "after"


class Where(StrEnum):
    """Where context is sought."""

    TEXT = "text"
    TITLE = "title"
    URL = "url"


EVERYWHERE = frozenset(Where)


class Position(StrEnum):
    """Where in its line or message a term must stand."""

    ANYWHERE = "anywhere"
    NOT_SIGN_OFF = "not-sign-off"
    LINE_START = "line-start"
    LINE_END = "line-end"
    WHOLE_LINE = "whole-line"


class Shape(StrEnum):
    """Things that look like words and are not."""

    CODE = "code"
    URL = "url"
    EMAIL = "email"
    PATH = "path"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far context reaches: in words, or in characters where words have no spaces."""

    within: int = 8
    chars: int = 20
    side: Side = Side.EITHER
    sentence: bool = False
    where: frozenset[Where] = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Near:
    """Context that must (or must not) be there: any one, or all, of the entries. Entries may be `@set` references."""

    entries: tuple[str, ...]
    every: bool
    reach: Reach


@dataclass(frozen=True, slots=True)
class Score:
    """Evidence: the weight of the term and of each context word, and the sum at which the term fires."""

    threshold: int
    weight: int
    words: tuple[tuple[str, int], ...]
    reach: Reach


@dataclass(frozen=True, slots=True)
class SeverityWhen:
    """Another severity in a context."""

    near: Near
    severity: int


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what is expected of it. `None` means: not asked."""

    text: str = field(repr=False)
    path: Path
    title: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    source: str | None = None
    severity: int | None = None
    matched: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """One term that must fire in a library-wide example."""

    term_id: str
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class WholeExample:
    """A text and exactly the terms of the library that fire in it."""

    example: Example
    expect: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides when a term fires. Shared by the texts of the term, and by terms through a profile."""

    match: Match | None = None
    """`None`: decided by each text (phrase where it has a space, substring in unspaced scripts, else word)."""
    inflect: frozenset[Inflection] = frozenset()
    exact_case: bool = False
    exact_accents: bool = False
    severity: int | None = None
    """`None`: the library's default."""
    category: str | None = None
    why: str = ""
    source: str | None = None
    views: frozenset[View] = ALL_VIEWS
    allow: tuple[str, ...] = ()
    allow_titles: tuple[str, ...] = ()
    allow_domains: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    not_near: tuple[Near, ...] = ()
    score: Score | None = None
    severity_when: tuple[SeverityWhen, ...] = ()
    position: Position = Position.ANYWHERE
    also_in: frozenset[Shape] = frozenset()
    ambiguous: int = 0
    """By how many steps of severity the meaning of its sentence may move the term; 0: it is not asked about."""


class Term(NamedTuple):
    """One entry of a library: texts with their rules and examples. A tuple, since there may be tens of thousands."""

    term_id: str
    texts: tuple[str, ...]
    forms: tuple[str, ...]
    rules: Rules
    hits: tuple[Example, ...]
    misses: tuple[Example, ...]
    path: Path
    like: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """One library file, checked. `text` is the file as it was read: places and the digest come from it."""

    library_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    category: str
    severity: int
    licence: str
    source: str
    owner: str
    review: datetime.date
    native_review: bool
    about: str
    requires: tuple[str, ...]
    sets: Mapping[str, tuple[str, ...]] = field(repr=False)
    profiles: Mapping[str, Rules] = field(repr=False)
    terms: tuple[Term, ...] = field(repr=False)
    examples: tuple[WholeExample, ...] = field(repr=False)
    origin: str
    text: str = field(repr=False)
