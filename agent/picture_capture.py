"""Makes the parts of a capture out of a known picture, or a prefilter's finding, and the frames it was seen in."""

from collections.abc import Sequence
from datetime import datetime

from agent.capture import LABEL, encoded_frames, finding_record, place_in_words
from agent.decide import Decision
from agent.picture_watch import LookedAt
from engine.image.screen import PREFILTER
from engine.observation import Context, Provenance
from engine.verdict import Finding
from evidence.authority import Authority
from evidence.envelope import Part
from evidence.pictures import HashedPicture, PicturePlace
from evidence.record import META, Action, CaptureRecord, DecisionRecord, FindingRecord


def picture_parts(
    authority: Authority,
    looked: LookedAt,
    decision: Decision,
    pictures: Sequence[HashedPicture],
    *,
    account: str,
    observed_at: datetime,
    private: bool = False,
) -> list[Part]:
    """Return the parts of a capture, ready to be sealed. The authority is what permits it: without one, no call."""
    job, verdict = looked.job, looked.look.verdict
    encoded = encoded_frames(job.frames)
    record = CaptureRecord(
        why=why(authority, looked, private=private),
        observed_at=observed_at,
        source=job.source,
        provenance=job.provenance.name.lower(),
        app=_short(job.window.app),
        title=_short(job.window.title),
        url=None,
        account=account,
        monitor=job.monitor,
        severity=verdict.severity,
        text="",
        findings=tuple(_placed(authority, one, job.monitor) for one in verdict.findings),
        suppressed=(),
        decision=DecisionRecord(Action.CAPTURE, decision.reason),
        frames=encoded.frames,
        thumb=encoded.thumb,
        pictures=tuple(pictures),
    )
    return [Part(META, record.to_bytes()), *encoded.parts]


def why(authority: Authority, looked: LookedAt, *, private: bool = False) -> str:
    """Return the sentence an officer reads first: what kind of finding, which set, which condition of the order."""
    findings = looked.look.verdict.findings
    worst = max(findings, key=lambda one: (one.severity, one.category != PREFILTER))
    place = place_in_words(Context(looked.job.window.app, private_window=private))
    where = _where(looked)
    condition = condition_of(authority, worst)
    serves = f", condition {condition} of the order." if condition is not None else "."
    if worst.category == PREFILTER:
        return f"A prefilter fired on a picture{where}{place}, which proves nothing: {worst.library_id}{serves}"
    rest = len({one.place for one in findings if one.category != PREFILTER}) - 1  # two hashes of one picture are one
    more = f" and {rest} more" if rest else ""
    return f"A known picture{more}{where}{place}: set {worst.library_id} {worst.library_version}{serves}"


def _where(looked: LookedAt) -> str:
    if looked.job.provenance is Provenance.PASTED:
        return " that was copied"
    return " in a video" if looked.playing else " on the screen"


def condition_of(authority: Authority, finding: Finding) -> str | None:
    """Return the number of the condition that a finding serves; None where none is named."""
    if finding.condition is not None:
        return finding.condition
    condition = authority.terms.condition_of(finding.library_id)
    return None if condition is None else condition.number


def _placed(authority: Authority, finding: Finding, monitor: int) -> FindingRecord:
    return finding_record(finding, condition_of(authority, finding), 0, place_of(finding, monitor))


def place_of(finding: Finding, monitor: int) -> PicturePlace | None:
    """Return where a finding lies in the frame of its monitor."""
    return None if finding.place is None else PicturePlace(monitor, *finding.place)


def _short(words: str | None) -> str | None:
    return None if words is None else words[:LABEL]
