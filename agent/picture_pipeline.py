"""The way through for pictures: what was looked at → decision → capture → sealed record, under the authority.

Word screening has a pipeline of its own; both count into the same `Counts`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.decide import Decision, Outcome
from agent.frames_around import FramesAround
from agent.picture_capture import picture_parts
from agent.picture_cut import only_window
from agent.picture_decide import PictureDecider, Sighting
from agent.picture_hashes import SCREEN_PICTURE, hashed, picture_terms, seals_hashes
from agent.picture_watch import LookedAt
from agent.pipeline import Counts, keep_capture
from agent.policy import Policy
from agent.ports import Clock
from agent.private_windows import PrivateWindows
from agent.recorder import Recorder
from evidence.authority import Authority
from evidence.fields import format_time
from evidence.pictures import HashedPicture, Hashes

LOG_EVERY = timedelta(seconds=60)
LOG_MOST = 150
"""Hashes in one record of the log, where the case permits one."""
REMEMBERED = 4096


class PicturePipeline:
    """Takes what was looked at, one look after the other."""

    def __init__(
        self,
        authority: Authority,
        decider: PictureDecider,
        recorder: Recorder,
        counts: Counts,
        *,
        account: str,
        clock: Clock,
        policy: Policy,
        around: FramesAround | None = None,
        private: PrivateWindows | None = None,
    ) -> None:
        """Work under a checked authority; where it does not name the source, nothing is taken."""
        self._policy = policy
        self._around = around
        self._private = private or PrivateWindows(lambda _: False)
        self._authority = authority
        self._decider = decider
        self._recorder = recorder
        self._counts = counts
        self._account = account
        self._clock = clock
        self._log = HashLog(clock.now())
        self._logs = picture_terms(authority).hashes is Hashes.SEEN
        self._failed = False

    def use(self, policy: Policy) -> None:
        """Go on with another policy."""
        self._policy = policy
        self._decider.use(policy)

    @property
    def permitted(self) -> bool:
        """Whether the authority permits pictures of the screen to be looked at."""
        return SCREEN_PICTURE in self._authority.terms.sources

    def take(self, looked: LookedAt) -> None:
        """Take the result of a look."""
        if looked.problem:
            self._tell(looked.problem)
            return
        now = self._clock.now()
        pictures = hashed([(looked.job.monitor, looked.look.pictures)]) if seals_hashes(self._authority) else ()
        self._counts.pictures += len(looked.look.pictures)
        if self._logs:
            self._log.add(pictures, now)
        self._decide(looked, pictures, now)

    def flush(self, *, final: bool = False) -> None:
        """Seal the log of hashes when it is due, and at the end."""
        entries = self._log.due(self._clock.now(), final=final)
        if entries:
            text = "Hashes of pictures that were on the screen, for matching at review."
            self._recorder.event("pictures-seen", text, entries)

    def _decide(self, looked: LookedAt, pictures: tuple[HashedPicture, ...], now: datetime) -> None:
        verdict = looked.look.verdict
        sighting = Sighting(looked.job.window, now, looked.playing, looked.job.provenance)
        decision = self._decider.decide(sighting, verdict.findings)
        match decision.outcome:
            case Outcome.CAPTURE:
                self._capture(looked, decision, pictures, now)
            case Outcome.FOLD:
                self._counts.fold(decision.group)
            case Outcome.DROP:
                self._counts.drop(decision.reason)
            case Outcome.COUNT:
                self._counts.counted += 1
            case _:
                pass

    def _capture(
        self, looked: LookedAt, decision: Decision, pictures: tuple[HashedPicture, ...], now: datetime
    ) -> None:
        if self._policy.matching_window_only:
            looked, pictures = only_window(looked, pictures)
        parts = picture_parts(
            self._authority, looked, decision, pictures, account=self._account, observed_at=now,
            private=self._private.holds(looked.job.window),
        )  # fmt: skip
        severity = looked.look.verdict.severity
        keep_capture(self._recorder, self._around, parts, looked.job.frames, severity, decision.group)
        self._counts.captures += 1

    def _tell(self, problem: str) -> None:
        """Record that a look failed: the first time, since whatever is broken fails at every look."""
        if not self._failed:
            self._failed = True
            text = "Pictures on the screen could not be looked at; words are screened as before."
            self._recorder.event("picture-screening-failed", text, {"problem": problem})


@dataclass(slots=True)
class HashLog:
    """Hashes that wait to be sealed; a picture that stays on the screen, or comes back soon, is written once."""

    last: datetime
    _waiting: dict[str, str] = field(default_factory=dict)
    _written: dict[str, None] = field(default_factory=dict)

    def add(self, pictures: tuple[HashedPicture, ...], at: datetime) -> None:
        """Take the hashes of a look."""
        for one in pictures:
            name = one.pdq.hex()
            if name not in self._written:
                self._written[name] = None
                place = one.place
                where = f"{place.monitor}:{place.left},{place.top},{place.width}x{place.height}"
                self._waiting[name] = f"{format_time(at)} {one.quality} {one.phash.hex()} {where}"
        while len(self._written) > REMEMBERED:
            del self._written[next(iter(self._written))]

    def due(self, now: datetime, *, final: bool) -> dict[str, str | int]:
        """Return what is to be sealed now, PDQ hash → time, quality, pHash, place; empty where nothing is."""
        full = len(self._waiting) >= LOG_MOST
        if not self._waiting or not (full or final or now - self.last >= LOG_EVERY):
            return {}
        self.last = now
        names = list(self._waiting)[:LOG_MOST]
        return {name: self._waiting.pop(name) for name in names}
