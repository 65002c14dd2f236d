"""The matchers that the text engine is measured against. Each is optional: what is not installed is left out and named.

They answer different questions. Only the engine and the naive check give whole words with places in the original text;
raw automata give substrings, and the filters give whole words or a yes without places.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

Search = Callable[[str], object]
RAW, NAIVE = "pyahocorasick, raw", "pyahocorasick, boundary check in Python"


@dataclass(frozen=True, slots=True)
class Peer:
    """A matcher: how it is made from terms, how many terms it can bear, and which share of the texts it is given."""

    name: str
    module: str
    build: Callable[[Sequence[str]], Search]
    most: int = 1_000_000
    share: float = 1.0
    """Slow ones read a part of the texts only; their time is scaled up."""
    lowered: bool = False
    """It is given text in small letters, as if that cost nothing."""

    @property
    def installed(self) -> bool:
        return find_spec(self.module) is not None


def _automaton(terms: Sequence[str]) -> Callable[[str], object]:
    automaton = import_module("ahocorasick").Automaton()
    for index, term in enumerate(terms):
        automaton.add_word(term, index)
    automaton.make_automaton()
    found: Callable[[str], object] = automaton.iter
    return found


def raw(terms: Sequence[str]) -> Search:
    iterate = _automaton(terms)
    return lambda text: deque(iterate(text), maxlen=0)  # type: ignore[call-overload]


def naive(terms: Sequence[str]) -> Search:
    """Lower, scan, and look at the characters beside each match."""
    iterate, lengths = _automaton(terms), [len(term) for term in terms]

    def search(text: str) -> list[tuple[int, int, int]]:
        lower, found = text.lower(), []
        last = len(lower)
        for end, index in iterate(lower):  # type: ignore[attr-defined]
            start, end = end - lengths[index] + 1, end + 1  # noqa: PLW2901 - exclusive from here on
            if (start == 0 or not lower[start - 1].isalnum()) and (end == last or not lower[end].isalnum()):
                found.append((index, start, end))
        return found

    return search


def daachorse(terms: Sequence[str]) -> Search:
    find = import_module("daachorse").DoubleArrayAhoCorasick([term.encode() for term in terms]).find_overlapping
    return lambda text: find(text.encode())


def ahocorasick_rs(terms: Sequence[str]) -> Search:
    find = import_module("ahocorasick_rs").AhoCorasick(list(terms)).find_matches_as_indexes
    return lambda text: find(text, overlapping=True)


def hyperscan(terms: Sequence[str]) -> Search:
    module = import_module("hyperscan")
    flags = [module.HS_FLAG_CASELESS | module.HS_FLAG_SOM_LEFTMOST] * len(terms)
    database = module.Database(mode=module.HS_MODE_BLOCK)
    expressions = [rb"\b" + re.escape(term.encode()) + rb"\b" for term in terms]
    database.compile(expressions=expressions, ids=list(range(len(terms))), elements=len(terms), flags=flags)

    def search(text: str) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        database.scan(text.encode(), match_event_handler=lambda i, start, end, *_: found.append((i, start, end)))
        return found

    return search


def matcher_py(terms: Sequence[str]) -> Search:
    module = import_module("matcher_py")
    builder = module.SimpleMatcherBuilder()
    for index, term in enumerate(terms):
        builder.add_word(module.ProcessType.NORMALIZE, index, rf"\b{term}\b")
    process: Search = builder.build().process
    return process


def flashtext2(terms: Sequence[str]) -> Search:
    processor = import_module("flashtext2").KeywordProcessor(case_sensitive=False)
    for term in terms:
        processor.add_keyword(term, term)
    search: Search = processor.extract_keywords_with_span
    return search


def better_profanity(terms: Sequence[str]) -> Search:
    profanity = import_module("better_profanity").Profanity(list(terms))
    search: Search = profanity.contains_profanity
    return search


def presidio(terms: Sequence[str]) -> Search:
    recognizer = import_module("presidio_analyzer").PatternRecognizer("TERM", deny_list=list(terms))
    return lambda text: recognizer.analyze(text, ["TERM"])


PEERS = (
    Peer(RAW, "ahocorasick", raw, lowered=True),
    Peer(NAIVE, "ahocorasick", naive),
    Peer("daachorse, raw", "daachorse", daachorse, lowered=True),
    Peer("ahocorasick_rs, raw", "ahocorasick_rs", ahocorasick_rs, lowered=True),
    Peer("hyperscan, whole words", "hyperscan", hyperscan, most=1_000),
    Peer("matcher-py, normalised words", "matcher_py", matcher_py),
    Peer("flashtext2, with places", "flashtext2", flashtext2),
    Peer("better-profanity, yes or no", "better_profanity", better_profanity, most=1_000, share=0.0004),
    Peer("presidio deny-list", "presidio_analyzer", presidio, most=1_000, share=0.02),
)
