"""The sealed words of a record: why a capture was made and what was seen around it, or what an event was.

These are the `meta` parts of envelopes. Offsets are code points in `text`; a lone surrogate in observed text is
replaced by U+FFFD, one for one, so they stay true.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias, TypeVar

from evidence import canonical
from evidence.canonical import Value
from evidence.coverage import FORMAT as COVERAGE_FORMAT
from evidence.coverage import CoverageRecord
from evidence.errors import FormatError
from evidence.fields import NAME, Fields, format_time
from evidence.header import MOST_PARTS, PART_NAME
from evidence.pictures import MOST_PICTURES, HashedPicture, PicturePlace

META = "meta"
"""Name of the part that holds one of these."""
THUMB = "thumb"
RECORD_LIMIT = 4 * 2**20
CAPTURE_FORMAT = "overt-capture-1"
EVENT_FORMAT = "overt-event-1"
_TEXT = 200_000  # code points of observed text
_LABEL = 4096
_URL = 16_384
_MOST_FINDINGS = 2000
_MOST_DETAILS = 200
_PIXELS = 1 << 20
_MOST_SECONDS = 86_400
_PLACE = "record"
_Read = TypeVar("_Read")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,40}")


class Action(Enum):
    """What was decided about an observation."""

    CAPTURE = "capture"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """One match: which term of which library, by which rule, where in `text`, and why in one sentence."""

    library_id: str
    library_version: str
    term_id: str
    term: str = field(repr=False)
    rule: str
    category: str
    severity: int
    condition: str | None
    """Number of the order's condition it serves; None where the authority names none."""
    start: int
    end: int
    explanation: str = field(repr=False)
    place: PicturePlace | None = None
    """Where in a frame; None for what was found in words."""


@dataclass(frozen=True, slots=True)
class SuppressedRecord:
    """A match that did not count, and why not."""

    finding: FindingRecord
    reason: str


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """What was decided, and by which rule of the policy."""

    action: Action
    reason: str


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A picture of one monitor, `width` x `height` pixels; `left` and `top` are the monitor's on the desktop."""

    part: str
    monitor: int
    left: int
    top: int
    width: int
    height: int
    media_type: str
    seconds: int = 0
    """When it was taken, in seconds after the moment of the capture; negative: before it. Such a picture may be
    smaller than the monitor."""


@dataclass(frozen=True, slots=True)
class ThumbRecord:
    """The small picture in part `thumb`."""

    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """A capture's words. None in `app`, `title`, `url`, `account`, `monitor`: not known."""

    why: str = field(repr=False)
    observed_at: datetime
    source: str
    provenance: str
    app: str | None = field(repr=False)
    title: str | None = field(repr=False)
    url: str | None = field(repr=False)
    account: str | None
    monitor: int | None
    severity: int
    text: str = field(repr=False)
    findings: tuple[FindingRecord, ...]
    suppressed: tuple[SuppressedRecord, ...]
    decision: DecisionRecord
    frames: tuple[FrameRecord, ...]
    thumb: ThumbRecord | None
    """None where no small picture was made."""
    pictures: tuple[HashedPicture, ...] = ()
    """Hashes of the pictures in the frames, where the case permits them."""

    def to_bytes(self) -> bytes:
        """Return the stored form; raises FormatError for what the format does not allow."""
        return _checked(_spell_capture(self), CaptureRecord.from_bytes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CaptureRecord":
        """Read the stored form strictly; raises FormatError."""
        fields = _begin(data, CAPTURE_FORMAT)
        record = _read_capture(fields)
        fields.done()
        return record


@dataclass(frozen=True, slots=True)
class EventRecord:
    """What happened, for heartbeats, events, gaps and notes."""

    event: str
    """A name like `badge-lost`."""
    text: str = field(default="", repr=False)
    """One plain sentence, or the note itself."""
    details: Mapping[str, str | int] = field(default_factory=dict, repr=False)

    def to_bytes(self) -> bytes:
        """Return the stored form; raises FormatError for what the format does not allow."""
        value: Value = {"format": EVENT_FORMAT, "event": self.event, "text": self.text, "details": dict(self.details)}
        return _checked(value, EventRecord.from_bytes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "EventRecord":
        """Read the stored form strictly; raises FormatError."""
        fields = _begin(data, EVENT_FORMAT)
        record = cls(
            event=fields.text("event", pattern=NAME), text=fields.text("text", limit=_TEXT), details=_details(fields)
        )
        fields.done()
        return record


AnyRecord: TypeAlias = CaptureRecord | EventRecord | CoverageRecord


def read_record(data: bytes) -> AnyRecord:
    """Read any kind, by its format; raises FormatError."""
    found = Fields(canonical.decode(data, place=_PLACE, limit=RECORD_LIMIT), _PLACE).text("format")
    if found == COVERAGE_FORMAT:
        return CoverageRecord.from_bytes(data)
    return CaptureRecord.from_bytes(data) if found == CAPTURE_FORMAT else EventRecord.from_bytes(data)


def _begin(data: bytes, format_name: str) -> Fields:
    fields = Fields(canonical.decode(data, place=_PLACE, limit=RECORD_LIMIT), _PLACE)
    fields.constant("format", format_name)
    return fields


# --- writing ---


def _checked(value: Value, read: Callable[[bytes], object]) -> bytes:
    data = canonical.encode(canonical.without_lone_surrogates(value), place=_PLACE)
    read(data)
    return data


def _spell_capture(record: CaptureRecord) -> Value:
    thumb = record.thumb
    pictures: dict[str, Value] = {"pictures": [one.spell() for one in record.pictures]} if record.pictures else {}
    return pictures | {
        "format": CAPTURE_FORMAT,
        "why": record.why,
        "observed_at": format_time(record.observed_at),
        "source": record.source,
        "provenance": record.provenance,
        "app": record.app,
        "title": record.title,
        "url": record.url,
        "account": record.account,
        "monitor": record.monitor,
        "severity": record.severity,
        "text": record.text,
        "findings": [_spell_finding(finding) for finding in record.findings],
        "suppressed": [_spell_finding(one.finding) | {"reason": one.reason} for one in record.suppressed],
        "decision": {"action": record.decision.action.value, "reason": record.decision.reason},
        "frames": [_spell_frame(frame) for frame in record.frames],
        "thumb": None if thumb is None else _spell(thumb),
    }


def _spell(value: "FindingRecord | FrameRecord | ThumbRecord") -> dict[str, Value]:
    return asdict(value)


def _spell_frame(frame: FrameRecord) -> dict[str, Value]:
    spelled = _spell(frame)
    return spelled if frame.seconds else {name: spelled[name] for name in spelled if name != "seconds"}


def _spell_finding(finding: FindingRecord) -> dict[str, Value]:
    spelled = _spell(finding)
    return spelled if finding.place is not None else {name: spelled[name] for name in spelled if name != "place"}


# --- reading ---


def _read_capture(fields: Fields) -> CaptureRecord:
    text = fields.text("text", limit=_TEXT)
    findings = tuple(_done(one, _finding(one, text)) for one in fields.objects("findings", most=_MOST_FINDINGS))
    return CaptureRecord(
        why=fields.text("why", limit=_LABEL),
        observed_at=fields.time("observed_at"),
        source=fields.text("source", pattern=NAME),
        provenance=fields.text("provenance", pattern=NAME),
        app=fields.optional_text("app", limit=_LABEL),
        title=fields.optional_text("title", limit=_LABEL),
        url=fields.optional_text("url", limit=_URL),
        account=fields.optional_text("account", limit=_LABEL),
        monitor=fields.optional_integer("monitor"),
        severity=fields.integer("severity", high=5),
        text=text,
        findings=findings,
        suppressed=tuple(_suppressed(one, text) for one in fields.objects("suppressed", most=_MOST_FINDINGS)),
        decision=_decision(Fields(fields.take("decision"), fields.at("decision"))),
        frames=tuple(_frame(one) for one in fields.objects("frames", most=MOST_PARTS)),
        thumb=_thumb(fields.take("thumb"), fields.at("thumb")),
        pictures=_pictures(fields),
    )


def _pictures(fields: Fields) -> tuple[HashedPicture, ...]:
    if not fields.has("pictures"):
        return ()
    return tuple(HashedPicture.read(one) for one in fields.objects("pictures", least=1, most=MOST_PICTURES))


def _finding(fields: Fields, text: str) -> FindingRecord:
    start = fields.integer("start", high=len(text))
    return FindingRecord(
        library_id=fields.text("library_id", pattern=NAME),
        library_version=fields.text("library_version", pattern=NAME),
        term_id=fields.text("term_id", limit=256),
        term=fields.text("term", limit=_LABEL),
        rule=fields.text("rule", limit=256),
        category=fields.text("category", limit=256),
        severity=fields.integer("severity", high=5),
        condition=fields.optional_text("condition", limit=64),
        start=start,
        end=fields.integer("end", low=start, high=len(text)),
        explanation=fields.text("explanation", limit=_LABEL),
        place=PicturePlace.read(Fields(fields.take("place"), fields.at("place"))) if fields.has("place") else None,
    )


def _suppressed(fields: Fields, text: str) -> SuppressedRecord:
    return _done(fields, SuppressedRecord(_finding(fields, text), fields.text("reason", limit=_LABEL)))


def _decision(fields: Fields) -> DecisionRecord:
    return _done(fields, DecisionRecord(fields.choice("action", Action), fields.text("reason", limit=_LABEL)))


def _frame(fields: Fields) -> FrameRecord:
    frame = FrameRecord(
        part=fields.text("part", pattern=PART_NAME),
        monitor=fields.integer("monitor"),
        left=fields.integer("left", low=-_PIXELS, high=_PIXELS),
        top=fields.integer("top", low=-_PIXELS, high=_PIXELS),
        width=fields.integer("width", low=1, high=_PIXELS),
        height=fields.integer("height", low=1, high=_PIXELS),
        media_type=fields.text("media_type", pattern=_MEDIA_TYPE),
        seconds=_seconds(fields),
    )
    return _done(fields, frame)


def _seconds(fields: Fields) -> int:
    if not fields.has("seconds"):
        return 0
    seconds = fields.integer("seconds", low=-_MOST_SECONDS, high=_MOST_SECONDS)
    if seconds == 0:
        raise FormatError(fields.at("seconds"), "0, which is left out")
    return seconds


def _thumb(value: Value, place: str) -> ThumbRecord | None:
    if value is None:
        return None
    fields = Fields(value, place)
    thumb = ThumbRecord(
        media_type=fields.text("media_type", pattern=_MEDIA_TYPE),
        width=fields.integer("width", low=1, high=_PIXELS),
        height=fields.integer("height", low=1, high=_PIXELS),
    )
    return _done(fields, thumb)


def _details(fields: Fields) -> dict[str, str | int]:
    value = fields.take("details")
    if not isinstance(value, Mapping) or len(value) > _MOST_DETAILS:
        raise FormatError(fields.at("details"), f"not an object of at most {_MOST_DETAILS} fields")
    found: dict[str, str | int] = {}
    for name, one in value.items():
        if not isinstance(one, (str, int)) or isinstance(one, bool):
            raise FormatError(f"{fields.at('details')}.{name}", "neither a string nor an integer")
        found[name] = one
    return found


def _done(fields: Fields, value: _Read) -> _Read:
    fields.done()
    return value
