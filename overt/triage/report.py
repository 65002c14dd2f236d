"""The report of a triage: one printable HTML page without any picture, and the same as JSON."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined

from overt.triage.items import Item, ordered
from overt.triage.run import Pass

MOST_LISTED = 2000
SEVERITY = {5: "5 · urgent", 4: "4 · high", 3: "3 · of interest", 2: "2 · low", 1: "1 · says little by itself"}
KINDS = {
    "known-file": "files that are in a set, byte by byte",
    "known-picture": "pictures that are like one in a set",
    "words": "words in documents",
    "name": "words in names of files",
    "recently-used": "recently used files",
    "prefilter": "pictures that a prefilter marked, which proves nothing",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What was asked, by whom, of what, when."""

    paths: tuple[str, ...]
    sets: tuple[str, ...]
    libraries: tuple[str, ...]
    prefilters: tuple[str, ...]
    began: datetime
    took: timedelta
    overt: str
    """The program's version."""


def html(heading: Heading, done: Pass) -> str:
    """Return the page."""
    environment = Environment(loader=PackageLoader("overt"), autoescape=True, undefined=StrictUndefined)
    risky = ordered(done.items)
    return environment.get_template("triage.html").render(
        heading=heading,
        done=done,
        took=_spelled(heading.took),
        risky=risky[:MOST_LISTED],
        left_out=max(0, len(risky) - MOST_LISTED),
        by_severity=_by_severity(risky),
        by_kind=[(KINDS[kind], count) for kind, count in Counter(f.kind for i in risky for f in i.found).most_common()],
        severity=SEVERITY,
    )


def as_json(heading: Heading, done: Pass) -> str:
    """Return everything for a program to read: the files with findings or problems, by risk, then by name."""
    rest = [one for one in done.items if one.problems and not one.found]
    told = {
        "format": "overt-triage-report-1",
        "paths": heading.paths,
        "sets": heading.sets,
        "libraries": heading.libraries,
        "prefilters": heading.prefilters,
        "began": heading.began.isoformat(timespec="seconds"),
        "files": done.files,
        "bytes": done.size,
        "interrupted": done.interrupted,
        "items": [{"severity": one.severity, **one.to_dict()} for one in [*ordered(done.items), *rest]],
    }
    return json.dumps(told, indent=1, ensure_ascii=False)


def summary(done: Pass) -> list[str]:
    """Return lines for a terminal: how much was looked at, what was found by risk, what was not looked at."""
    risky = ordered(done.items)
    pictures = sum(one.pictures for one in done.items)
    inside = sum(one.members for one in done.items)
    before = f" ({done.before:,} of them in an earlier run)" if done.before else ""
    looked = f"{len(done.items):,} of {done.files:,} files looked at{before}"
    lines = [f"{looked}, {pictures:,} pictures, {inside:,} files packed in others."]
    lines += [f"  severity {SEVERITY[severity]}: {count:,} files" for severity, count in _by_severity(risky)]
    if not risky:
        lines.append("Nothing was found.")
    if done.problems:
        lines.append(f"{len(done.problems):,} files could not be looked at whole; the report names them.")
    return lines


def _by_severity(risky: list[Item]) -> list[tuple[int, int]]:
    counts = Counter(one.severity for one in risky)
    return sorted(counts.items(), reverse=True)


def _spelled(took: timedelta) -> str:
    minutes, seconds = divmod(int(took.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
