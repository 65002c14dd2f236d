"""Matches, at review, the hashes that devices sealed into records with sets that may not lie on a device."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.image.hashing import from_hashes
from evidence.fields import parse_time
from evidence.header import Header
from evidence.pictures import HashedPicture, PicturePlace
from evidence.record import AnyRecord, CaptureRecord, EventRecord
from overt.hashes_work import FileMatch, Matcher

LOGGED = "pictures-seen"
"""The event in which an agent seals the hashes of every picture that was on the screen."""


@dataclass(frozen=True, slots=True)
class SeenMatch:
    """A picture that was on a screen and is in a set."""

    device: str
    record: str
    """Its number: epoch/sequence."""
    seen_at: datetime
    place: PicturePlace
    captured: bool
    """Whether the picture itself is in the record, or its hash only."""
    title: str | None = field(repr=False)
    match: FileMatch


def matches(header: Header, record: AnyRecord | None, matcher: Matcher, radius: int | None) -> Iterator[SeenMatch]:
    """Yield what of a record is in the sets."""
    fields = header.context.fields
    captured = isinstance(record, CaptureRecord)
    title = record.title if isinstance(record, CaptureRecord) else None
    for seen_at, picture in _pictures(record):
        prints = from_hashes(picture.pdq, picture.phash, picture.quality)
        for match in matcher.alike(prints, radius):
            yield SeenMatch(
                fields.device, f"{fields.epoch}/{fields.seq}", seen_at, picture.place, captured, title, match
            )


def count(record: AnyRecord | None) -> int:
    """Return how many hashes a record holds."""
    return sum(1 for _ in _pictures(record))


def _pictures(record: AnyRecord | None) -> Iterator[tuple[datetime, HashedPicture]]:
    if isinstance(record, CaptureRecord):
        yield from ((record.observed_at, one) for one in record.pictures)
    elif isinstance(record, EventRecord) and record.event == LOGGED:
        yield from (_logged(name, str(told)) for name, told in record.details.items())


def _logged(pdq: str, told: str) -> tuple[datetime, HashedPicture]:
    """Read an entry of the log: `time quality pHash monitor:left,top,WxH` under its PDQ hash."""
    when, quality, phash, where = told.split(" ")
    monitor, _, rest = where.partition(":")
    left, top, size = rest.split(",")
    width, _, height = size.partition("x")
    place = PicturePlace(int(monitor), int(left), int(top), int(width), int(height))
    picture = HashedPicture(place, bytes.fromhex(pdq), bytes.fromhex(phash), int(quality))
    return parse_time(when, place=LOGGED), picture
