"""The way through for files that are in sets of known ones: what was found → decision → capture → sealed record.

One capture tells of a medium and a set; the list of all that was found follows, sealed, once a minute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.capture import LABEL, encoded_frames, finding_record
from agent.decide import Outcome
from agent.exclusions import Exclusions
from agent.frames_around import FramesAround
from agent.picture_capture import condition_of
from agent.picture_decide import PictureDecider, Sighting
from agent.pipeline import Counts, keep_capture
from agent.policy import Policy
from agent.ports import Clock, Frame, SeenFile, WindowInfo
from agent.recorder import Recorder
from engine.verdict import Finding, Verdict
from evidence.authority import Authority
from evidence.envelope import Part
from evidence.record import META, Action, CaptureRecord, DecisionRecord

LIST_EVERY = timedelta(seconds=60)
LIST_MOST = 100
"""Files in one record of the list."""


class KnownFilePipeline:
    """Takes one file after the other, in the agent's own thread."""

    def __init__(
        self,
        authority: Authority,
        decider: PictureDecider,
        recorder: Recorder,
        counts: Counts,
        *,
        exclusions: Exclusions,
        account: str,
        clock: Clock,
        around: FramesAround | None = None,
    ) -> None:
        """Work under a checked authority."""
        self._authority, self._decider, self._recorder, self._counts = authority, decider, recorder, counts
        self._exclusions, self._account, self._clock, self._around = exclusions, account, clock, around
        self._list = _FileList(clock.now())

    def use(self, policy: Policy) -> None:
        """Decide by another policy from now on."""
        self._decider.use(policy)

    def take(self, seen: SeenFile, frames: Sequence[Frame]) -> None:
        """Take a known file; `frames` are what the screen shows, with the badge in them."""
        if self._exclusions.holds(WindowInfo(None, seen.path)):
            self._counts.excluded += 1
            return
        now = self._clock.now()
        self._list.add(seen)
        sighting = Sighting(WindowInfo(None, seen.medium), now, playing=True, provenance=seen.provenance)
        decision = self._decider.decide(sighting, seen.findings)
        match decision.outcome:
            case Outcome.CAPTURE:
                parts = file_parts(self._authority, seen, frames, account=self._account, observed_at=now)
                severity = Verdict(seen.findings, ()).severity
                keep_capture(self._recorder, self._around, parts, frames, severity, decision.group)
                self._counts.captures += 1
            case Outcome.FOLD:
                self._counts.fold(decision.group)
            case Outcome.DROP:
                self._counts.drop(decision.reason)
            case _:
                self._counts.counted += 1

    def flush(self, *, final: bool = False) -> None:
        """Seal the list of what was found when it is due, and at the end."""
        while entries := self._list.due(self._clock.now(), final=final):
            text = f"Known files on media: {len(entries)}. Set, hash and row stand before each path."
            self._recorder.event("known-files", text, entries)


@dataclass(slots=True)
class _FileList:
    """Known files that wait to be sealed in a list."""

    last: datetime
    _waiting: list[str] = field(default_factory=list, repr=False)

    def add(self, seen: SeenFile) -> None:
        self._waiting += [f"{one.library_id} {one.term_id} {seen.path}"[:LABEL] for one in seen.findings]

    def due(self, now: datetime, *, final: bool) -> Mapping[str, str | int]:
        full = len(self._waiting) >= LIST_MOST
        if not self._waiting or not (full or final or now - self.last >= LIST_EVERY):
            return {}
        self.last = now
        some, self._waiting = self._waiting[:LIST_MOST], self._waiting[LIST_MOST:]
        return {f"file-{number}": one for number, one in enumerate(some, start=1)}


def file_parts(
    authority: Authority,
    seen: SeenFile,
    frames: Sequence[Frame],
    *,
    account: str,
    observed_at: datetime,
) -> list[Part]:
    """Return the parts of a capture, ready to be sealed. The authority is what permits it: without one, no call."""
    encoded = encoded_frames(frames)
    record = CaptureRecord(
        why=why(authority, seen.findings),
        observed_at=observed_at,
        source=seen.source,
        provenance=seen.provenance.name.lower(),
        app=None,
        title=seen.path[:LABEL],
        url=None,
        account=account,
        monitor=None,
        severity=Verdict(seen.findings, ()).severity,
        text="",
        findings=tuple(finding_record(one, condition_of(authority, one), 0, None) for one in seen.findings),
        suppressed=(),
        decision=DecisionRecord(Action.CAPTURE, "it is in a set of known files"),
        frames=encoded.frames,
        thumb=encoded.thumb,
    )
    return [Part(META, record.to_bytes()), *encoded.parts]


def why(authority: Authority, findings: Sequence[Finding]) -> str:
    """Return the sentence an officer reads first: which set, how sure, which condition of the order."""
    worst = max(findings, key=lambda one: one.severity)
    alike = worst.rule.startswith(("pdq", "phash"))
    what = "A picture file that is, or is very like, a known one" if alike else "A known file, the same byte by byte,"
    number = condition_of(authority, worst)
    serves = f", condition {number} of the order." if number is not None else "."
    return f"{what} on a stick or disk: set {worst.library_id} {worst.library_version}{serves}"
