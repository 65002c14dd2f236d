"""Runs the examples that a library brings: `hit` must fire, `miss` must not, `[[example]]` exactly as it says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.errors import Place
from engine.library.compile import compile_set
from engine.library.model import Example, Expected, Library
from engine.library.places import Places, find_places
from engine.library.sets import required
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
    kind: str
    """`hit`, `miss` or `example`: where the library writes it."""
    expected: str
    happened: str

    @property
    def what(self) -> str:
        """Both in one line."""
        return f"{self.happened} (expected: {self.expected})"


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
    """Run all examples of a library. `together`: the libraries whose sets it requires, and these require."""
    screener = TextScreener(compile_set([library, *required(library, together)]), back_end)
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
                happened = self._hit(example, term.term_id)
                if happened is not None:
                    yield self._failure(example, term.term_id, "hit", _wanted(example, term.term_id), happened)
            for example in term.misses:
                found = self._of_term(self._screen(example), term.term_id)
                if found:
                    wanted = f"{term.term_id} does not fire"
                    yield self._failure(example, term.term_id, "miss", wanted, _fires_on(found))
        for whole in self.library.examples:
            expected, happened = self._whole(whole.example, whole.expect)
            if happened is not None:
                yield self._failure(whole.example, None, "example", expected, happened)

    def _failure(self, example: Example, term_id: str | None, kind: str, expected: str, happened: str) -> Failure:
        if not self._places:
            self._places.append(find_places(self.library.origin, self.library.text))
        return Failure(self._places[0].of(example.path), term_id, example.text, kind, expected, happened)

    def _screen(self, example: Example) -> Verdict:
        self.examples += 1
        return self.screener.screen(observe(example))

    def _of_term(self, verdict: Verdict, term_id: str) -> list[Finding]:
        own = self.library.library_id
        return [one for one in verdict.findings if (one.library_id, one.term_id) == (own, term_id)]

    def _hit(self, example: Example, term_id: str) -> str | None:
        """Return what happened where it is not what the example says, else `None`."""
        verdict = self._screen(example)
        found = self._of_term(verdict, term_id)
        if not found:
            held = [one for one in verdict.suppressed if one.finding.term_id == term_id]
            return f"it does not fire. {held[0].explanation}" if held else "the text does not contain it"
        wrong_place = example.matched is not None and all(one.matched != example.matched for one in found)
        wrong_severity = example.severity is not None and all(one.severity != example.severity for one in found)
        return _fires_on(found) if wrong_place or wrong_severity else None

    def _whole(self, example: Example, expect: tuple[Expected, ...]) -> tuple[str, str | None]:
        """Return what was expected, and what happened where it is something else."""
        own = [one for one in self._screen(example).findings if one.library_id == self.library.library_id]
        fired = {one.term_id: max(two.severity for two in own if two.term_id == one.term_id) for one in own}
        wanted = {one.term_id for one in expect}
        severities = all(
            one.severity is None or any(two.severity == one.severity for two in own if two.term_id == one.term_id)
            for one in expect
        )
        expected = _listed({one.term_id: one.severity for one in expect})
        return expected, None if fired.keys() == wanted and severities else _listed(fired)


def _wanted(example: Example, term_id: str) -> str:
    place = f" on “{example.matched}”" if example.matched is not None else ""
    severity = f" with severity {example.severity}" if example.severity is not None else ""
    return f"{term_id} fires{place}{severity}"


def _fires_on(found: list[Finding]) -> str:
    """Say where a term fires, and by which rule."""
    said = [f"“{one.matched}” (characters {one.start}-{one.end}, {one.rule}, severity {one.severity})" for one in found]
    return "it fires on " + ", ".join(said[:3])


def _listed(severities: Mapping[str, int | None]) -> str:
    """Say which terms fire, with the severities that are known."""
    said = [name + (f" (severity {level})" if level else "") for name, level in sorted(severities.items())]
    return f"{', '.join(said)} {'fires' if len(said) == 1 else 'fire'}, and nothing else" if said else "nothing fires"
