"""The printable report of an export pack: one HTML file with everything in it, for people who read paper."""

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence import envelope
from evidence.authority import Authority
from evidence.header import Header, Kind
from evidence.keys import key_id
from evidence.pack import Disclosed, PackedRecord
from evidence.record import THUMB, CaptureRecord

AROUND = timedelta(minutes=30)
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
class Shown:
    """One capture as the report shows it."""

    record: PackedRecord
    words: CaptureRecord = field(repr=False)
    digest: str
    heartbeats: str
    pieces: tuple[Piece, ...] = field(repr=False)
    thumb: str | None = field(repr=False)
    """A data: address; None where there is no small picture."""


def report(
    records: Sequence[PackedRecord], authorities: Sequence[Authority], disclosed: Sequence[Disclosed], *,
    device_key: bytes, made_at: datetime,
) -> bytes:  # fmt: skip
    """Return the report as HTML."""
    headers = [envelope.parse(record.envelope).header for record in records]
    first = headers[0].context.fields
    counts = Counter(header.context.fields.kind for header in headers)
    environment = Environment(loader=PackageLoader("overt"), autoescape=True, undefined=StrictUndefined)
    page = environment.get_template("report.html").render(
        case=first.case,
        device=first.device,
        key=key_id(device_key),
        total=len(records),
        first=_moment(first.time),
        last=_moment(headers[-1].context.fields.time),
        made_at=_moment(made_at),
        authorities=authorities,
        captures=[_shown(one, headers) for one in disclosed if isinstance(one.words, CaptureRecord)],
        kinds=[(_KINDS[kind], counts[kind]) for kind in Kind if counts[kind]],
        moment=_moment,
    )
    return page.encode()


def _shown(one: Disclosed, headers: Sequence[Header]) -> Shown:
    assert isinstance(one.words, CaptureRecord)  # noqa: S101  (chosen so by the caller)
    thumb = None
    if one.words.thumb is not None and THUMB in one.parts:
        thumb = f"data:{one.words.thumb.media_type};base64,{base64.b64encode(one.parts[THUMB]).decode()}"
    return Shown(
        record=one.record,
        words=one.words,
        digest=hashlib.sha256(one.record.envelope).hexdigest(),
        heartbeats=_heartbeats(one.head.header.context.fields.time, headers),
        pieces=_pieces(one.words),
        thumb=thumb,
    )


def _heartbeats(moment: datetime, headers: Sequence[Header]) -> str:
    times = [
        header.context.fields.time
        for header in headers
        if header.context.fields.kind is Kind.HEARTBEAT and abs(header.context.fields.time - moment) <= AROUND
    ]
    if not times:
        return "none within half an hour before and after"
    return f"{len(times)} within half an hour before and after, {_moment(min(times))} to {_moment(max(times))}"


def _pieces(words: CaptureRecord) -> tuple[Piece, ...]:
    found, done = [], 0
    for finding in sorted(words.findings, key=lambda one: one.start):
        if finding.start < done:
            continue  # inside what is marked already
        found += [Piece(words.text[done : finding.start], marked=False)]
        found += [Piece(words.text[finding.start : finding.end], marked=True)]
        done = finding.end
    return (*found, Piece(words.text[done:], marked=False))


def _moment(moment: datetime) -> str:
    return f"{moment:%d %B %Y, %H:%M:%S} UTC"
