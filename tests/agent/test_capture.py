"""A capture's words: the reason in one sentence, the text around it, offsets that are true."""

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import pictures
from agent.capture import AROUND, LONGEST_TEXT, capture_parts, excerpt_around
from agent.decide import Decision, Outcome
from agent.ports import Frame, Rectangle
from engine.observation import Context, Provenance, TextObservation
from engine.verdict import Finding, SuppressedFinding, Verdict
from evidence.record import CaptureRecord
from tests.agent.rig import Rig

DECIDED = Decision(Outcome.CAPTURE, "severity 4, and captures are made from 3", "ab")


def finding(text: str, start: int, end: int, library: str = "weapons") -> Finding:
    return Finding(library, "7", "t", "gun", "word", "weapons", 4, start, end, text[start:end], "because")


def frame(number: int, left: int) -> Frame:
    pixels = np.zeros((90, 160, 4), np.uint8)
    pixels[..., number] = 255
    return Frame(number, Rectangle(left, 0, 160, 90), pixels)


def record_of(rig: Rig, text: str, *findings: Finding) -> tuple[CaptureRecord, dict[str, bytes]]:
    observation = TextObservation(
        text, Provenance.VISIBLE_WINDOW, "ocr", datetime(2026, 6, 1, tzinfo=UTC), Context(app="Browser", title="A page")
    )
    missed = SuppressedFinding(findings[0], "allowed", "it stands in a harmless phrase")
    verdict = Verdict(findings, (missed,))
    parts = capture_parts(rig.write_authority(), observation, verdict, DECIDED, (frame(0, -160), frame(1, 0)))
    data = {part.name: part.data for part in parts}
    return CaptureRecord.from_bytes(data["meta"]), data


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Where can I buy a gun without a licence? I also",
            (
                "Read on the screen: “Where can I buy a gun without a licence?” in Browser: "
                "weapons library 7, condition 3 of the order."
            ),
        ),
        ("gun", "Read on the screen: “gun” in Browser: weapons library 7, condition 3 of the order."),
        (
            "nothing here\na gun and\nmore",
            "Read on the screen: “a gun and” in Browser: weapons library 7, condition 3 of the order.",
        ),
    ],
)
def test_the_reason_is_a_sentence(rig: Rig, text: str, sentence: str) -> None:
    """What stood where, which library, which condition."""
    start = text.index("gun")
    assert record_of(rig, text, finding(text, start, start + 3))[0].why == sentence


def test_all_monitors_are_in_it(rig: Rig) -> None:
    """One frame a monitor with its place, and a small picture."""
    record, parts = record_of(rig, "gun", finding("gun", 0, 3))
    assert [(one.part, one.monitor, one.left) for one in record.frames] == [("frame-0", 0, -160), ("frame-1", 1, 0)]
    for number, name in enumerate(("frame-0", "frame-1")):
        picture = cv2.imdecode(np.frombuffer(parts[name], np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (90, 160, 3)
        assert int(picture.mean(axis=(0, 1)).argmax()) == number
    assert record.thumb is not None
    assert record.thumb.width == pictures.THUMB_WIDTH
    assert record.suppressed[0].reason == "it stands in a harmless phrase"


@given(before=st.integers(0, 3000), after=st.integers(0, 3000), size=st.integers(1, 30), words=st.booleans())
@settings(deadline=None)
def test_offsets_stay_true(before: int, after: int, size: int, words: bool) -> None:
    """Whatever is cut away, the finding is inside and its place is right."""
    filler = "word " * 700 if words else "x" * 3500
    text = filler[:before] + "G" * size + filler[:after]
    found = finding(text, before, before + size)
    excerpt = excerpt_around(text, [found])
    assert excerpt.holds(found)
    assert excerpt.text[found.start - excerpt.start : found.end - excerpt.start] == "G" * size
    assert len(excerpt.text) <= 2 * AROUND + size
    assert text[excerpt.start : excerpt.start + len(excerpt.text)] == excerpt.text


def test_findings_far_apart_are_bounded() -> None:
    """The text that is kept has a limit; what lies outside is left out rather than wrong."""
    text = "gun " + "x" * (2 * LONGEST_TEXT) + " gun"
    near, far = finding(text, 0, 3), finding(text, len(text) - 3, len(text))
    excerpt = excerpt_around(text, [near, far])
    assert len(excerpt.text) <= LONGEST_TEXT
    assert excerpt.holds(near)
    assert not excerpt.holds(far)
