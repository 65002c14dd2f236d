"""Makes the words and pictures of a capture out of an observation, its verdict and the frames it was read from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent import pictures
from agent.decide import Decision
from agent.ports import Frame
from engine.observation import Context, Provenance, TextObservation
from engine.verdict import Finding, Verdict
from evidence.authority import Authority
from evidence.envelope import Part
from evidence.pictures import HashedPicture, PicturePlace
from evidence.record import (
    META,
    THUMB,
    Action,
    CaptureRecord,
    DecisionRecord,
    FindingRecord,
    FrameRecord,
    SuppressedRecord,
    ThumbRecord,
)

AROUND = 400
"""Code points of text kept on either side of the findings."""
LONGEST_TEXT = 20_000
SEEN = {
    "ocr": "Read on the screen",
    "accessibility": "Shown on the screen",
    "window-title": "In the window's title",
    "clipboard": "Copied",
    "file-name": "In the name of a file",
    "file": "In a file",
    "process": "A program was started",
    "notification": "In a notification",
}
LABEL = 1000
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a text that a capture keeps, and where it begins in the whole."""

    text: str
    start: int

    def holds(self, finding: Finding) -> bool:
        """Return whether a finding lies inside."""
        return self.start <= finding.start and finding.end <= self.start + len(self.text)


def capture_parts(
    authority: Authority,
    observation: TextObservation,
    verdict: Verdict,
    decision: Decision,
    frames: Sequence[Frame],
    hashes: Sequence[HashedPicture] = (),
) -> list[Part]:
    """Return the parts of a capture, ready to be sealed. The authority is what permits it: without one, no call.

    `hashes` are those of the pictures in the frames, where the case permits them to be matched at review.
    """
    encoded = encoded_frames(frames)
    excerpt = excerpt_around(observation.text, verdict.findings)
    context = observation.context
    record = CaptureRecord(
        why=why(authority, observation, verdict, excerpt),
        observed_at=observation.observed_at,
        source=observation.source,
        provenance=observation.provenance.name.lower(),
        app=_short(context.app),
        title=_short(context.title),
        url=context.url,
        account=context.account,
        monitor=context.monitor,
        severity=verdict.severity,
        text=excerpt.text,
        findings=tuple(_finding(authority, one, excerpt) for one in verdict.findings if excerpt.holds(one)),
        suppressed=tuple(
            SuppressedRecord(_finding(authority, one.finding, excerpt), one.explanation)
            for one in verdict.suppressed
            if excerpt.holds(one.finding)
        ),
        decision=DecisionRecord(Action.CAPTURE, decision.reason),
        frames=encoded.frames,
        thumb=encoded.thumb,
        pictures=tuple(hashes),
    )
    return [Part(META, record.to_bytes()), *encoded.parts]


@dataclass(frozen=True, slots=True)
class EncodedFrames:
    """The pictures of a capture: what the record says of them, and their parts."""

    frames: tuple[FrameRecord, ...]
    thumb: ThumbRecord | None
    parts: tuple[Part, ...]


def encoded_frames(frames: Sequence[Frame]) -> EncodedFrames:
    """Encode one frame a monitor and a small picture of the first."""
    encoded = [pictures.frame_picture(frame) for frame in frames]
    thumb = pictures.thumbnail(frames[0]) if frames else None
    records = tuple(
        FrameRecord(
            f"frame-{index}", frame.monitor, frame.place.left, frame.place.top, picture.width, picture.height,
            pictures.MEDIA_TYPE,
        )
        for index, (frame, picture) in enumerate(zip(frames, encoded, strict=True))
    )  # fmt: skip
    parts = tuple(Part(f"frame-{index}", picture.data) for index, picture in enumerate(encoded))
    if thumb is None:
        return EncodedFrames(records, None, parts)
    told = ThumbRecord(pictures.MEDIA_TYPE, thumb.width, thumb.height)
    return EncodedFrames(records, told, (Part(THUMB, thumb.data), *parts))


def excerpt_around(text: str, findings: Sequence[Finding]) -> Excerpt:
    """Return the text around the findings, cut between words where it is cut; without findings none of it."""
    if not findings:
        return Excerpt("", 0)
    start = max(0, min(one.start for one in findings) - AROUND)
    end = min(len(text), max(one.end for one in findings) + AROUND, start + LONGEST_TEXT)
    if start > 0:
        space = text.find(" ", start, start + 40)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", end - 40, end)
        end = space if space >= 0 else end
    return Excerpt(text[start:end], start)


def why(authority: Authority, observation: TextObservation, verdict: Verdict, excerpt: Excerpt) -> str:
    """Return the sentence an officer reads first: what stood where, which library, which condition of the order."""
    if not verdict.findings:
        return "A random sample of the screen, as the policy of this case asks. Nothing was found on it."
    worst = max((one for one in verdict.findings if excerpt.holds(one)), key=lambda one: (one.severity, -one.start))
    place = place_in_words(observation.context)
    sentence = (
        f"{_seen(observation)}: “{_words_around(observation.text, worst)}”{place}: "
        f"{worst.library_id} library {worst.library_version}"
    )
    number = _condition(authority, worst)
    return sentence + (f", condition {number} of the order." if number is not None else ".")


def place_in_words(context: Context) -> str:
    """Return where something was seen; a private window is said, because it leaves no history behind."""
    if context.private_window:
        return f" in a private window of {context.app}" if context.app else " in a private window"
    return f" in {context.app}" if context.app else ""


def _seen(observation: TextObservation) -> str:
    if observation.provenance is Provenance.TYPED:
        return "Typed"
    return SEEN.get(observation.source, "Seen")


def _words_around(text: str, finding: Finding, reach: int = 24) -> str:
    before, after = text[: finding.start], text[finding.end :]
    if len(before) > reach:
        before = before[-reach:].partition(" ")[2]
    if len(after) > reach:
        after = after[:reach].rpartition(" ")[0]
    before = _SENTENCE_END.split(before)[-1]
    after = _SENTENCE_END.split(after)[0]
    return " ".join((before + finding.matched + after).split())


def _finding(authority: Authority, finding: Finding, excerpt: Excerpt) -> FindingRecord:
    return finding_record(finding, _condition(authority, finding), excerpt.start, None)


def finding_record(finding: Finding, condition: str | None, start: int, place: PicturePlace | None) -> FindingRecord:
    """Return a finding as it is sealed; `start` is where the kept text begins in the whole."""
    return FindingRecord(
        library_id=finding.library_id,
        library_version=finding.library_version,
        term_id=finding.term_id,
        term=finding.term,
        rule=finding.rule,
        category=finding.category,
        severity=finding.severity,
        condition=condition,
        start=finding.start - start,
        end=finding.end - start,
        explanation=finding.explanation,
        place=place,
    )


def _condition(authority: Authority, finding: Finding) -> str | None:
    if finding.condition is not None:
        return finding.condition
    condition = authority.terms.condition_of(finding.library_id)
    return None if condition is None else condition.number


def _short(words: str | None) -> str | None:
    return None if words is None else words[:LABEL]
