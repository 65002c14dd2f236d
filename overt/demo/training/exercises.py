"""Reads the exercises of the training case: what stood on the screen, and what is to be weighed about it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any

from engine.observation import Provenance
from evidence.authority import Condition, PermittedLibrary
from evidence.canonical import Value

LESSON = "lesson"
"""Name of the sealed part that says what is to be weighed. No agent makes one."""
FORMAT = "overt-lesson-1"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What most officers would decide, what can be argued too, what they weigh, and something to try at the desk."""

    name: str
    best: str
    also: tuple[str, ...]
    weigh: tuple[str, ...]
    practise: str

    def spell(self) -> dict[str, Value]:
        """Return it as it is sealed."""
        return {
            "format": FORMAT,
            "name": self.name,
            "best": self.best,
            "also": list(self.also),
            "weigh": list(self.weigh),
            "practise": self.practise,
        }


@dataclass(frozen=True, slots=True)
class Exercise:
    """One made-up capture. `group`: captures of one name stand in one row; empty for one that stands alone."""

    lesson: Lesson
    when: "When"
    group: str
    app: str
    title: str
    url: str | None
    source: str
    provenance: Provenance
    text: str


@dataclass(frozen=True, slots=True)
class When:
    """So many days before the case is made, at this time of the local clock."""

    days: int
    clock: time

    def before(self, now: datetime) -> datetime:
        """Return the moment."""
        return datetime.combine(now.astimezone().date() - timedelta(days=self.days), self.clock).astimezone()


@dataclass(frozen=True, slots=True)
class Person:
    """The made-up person: the order, and what he noted on his device."""

    notice: str
    issued_by: str
    conditions: tuple[Condition, ...]
    libraries: tuple[PermittedLibrary, ...]
    notes: tuple[tuple[When, str], ...]


def read() -> tuple[Person, tuple[Exercise, ...]]:
    """Return the person and the exercises, in the order of the file."""
    text = (files("overt.demo.training") / "exercises.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    entries = {entry["name"]: entry for entry in found["exercise"]}
    whole = [{**entries.get(entry.get("like", ""), {}), **entry} for entry in found["exercise"]]
    return _person(found["person"]), tuple(map(_exercise, whole))


def _exercise(entry: Mapping[str, Any]) -> Exercise:
    return Exercise(
        lesson=Lesson(
            entry["name"], entry["best"], tuple(entry["also"]), tuple(entry["weigh"]), entry["practise"]
        ),
        when=_when(entry),
        group=entry.get("group", ""),
        app=entry["app"],
        title=entry["title"],
        url=entry.get("url"),
        source=entry["source"],
        provenance=Provenance[entry["provenance"].upper()],
        text=" ".join(entry["text"].split()),
    )  # fmt: skip


def _when(entry: Mapping[str, Any]) -> When:
    return When(entry["days"], time.fromisoformat(entry["at"]))


def _person(entry: Mapping[str, Any]) -> Person:
    return Person(
        notice=entry["notice"],
        issued_by=entry["issued_by"],
        conditions=tuple(Condition(one["number"], one["text"]) for one in entry["conditions"]),
        libraries=tuple(
            PermittedLibrary(name, one["number"]) for one in entry["conditions"] for name in one["libraries"]
        ),
        notes=tuple((_when(one), one["text"]) for one in entry["notes"]),
    )
