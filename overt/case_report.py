"""The case report for a court, made out of an export pack: what the pack's checks say, then what it shows, on paper.

The pack is the evidence and this its reading aid: everything here is read from the pack's files, after they were
checked, and the report names the pack by one digest over everything in it. No server and no key is needed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.coverage import CoverageRecord, summarise
from evidence.header import Kind
from evidence.keys import key_id
from evidence.pack import DATA, Entry, PackKeys
from evidence.pack_verification import CheckedStep, read_packed_authority, read_withdrawals
from evidence.record import META, CaptureRecord, EventRecord
from overt import evidence_check
from overt.coverage_text import coverage_lines
from overt.evidence_files import InputError, read_file
from overt.evidence_report import MOST_INSIDE, Around, Disclosed, Opened, Shown, Told, Under, moment, told

LEAD_UP = timedelta(hours=1)
"""How far before a capture its sequence is shown."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Step:
    """What led up to a capture, one line: a capture before it, coverage, an event, a note."""

    time: str
    place: str
    kind: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A capture of the report, and the sequence before it."""

    shown: Shown
    before: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days: how many captures, the highest severity among them, and what could be seen."""

    since: str
    captures: int
    severity: int
    coverage: str


@dataclass(frozen=True, slots=True)
class Made:
    """The report, and whether every check of the pack held."""

    page: bytes = field(repr=False)
    captures: int
    holds: bool


@dataclass(frozen=True, slots=True)
class _Pack:
    """What a pack holds, read."""

    keys: PackKeys
    steps: Sequence[CheckedStep]
    entries: Sequence[Entry]
    disclosed: Disclosed
    opened: Sequence[Opened]
    under: Under
    name: str
    """What names the whole pack: see evidence_check.pack_name."""


def make(root: Path, *, places: Sequence[str], made_at: datetime) -> Made:
    """Check a pack and make its report; `places` (EPOCH/SEQ) are the captures to show, none for all.

    Raises:
        InputError: no pack, one without opened records, or a place at which it has no opened capture.
    """
    if not evidence_check.is_pack(root):
        raise InputError(f"{root} is no export pack", hint="Make one: overt evidence export --help")
    pack = _read(root)
    captures = [one for one in pack.opened if isinstance(one.words, CaptureRecord)]
    if not captures:
        raise InputError(
            f"{root}: no capture in it was opened", hint="Export again with --officer: a report shows what was opened."
        )
    chosen = _choose(captures, places)
    holds = not any(step.findings for step in pack.steps)
    return Made(_render(pack, captures, chosen, made_at), len(chosen), holds)


def _read(root: Path) -> _Pack:
    keys, steps = evidence_check.check_pack(root, [])
    entries = [Entry.of(record) for record in evidence_check.records_of(root)]
    there = [one for one in entries if (root / f"{DATA}disclosed/{one.place}/{META}.json").is_file()]
    disclosed = Disclosed(root, there)
    files = sorted((root / f"{DATA}authorities").glob("*.json"))
    return _Pack(
        keys=keys,
        steps=steps,
        entries=entries,
        disclosed=disclosed,
        opened=[disclosed.read(one) for one in there],
        under=Under(
            [read_packed_authority(keys, read_file(path)) for path in files],
            read_withdrawals(keys, evidence_check.withdrawals_of(root))[0],
        ),
        name=evidence_check.pack_name(root),
    )


def _choose(captures: Sequence[Opened], places: Sequence[str]) -> list[Opened]:
    if not places:
        return list(captures)
    known = {_place(one): one for one in captures}
    missing = [place for place in places if place not in known]
    if missing:
        some = ", ".join(list(known)[:5])
        raise InputError(f"no opened capture at {', '.join(missing)}", hint=f"The pack has {some} and so on.")
    return [known[place] for place in dict.fromkeys(places)]


def _render(pack: _Pack, captures: Sequence[Opened], chosen: Sequence[Opened], made_at: datetime) -> bytes:
    others = [one for one in pack.opened if not isinstance(one.words, CaptureRecord)]
    around, inside = Around(pack.entries, others), len(chosen) <= MOST_INSIDE
    first, last = pack.entries[0].header.context.fields, pack.entries[-1].header.context.fields
    environment = Environment(loader=PackageLoader("overt"), autoescape=True, undefined=StrictUndefined)
    return (
        environment.get_template("case-report.html")
        .render(
            case=first.case,
            device=first.device,
            since=moment(first.time),
            until=moment(last.time),
            made_at=moment(made_at),
            name=pack.name,
            keys=[("issuer", pack.keys.issuer), ("device", pack.keys.device), ("server", pack.keys.receipt)],
            key_id=key_id,
            steps=pack.steps,
            holds=not any(step.findings for step in pack.steps),
            records=len(pack.entries),
            captures=len(captures),
            under=pack.under,
            moment=moment,
            conditions=_by_condition(captures),
            weeks=_weeks(captures, around.coverage),
            coverage=tuple(coverage_lines(summarise(around.coverage))) if around.coverage else (),
            chosen=[
                Chosen(_shown(around, pack, one, inside=inside), tuple(_before(one, pack.opened))) for one in chosen
            ],
            inside=inside,
            told=_notable(pack.opened),
        )
        .encode()
    )


def _shown(around: Around, pack: _Pack, one: Opened, *, inside: bool) -> Shown:
    """Return a capture as it is shown. A report of very many leaves pictures out: they lie in the pack."""
    shown = around.capture(pack.disclosed, one.entry, inside=inside)
    return shown if inside else replace(shown, thumb=None)


def _by_condition(captures: Sequence[Opened]) -> list[tuple[str, int]]:
    """Return for each condition of the order how many captures have a finding under it, by its number."""
    counts = Counter(
        number
        for one in captures
        if isinstance(one.words, CaptureRecord)
        for number in {finding.condition or "none named" for finding in one.words.findings}
    )
    return sorted(counts.items())


def _weeks(captures: Sequence[Opened], coverage: Sequence[CoverageRecord]) -> list[Week]:
    """Return the weeks (from Mondays, UTC) in which something was recorded."""
    begins = {_monday(one.time) for one in captures} | {_monday(one.since) for one in coverage}
    weeks = []
    for begin in sorted(begins):
        some = [one for one in captures if _monday(one.time) == begin]
        seen = [one for one in coverage if _monday(one.since) == begin]
        lines = list(coverage_lines(summarise(seen))) if seen else ["no coverage record of this week is in the pack"]
        worst = max((one.entry.header.context.fields.severity for one in some), default=0)
        weeks.append(Week(f"{begin:%d %B %Y}", len(some), worst, "; ".join(lines[:2])))
    return weeks


def _monday(at: datetime) -> datetime:
    return (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _before(capture: Opened, opened: Sequence[Opened]) -> Iterator[Step]:
    """Yield what the device recorded in the hour before a capture, as the chain has it."""
    place = capture.entry.place
    for one in opened:
        if one.entry.place < place and capture.time - LEAD_UP <= one.time <= capture.time:
            yield Step(moment(one.time), _place(one), _kind(one).value, _words(one))


def _words(one: Opened) -> str:
    if isinstance(one.words, CaptureRecord):
        return one.words.why
    if isinstance(one.words, CoverageRecord):
        return "; ".join(coverage_lines(summarise([one.words])))
    line = told(one)
    return f"{line.event}: {line.text}" if line.text else line.event


def _notable(opened: Sequence[Opened]) -> list[Told]:
    """Return events, gaps and notes that a court should know of: what is marked, and what the person said."""
    return [
        told(one)
        for one in opened
        if isinstance(one.words, EventRecord)
        and (_kind(one) is not Kind.EVENT or one.entry.header.context.fields.severity > 0)
    ]


def _kind(one: Opened) -> Kind:
    return one.entry.header.context.fields.kind


def _place(one: Opened) -> str:
    fields = one.entry.header.context.fields
    return f"{fields.epoch}/{fields.seq}"
