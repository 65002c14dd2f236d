"""The policy of a case: which findings make a capture, how often, and what is never stored. Data, read strictly.

It stands inside the signed authority as TOML, so that nobody but the issuer changes it. What it does not say has a
default. An unknown key is an error: a rule that is silently ignored would be a rule that somebody relies on.
"""

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import tomli

from agent.errors import PolicyError
from agent.ports import WindowInfo
from agent.reading_engines import ENGINES
from engine.observation import Provenance
from engine.verdict import Finding

ALWAYS = 5
"""Findings of this severity are captured whatever budget or cool-down says."""
_Value = TypeVar("_Value")
_NAMES = {one.name.lower().replace("_", "-"): one for one in Provenance}


@dataclass(frozen=True, slots=True)
class Excluded:
    """Windows that are masked in pixels and text before anything is stored. Shell patterns, letter case ignored."""

    titles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is excluded at all."""
        return bool(self.titles or self.urls or self.programs)

    def holds(self, window: WindowInfo, url: str | None = None) -> bool:
        """Return whether a window is one of these."""
        return (
            _fits(window.title, self.titles) or _fits(window.app, self.programs) or _fits(url, self.urls)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules. Times are spans; severities run from 1 to 5."""

    floor: int = 3
    """Least severity that makes a capture; what is below only counts."""
    floors: Mapping[str, int] = field(default_factory=dict)
    """Another floor for a library."""
    floors_by_provenance: Mapping[Provenance, int] = field(default_factory=dict)
    """Another floor for how the person stood to the words; the lowest that applies counts."""
    together: timedelta = timedelta(minutes=10)
    """The same window within this time makes one group."""
    cool_down: timedelta = timedelta(0)
    """A term that was captured anywhere is not captured again within this time."""
    cool_downs: Mapping[str, timedelta] = field(default_factory=dict)
    """Another cool-down for `library` or `library:term`."""
    look_alike: int = 24
    """Screens of one program whose perceptual hashes differ in at most so many of 256 bits look the same; -1: never."""
    captures_an_hour: int = 120
    """What goes beyond only counts, except severity 5."""
    clean_samples_a_day: int = 0
    """Captures at random of screens on which nothing was found; 0 makes none."""
    matching_window_only: bool = False
    """Whether a capture shows only the window that matched."""
    frames_before: int = 3
    """Pictures of the minute before that a capture has at most."""
    frames_after: int = 1
    """Pictures of the seconds after that a capture has at most."""
    reading_engine: str = ENGINES[0]
    """What reads text out of pixels."""
    excluded: Excluded = Excluded()

    @property
    def before(self) -> int:
        """Frames before a capture; none where only the window that matched may be shown: others stood there before."""
        return 0 if self.matching_window_only else self.frames_before

    @property
    def after(self) -> int:
        """Frames after a capture; none where only the window that matched may be shown."""
        return 0 if self.matching_window_only else self.frames_after

    def floor_of(self, finding: Finding, provenance: Provenance) -> int:
        """Return the least severity with which a finding makes a capture."""
        floor = self.floors.get(finding.library_id, self.floor)
        return min(floor, self.floors_by_provenance.get(provenance, floor))

    def cool_down_of(self, finding: Finding) -> timedelta:
        """Return how long a term that was captured is not captured again."""
        of_library = self.cool_downs.get(finding.library_id, self.cool_down)
        return self.cool_downs.get(f"{finding.library_id}:{finding.term_id}", of_library)


def parse_policy(text: str) -> Policy:
    """Read a policy; raises PolicyError with the place of what is wrong."""
    try:
        table = _Table(tomli.loads(text), "")
    except tomli.TOMLDecodeError as problem:
        raise PolicyError(f"The policy is not TOML: {problem}.") from None
    capture, folding, budget = table.table("capture"), table.table("folding"), table.table("budget")
    window, frames, excluded = table.table("window"), table.table("frames"), table.table("excluded")
    reading = table.table("reading")
    default = Policy()
    policy = Policy(
        floor=capture.integer("floor", default.floor, 1, 5),
        floors=capture.mapping("floors", lambda at, value: _integer(at, value, 1, 5)),
        floors_by_provenance={
            _provenance(name): floor
            for name, floor in capture.mapping("floors_by_provenance", lambda at, v: _integer(at, v, 1, 5)).items()
        },
        together=timedelta(minutes=folding.integer("minutes", 10, 0, 1440)),
        look_alike=folding.integer("look_alike", default.look_alike, -1, 64),
        cool_down=timedelta(minutes=folding.integer("cool_down_minutes", 0, 0, 10_080)),
        cool_downs={
            name: timedelta(minutes=minutes)
            for name, minutes in folding.mapping("cool_downs", lambda at, v: _integer(at, v, 0, 10_080)).items()
        },
        captures_an_hour=budget.integer("captures_an_hour", default.captures_an_hour, 1, 3600),
        clean_samples_a_day=budget.integer("clean_samples_a_day", 0, 0, 240),
        matching_window_only=window.boolean("matching_only", default.matching_window_only),
        frames_before=frames.integer("before", default.frames_before, 0, 6),
        frames_after=frames.integer("after", default.frames_after, 0, 3),
        reading_engine=reading.one_of("engine", ENGINES),
        excluded=Excluded(*(excluded.patterns(name) for name in ("titles", "urls", "programs"))),
    )
    for one in (table, capture, folding, budget, window, frames, reading, excluded):
        one.done()
    return policy


class _Table:
    """One table being read; `done` refuses what was not asked for."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self._left, self._place = dict(values), place

    def at(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def table(self, name: str) -> "_Table":
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise PolicyError(f"{self.at(name)} must be a table: [{self.at(name)}].")
        return _Table(value, self.at(name))

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        return _integer(self.at(name), self._left.pop(name, default), low, high)

    def boolean(self, name: str, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise PolicyError(f"{self.at(name)} must be true or false.")
        return value

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        """Return one of the known words; the first is what counts where nothing is said."""
        value = self._left.pop(name, known[0])
        if value not in known:
            raise PolicyError(f"{self.at(name)} must be one of {', '.join(known)}.")
        return str(value)

    def mapping(self, name: str, read: Callable[[str, Any], _Value]) -> dict[str, _Value]:
        inner = self.table(name)
        return {key: read(inner.at(key), value) for key, value in inner._left.items()}

    def patterns(self, name: str) -> tuple[str, ...]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip("*? ") for one in value):
            raise PolicyError(f"{self.at(name)} must be a list of patterns like “*bank*”; none may fit everything.")
        return tuple(value)

    def done(self) -> None:
        if self._left:
            names = ", ".join(self.at(name) for name in sorted(self._left))
            raise PolicyError(f"Unknown in a policy: {names}.", hint="docs/policy.md lists every key.")


def _integer(place: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise PolicyError(f"{place} must be a whole number from {low} to {high}.")
    return value


def _provenance(name: str) -> Provenance:
    if name not in _NAMES:
        raise PolicyError(f"capture.floors_by_provenance.{name}: known are {', '.join(_NAMES)}.")
    return _NAMES[name]


def _fits(text: str | None, patterns: tuple[str, ...]) -> bool:
    if text is None:
        return False
    return any(re.match(fnmatch.translate(pattern.casefold()), text.casefold()) is not None for pattern in patterns)
