"""Small libraries and observations for the tests of the engine."""

from datetime import UTC, datetime

from engine.library import LibrarySet, compile_set, parse
from engine.library.model import ALL_VIEWS, View
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import CHUNK, TextScreener
from engine.verdict import Verdict

HEAD = """format = "overt-library-1"
[library]
id = "test"
version = "1"
title = "Test"
languages = ["en"]
category = "test"
severity = 3
licence = "CC0-1.0"
source = "tests"
owner = "tests"
review = 2027-01-01
"""
IN_NUMPY = ("ahocorasick_rs", "pyahocorasick")
"""Matchers that are tested with texts folded in numpy."""
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def screener(body: str, back_end: str | None = None, views: frozenset[View] = ALL_VIEWS) -> TextScreener:
    """Make a screener of one library with this body."""
    return screener_of(compile_set([parse(HEAD + body, origin="test.toml")]), back_end, views)


def screener_of(
    library_set: LibrarySet, back_end: str | None = None, views: frozenset[View] = ALL_VIEWS, chunk: int = CHUNK
) -> TextScreener:
    """Make a screener; half of the matchers get texts that the compiled loops folded, half of them numpy's."""
    return TextScreener(library_set, back_end, views=views, chunk=chunk, compiled=back_end not in IN_NUMPY)


def observe(text: str, *, source: str = "typed", title: str | None = None, url: str | None = None) -> TextObservation:
    return TextObservation(text, Provenance.TYPED, source, NOON, Context(title=title, url=url))


def fired(verdict: Verdict) -> list[tuple[str, str]]:
    """What fired: the characters that matched, and the rule."""
    return [(finding.matched, finding.rule) for finding in verdict.findings]


def held_back(verdict: Verdict) -> list[tuple[str, str]]:
    """What did not fire: the characters that matched, and the reason."""
    return [(one.finding.matched, one.reason) for one in verdict.suppressed]


def matches(body: str, text: str, *, back_end: str | None = None, source: str = "typed") -> list[str]:
    """Screen one text for one library: the characters that fired."""
    return [finding.matched for finding in screener(body, back_end).screen(observe(text, source=source)).findings]


def term(text: str, *rules: str) -> str:
    """Write one term with these lines of rules."""
    return "\n".join(["[[term]]", f'text = "{text}"', *rules, ""])
