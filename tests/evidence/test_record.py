"""The sealed words: captures and events survive, and nothing else is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evidence.errors import FormatError
from evidence.pictures import HashedPicture, PicturePlace
from evidence.record import (
    Action,
    CaptureRecord,
    DecisionRecord,
    EventRecord,
    FindingRecord,
    FrameRecord,
    SuppressedRecord,
    ThumbRecord,
    read_record,
)

TEXT = "a marker-word in the text, é, 𝔸"
FINDING = FindingRecord(
    library_id="weapons",
    library_version="1",
    term_id="weapons.knife",
    term="marker-word",
    rule="term",
    category="weapons",
    severity=3,
    condition="4",
    start=2,
    end=13,
    explanation="The word stands in the text.",
)
CAPTURE = CaptureRecord(
    why="The word stands in the text.",
    observed_at=datetime(2026, 6, 1, 12, 0, 0, 123000, tzinfo=UTC),
    source="ocr",
    provenance="visible",
    app=None,
    title="A page",
    url=None,
    account="kim",
    monitor=0,
    severity=3,
    text=TEXT,
    findings=(FINDING,),
    suppressed=(SuppressedRecord(FINDING, "an exception covers it"),),
    decision=DecisionRecord(Action.CAPTURE, "severity 3 at or above 2"),
    frames=(
        FrameRecord("frame-0", 0, -1920, 0, 1920, 1080, "image/png"),
        FrameRecord("before-0", 0, -1920, 0, 960, 540, "image/jpeg", -12),
    ),
    thumb=ThumbRecord("image/webp", 320, 180),
)
SEEN_AT = PicturePlace(0, 120, 340, 360, 240)
PICTURE = replace(
    CAPTURE,
    text="",
    suppressed=(),
    findings=(replace(FINDING, start=0, end=0, place=SEEN_AT),),
    pictures=(HashedPicture(SEEN_AT, b"\x01" * 32, b"\x02" * 8, 90),),
)
EVENT = EventRecord("badge-lost", "The badge was covered.", {"seconds": 5, "monitor": "left"})


@pytest.mark.parametrize("record", [CAPTURE, PICTURE, EVENT, EventRecord("heartbeat")])
def test_records_survive(record):
    """What was written is read back, by its own format name."""
    assert read_record(record.to_bytes()) == record


def test_nothing_observed_is_in_a_repr():
    """Logs show reprs; they must not show what was on the screen."""
    assert "marker-word" not in repr(CAPTURE)
    assert "A page" not in repr(CAPTURE)
    assert "covered" not in repr(EVENT)


def test_lone_surrogates_of_window_titles_do_not_stop_a_capture():
    """They become U+FFFD, and the offsets stay true."""
    record = EventRecord("note", "a\udc80b")
    assert read_record(record.to_bytes()).text == "a\ufffdb"


def altered(record, change):
    """Return the record's bytes after a change to its decoded form."""
    value = json.loads(record.to_bytes())
    change(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (r"record\.more", lambda v: v.update(more=1)),
        (r"record\.title: missing", lambda v: v.pop("title")),
        (r"record\.severity", lambda v: v.update(severity=True)),
        (r"record\.severity", lambda v: v.update(severity=6)),
        (r"record\.text: 200001", lambda v: v.update(text="x" * 200_001)),
        (r"record\.observed_at", lambda v: v.update(observed_at="2026-06-01 12:00")),
        (r"record\.observed_at", lambda v: v.update(observed_at="2026-02-30T12:00:00.000Z")),
        (r"record\.findings\[0\]\.end", lambda v: v["findings"][0].update(end=1)),
        (r"record\.findings\[0\]\.end", lambda v: v["findings"][0].update(end=len(TEXT) + 1)),
        (r"record\.findings\[0\]\.note: unknown", lambda v: v["findings"][0].update(note="")),
        (r"record\.suppressed\[0\]\.reason", lambda v: v["suppressed"][0].pop("reason")),
        (r"record\.decision\.action", lambda v: v["decision"].update(action="hide")),
        (r"record\.frames\[0\]\.part", lambda v: v["frames"][0].update(part="../x")),
        (r"record\.frames\[0\]\.media_type", lambda v: v["frames"][0].update(media_type="text/html")),
        (r"record\.frames\[0\]\.seconds: 0", lambda v: v["frames"][0].update(seconds=0)),
        (r"record\.frames\[0\]\.seconds", lambda v: v["frames"][0].update(seconds=-86_401)),
        (r"record\.thumb\.width", lambda v: v["thumb"].update(width=0)),
        (r"record\.format", lambda v: v.update(format="overt-capture-2")),
        (r"record\.monitor", lambda v: v.update(monitor=-1)),
        (r"record\.frames", lambda v: v.update(frames={})),
    ],
)
def test_a_capture_outside_the_format_is_refused_with_its_place(place, change):
    """Each row is one mistake, named where it stands."""
    with pytest.raises(FormatError, match=place):
        read_record(altered(CAPTURE, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v["details"].update(a=None),
        lambda v: v["details"].update(a=True),
        lambda v: v["details"].update(a=[1]),
        lambda v: v["details"].update({f"k{n}": n for n in range(201)}),
        lambda v: v.update(event="two words"),
        lambda v: v.update(more=""),
    ],
)
def test_an_event_outside_the_format_is_refused(change):
    """Details are strings and integers, at most 200."""
    with pytest.raises(FormatError):
        read_record(altered(EVENT, change))


def test_what_could_not_be_read_is_not_written():
    """An agent learns of a bad record when it writes it, not when an officer reads it."""
    with pytest.raises(FormatError, match=r"record\.event"):
        EventRecord("two words").to_bytes()
