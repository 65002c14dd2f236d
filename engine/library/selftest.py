"""Runs the examples that a library brings: `hit` must fire, `miss` must not, `[[example]]` exactly as it says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import Place
from engine.library.compile import compile_set
from engine.library.model import Example, Expected, Library
from engine.library.places import Places, find_places
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Finding, Verdict

ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""Examples have no time; screening does not look at it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not come out as the library says. `text` is the example's, not an observed one."""

    place: Place
    term_id: str | None
    """The term whose example it is; `None` for examples about the whole library."""
    text: str
    what: str


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What came of all examples of a library."""

    library_id: str
    examples: int
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        """A library without examples has not been tested."""
        return self.examples > 0 and not self.failures


def self_test(library: Library, *, together: Iterable[Library] = (), back_end: str | None = None) -> SelfTest:
    """Run all examples of a library. `together`: the libraries whose sets it requires."""
    others = [other for other in together if other.library_id in library.requires]
    screener = TextScreener(compile_set([library, *others]), back_end)
    places: list[Places] = []
    tester = _Tester(library, screener, places)
    failures = tuple(tester.failures())
    return SelfTest(library.library_id, tester.examples, failures)


def observe(example: Example) -> TextObservation:
    """Make an observation of an example."""
    context = Context(title=example.title, url=example.url)
    return TextObservation(example.text, Provenance.VISIBLE_WINDOW, example.source or "example", ANY_TIME, context)


class _Tester:
    def __init__(self, library: Library, screener: TextScreener, places: list[Places]) -> None:
        self.library = library
        self.screener = screener
        self.examples = 0
        self._places = places

    def failures(self) -> Iterator[Failure]:
        for term in self.library.terms:
            for example in term.hits:
                what = self._hit(example, term.term_id)
                if what is not None:
                    yield self._failure(example, term.term_id, what)
            for example in term.misses:
                if self._of_term(self._screen(example), term.term_id):
                    yield self._failure(example, term.term_id, "fires and must not")
        for whole in self.library.examples:
            what = self._whole(whole.example, whole.expect)
            if what is not None:
                yield self._failure(whole.example, None, what)

    def _failure(self, example: Example, term_id: str | None, what: str) -> Failure:
        if not self._places:
            self._places.append(find_places(self.library.origin, self.library.text))
        return Failure(self._places[0].of(example.path), term_id, example.text, what)

    def _screen(self, example: Example) -> Verdict:
        self.examples += 1
        return self.screener.screen(observe(example))

    def _of_term(self, verdict: Verdict, term_id: str) -> list[Finding]:
        own = self.library.library_id
        return [one for one in verdict.findings if (one.library_id, one.term_id) == (own, term_id)]

    def _hit(self, example: Example, term_id: str) -> str | None:
        verdict = self._screen(example)
        found = self._of_term(verdict, term_id)
        if not found:
            held = [one for one in verdict.suppressed if one.finding.term_id == term_id]
            return "does not fire" + (f": {held[0].explanation}" if held else ": the text does not contain it")
        if example.matched is not None and all(one.matched != example.matched for one in found):
            return f"fires on “{found[0].matched}”, not on “{example.matched}”"
        if example.severity is not None and all(one.severity != example.severity for one in found):
            return f"fires with severity {found[0].severity}, not {example.severity}"
        return None

    def _whole(self, example: Example, expect: tuple[Expected, ...]) -> str | None:
        own = [one for one in self._screen(example).findings if one.library_id == self.library.library_id]
        fired = {one.term_id for one in own}
        wanted = {one.term_id for one in expect}
        if fired != wanted:
            return f"fires {sorted(fired) or 'nothing'}, expected {sorted(wanted) or 'nothing'}"
        for expected in expect:
            severities = {one.severity for one in own if one.term_id == expected.term_id}
            if expected.severity is not None and expected.severity not in severities:
                return f"{expected.term_id} fires with severity {max(severities)}, not {expected.severity}"
        return None
