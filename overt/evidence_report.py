"""The printable report of an export pack: one HTML file with everything in it, for people who read paper."""

import base64
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.authority import Authority, Withdrawal
from evidence.coverage import CoverageRecord, summarise
from evidence.header import Kind
from evidence.keys import key_id
from evidence.pack import DATA, EXTENSIONS, Entry
from evidence.record import META, THUMB, AnyRecord, CaptureRecord, EventRecord, read_record
from overt.coverage_text import coverage_lines

AROUND = timedelta(minutes=30)
MOST_INSIDE = 300
"""Captures whose small pictures lie in the page itself; of more, the page shows those that the pack has beside it."""
_PIECES = 50
_KINDS = {
    Kind.CAPTURE: "Captures",
    Kind.HEARTBEAT: "Heartbeats (the agent was alive)",
    Kind.COVERAGE: "Coverage (what could be seen)",
    Kind.EVENT: "Events (started, notice confirmed, badge lost, …)",
    Kind.GAP: "Gaps (something could not be kept)",
    Kind.NOTE: "Notes by the person",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the captured text, inside a finding or not."""

    text: str = field(repr=False)
    marked: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that was opened for the pack, and what it says."""

    entry: Entry
    words: AnyRecord = field(repr=False)

    @property
    def time(self) -> datetime:
        """When it was made, by the device's clock."""
        return self.entry.header.context.fields.time


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What was opened, as it lies in the pack: read again one by one, so that a report of any length can be made."""

    root: Path
    entries: Sequence[Entry]

    @property
    def captures(self) -> Sequence[Entry]:
        """The captures among it."""
        return [one for one in self.entries if one.header.context.fields.kind is Kind.CAPTURE]

    @property
    def others(self) -> Sequence[Opened]:
        """Everything else, read."""
        return [self.read(one) for one in self.entries if one.header.context.fields.kind is not Kind.CAPTURE]

    def read(self, entry: Entry) -> Opened:
        """Return what a record says."""
        return Opened(entry, read_record((self.root / self._file(entry, META, "json")).read_bytes()))

    def picture(self, opened: Opened, *, inside: bool) -> str | None:
        """Return an address of a capture's small picture: `inside` the page itself, or a file of the pack."""
        words = opened.words
        if not isinstance(words, CaptureRecord) or words.thumb is None:
            return None
        name = self._file(opened.entry, THUMB, EXTENSIONS.get(words.thumb.media_type, "bin"))
        if not inside:
            return name
        return f"data:{words.thumb.media_type};base64,{base64.b64encode((self.root / name).read_bytes()).decode()}"

    def _file(self, entry: Entry, part: str, extension: str) -> str:
        return f"{DATA}disclosed/{entry.place}/{part}.{extension}"


@dataclass(frozen=True, slots=True)
class Under:
    """What the records were made under: the authorities, and by an authority's digest how one ended before its time."""

    authorities: Sequence[Authority]
    withdrawals: Mapping[str, Withdrawal]


@dataclass(frozen=True, slots=True)
class Told:
    """An event, a gap or a note as the report shows it."""

    place: str
    time: str
    kind: str
    event: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One capture as the report shows it."""

    place: str
    words: CaptureRecord = field(repr=False)
    digest: str
    heartbeats: str
    coverage: tuple[str, ...]
    """What could be seen around it, in sentences; empty where no coverage record was opened."""
    events: tuple[Told, ...]
    """What else was recorded around it."""
    pieces: tuple[Piece, ...] = field(repr=False)
    thumb: str | None = field(repr=False)
    """An address; None where there is no small picture."""


def report(
    entries: Sequence[Entry], under: Under, shown: Disclosed, *, device_key: bytes, made_at: datetime
) -> Iterator[bytes]:  # fmt: skip
    """Yield the report as HTML, in pieces."""
    first = entries[0].header.context.fields
    counts = Counter(entry.header.context.fields.kind for entry in entries)
    captures, others = shown.captures, shown.others
    around = Around(entries, others)
    inside = len(captures) <= MOST_INSIDE
    environment = Environment(loader=PackageLoader("overt"), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("report.html").stream(
        case=first.case,
        device=first.device,
        key=key_id(device_key),
        total=len(entries),
        destroyed=sum(not entry.whole for entry in entries),
        first=moment(first.time),
        last=moment(entries[-1].header.context.fields.time),
        made_at=moment(made_at),
        under=under,
        count=len(captures),
        sealed=counts[Kind.CAPTURE] - len(captures),
        inside=inside,
        captures=(around.capture(shown, entry, inside=inside) for entry in captures),
        coverage=tuple(coverage_lines(summarise(around.coverage))) if around.coverage else (),
        told=[told(one) for one in others if isinstance(one.words, EventRecord)],
        kinds=[(_KINDS[kind], counts[kind]) for kind in Kind if counts[kind]],
        moment=moment,
    )
    page.enable_buffering(_PIECES)
    return (piece.encode() for piece in page)


class Around:
    """What stood around a moment: heartbeats, coverage, events. Sorted once, sought by halving."""

    def __init__(self, entries: Sequence[Entry], others: Sequence[Opened]) -> None:
        """Sort what a pack holds beside captures."""
        fields = [entry.header.context.fields for entry in entries]
        self._beats = sorted(one.time for one in fields if one.kind is Kind.HEARTBEAT)
        self.coverage = [one.words for one in others if isinstance(one.words, CoverageRecord)]
        self._events = sorted((one for one in others if isinstance(one.words, EventRecord)), key=lambda one: one.time)
        self._event_times = [one.time for one in self._events]

    def capture(self, shown: Disclosed, entry: Entry, *, inside: bool) -> Shown:
        """Return a capture as a report shows it; `inside`: its small picture is part of the page."""
        one = shown.read(entry)
        words = one.words
        assert isinstance(words, CaptureRecord)  # noqa: S101  (a capture holds nothing else: read_record checked it)
        since, until = one.time - AROUND, one.time + AROUND
        near = [record for record in self.coverage if record.since < until and record.until > since]
        between = slice(bisect_left(self._event_times, since), bisect_right(self._event_times, until))
        return Shown(
            place=_place(one.entry),
            words=words,
            digest=one.entry.digest,
            heartbeats=self._heartbeats(since, until),
            coverage=tuple(coverage_lines(summarise(near))) if near else (),
            events=tuple(told(event) for event in self._events[between]),
            pieces=_pieces(words),
            thumb=shown.picture(one, inside=inside),
        )

    def _heartbeats(self, since: datetime, until: datetime) -> str:
        times = self._beats[bisect_left(self._beats, since) : bisect_right(self._beats, until)]
        if not times:
            return "none within half an hour before and after"
        return f"{len(times)} within half an hour before and after, {moment(times[0])} to {moment(times[-1])}"


def told(one: Opened) -> Told:
    """Return an event, a gap or a note as a report shows it."""
    words = one.words
    assert isinstance(words, EventRecord)  # noqa: S101  (chosen so by the caller)
    details = ", ".join(f"{name}: {value}" for name, value in words.details.items())
    text = f"{words.text} ({details})" if words.text and details else words.text or details
    kind = one.entry.header.context.fields.kind
    return Told(_place(one.entry), moment(one.time), kind.value, words.event.replace("-", " "), text)


def _place(entry: Entry) -> str:
    fields = entry.header.context.fields
    return f"{fields.epoch}/{fields.seq}"


def _pieces(words: CaptureRecord) -> tuple[Piece, ...]:
    found, done = [], 0
    for finding in sorted(words.findings, key=lambda one: one.start):
        if finding.start < done:
            continue  # inside what is marked already
        found += [Piece(words.text[done : finding.start], marked=False)]
        found += [Piece(words.text[finding.start : finding.end], marked=True)]
        done = finding.end
    return (*found, Piece(words.text[done:], marked=False))


def moment(at: datetime) -> str:
    """Spell a moment for paper."""
    return f"{at:%d %B %Y, %H:%M:%S} UTC"
