"""Finds many byte patterns at once: one interface, three libraries behind it.

All overlapping matches come, in no promised order.

daachorse is the fastest and has no wheels for some systems; ahocorasick_rs has more; pyahocorasick exists everywhere.
Automata are always built from text, never loaded: a stored automaton would be code from outside.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from engine.errors import BackEndError
from engine.text import kernel

Match = tuple[int, int, int]
"""Start, end (exclusive) and index of the pattern."""

SMALL = 20_000
"""Up to so many patterns ahocorasick_rs builds a full table: faster, but large."""


class Automaton(Protocol):
    """What the screener asks of a matcher."""

    def find_overlapping(self, view: bytes) -> list[Match]:
        """Return every place of every pattern."""


class Daachorse:
    """Double-array automaton in Rust."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        find = import_module("daachorse").DoubleArrayAhoCorasick(list(patterns)).find_overlapping
        self.find_overlapping: Callable[[bytes], list[Match]] = find


class AhoCorasickRs:
    """The Rust aho-corasick crate."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        module = import_module("ahocorasick_rs")
        table = module.Implementation.DFA if len(patterns) <= SMALL else None
        self._find: Any = module.BytesAhoCorasick(patterns, implementation=table).find_matches_as_indexes

    def find_overlapping(self, view: bytes) -> list[Match]:
        return [(start, end, pattern) for pattern, start, end in self._find(view, overlapping=True)]


class PyAhoCorasick:
    """The C library that is always there. It reads text, so bytes go in as Latin-1."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        automaton = import_module("ahocorasick").Automaton()
        for index, pattern in enumerate(patterns):
            automaton.add_word(pattern.decode("latin-1"), (index, len(pattern) - 1))
        automaton.make_automaton()
        self._iterate: Callable[[str], Iterator[tuple[int, tuple[int, int]]]] = automaton.iter

    def find_overlapping(self, view: bytes) -> list[Match]:
        text = view.decode("latin-1")
        return [(last - span, last + 1, pattern) for last, (pattern, span) in self._iterate(text)]


class Kernel:
    """The compiled dictionary of this project, built where there was a compiler."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self.dictionary = kernel.Dictionary(patterns)
        self.find_array = self.dictionary.find

    def find_overlapping(self, view: bytes) -> list[Match]:
        found: list[Match] = self.find_array(view).tolist()
        return found


class Nothing:
    """No patterns, no matches: the libraries refuse to build an empty automaton."""

    def find_overlapping(self, view: bytes) -> list[Match]:
        del view
        return []


BACK_ENDS: dict[str, Callable[[Sequence[bytes]], Automaton]] = {
    "kernel": Kernel,
    "daachorse": Daachorse,
    "ahocorasick_rs": AhoCorasickRs,
    "pyahocorasick": PyAhoCorasick,
}
MODULES = {"daachorse": "daachorse", "ahocorasick_rs": "ahocorasick_rs", "pyahocorasick": "ahocorasick"}


def installed() -> list[str]:
    """Return the back ends that are installed here, fastest first."""
    others = [name for name, module in MODULES.items() if find_spec(module) is not None]
    return ["kernel", *others] if kernel.AVAILABLE else others


def build(patterns: Sequence[bytes], back_end: str | None = None) -> Automaton:
    """Build an automaton over distinct, non-empty patterns with the named back end, or the fastest installed."""
    available = installed()
    name = back_end or (available[0] if available else "pyahocorasick")
    if name not in available:
        raise BackEndError(f"matcher {name!r} is not installed (installed: {', '.join(available) or 'none'})")
    return BACK_ENDS[name](patterns) if patterns else Nothing()
