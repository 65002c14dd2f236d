"""The way through on the device: observation → verdict → decision → capture → sealed record."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.capture import capture_parts
from agent.decide import Decider, Outcome
from agent.exclusions import Exclusions
from agent.frames_around import FramesAround
from agent.looks import look_of
from agent.mask import cut_to
from agent.picture_hashes import hashed_in, seals_hashes
from agent.policy import Policy
from agent.ports import Clock, Frame, Seen, WindowInfo
from agent.private_windows import PrivateWindows
from agent.reading import ReadText
from agent.recorder import Recorder
from agent.signs.sign import Sign
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Finding, Verdict
from evidence.authority import Authority
from evidence.envelope import Part

SCREEN_TEXT, WINDOW_TITLE = "screen-text", "window-title"
"""Sources as an authority names them."""


MOST_GROUPS = 100
"""Groups that one report names; a record has room for 200 details."""


@dataclass(slots=True)
class Counts:
    """What the pipeline did since the agent started."""

    observations: int = 0
    captures: int = 0
    folded: int = 0
    counted: int = 0
    dropped: int = 0
    """What the budget of the policy did not let be captured."""
    excluded: int = 0
    """Texts of excluded windows, which were not screened."""
    pictures: int = 0
    """Pictures on the screen that were looked at."""
    unscreened: int = 0
    """Texts of which nobody knows what stands in them: screening them failed."""
    _groups: Counter[str] = field(default_factory=Counter)
    _dropped: int = 0
    _reason: str = ""

    def fold(self, group: str) -> None:
        """Count a finding that belongs to a capture that was made."""
        self.folded += 1
        self._groups[group] += 1

    def drop(self, reason: str) -> None:
        """Count a finding that is not captured, for a reason in words."""
        self.dropped += 1
        self._dropped += 1
        self._reason = reason

    def report(self, recorder: Recorder) -> None:
        """Record what was folded and dropped since the last report: nothing that was found goes uncounted."""
        if self._groups:
            several = dict(self._groups.most_common(MOST_GROUPS))
            text = f"{self._groups.total()} more findings belong to captures that were made; each group has its number."
            recorder.event("folded", text, {f"group-{name}": count for name, count in several.items()})
            self._groups.clear()
        if self._dropped:
            text = f"{self._dropped} findings were not captured: {self._reason}."
            recorder.event("budget-used-up", text, {"dropped": self._dropped})
            self._dropped = 0


class Pipeline:
    """Takes what was seen, one observation after the other."""

    def __init__(
        self,
        authority: Authority,
        screener: TextScreener,
        decider: Decider,
        recorder: Recorder,
        *,
        policy: Policy,
        exclusions: Exclusions,
        account: str,
        clock: Clock,
        version: int = 0,
        around: FramesAround | None = None,
        private: PrivateWindows | None = None,
    ) -> None:
        """Work under a checked authority; sources that it does not name are left alone. `around` gives the frames
        before and after a capture; None: it has none. `private` knows the private windows; None: nothing does.
        """
        self.private = private or PrivateWindows(lambda _: False)
        """Knows which windows are private ones of a browser."""
        self._authority = authority
        self._screener = screener
        self._decider = decider
        self._recorder = recorder
        self._policy = policy
        self._exclusions = exclusions
        self._account = account
        self._clock = clock
        self._around = around
        self._failures: set[str] = set()
        self.counts = Counts()
        self.version = version
        """Version of the published set that the libraries are from; 0: they came with the agent."""

    def use(self, screener: TextScreener, policy: Policy, version: int) -> None:
        """Go on with other libraries and another policy: those of the published set `version`. Groups stay."""
        self.version = version
        self._screener = screener
        self._policy = policy
        self._decider.use(policy)
        self._exclusions.use(policy.excluded)
        if self._around is not None:
            self._around.use(policy)

    def allows(self, source: str) -> bool:
        """Return whether the authority permits a source."""
        return source in self._authority.terms.sources

    def read(self, found: ReadText) -> None:
        """Take a text that was read from the screen's pixels."""
        job = found.job
        provenance = Provenance.FOCUSED_WINDOW if job.focused else Provenance.VISIBLE_WINDOW
        self.see(Seen(found.text, "ocr", provenance, job.window, monitor=job.monitor), job.frames)

    def title(self, window: WindowInfo, frames: Sequence[Frame]) -> None:
        """Take the title of the window that came into focus."""
        if window.title and self.allows(WINDOW_TITLE):
            self.see(Seen(window.title, "window-title", Provenance.FOCUSED_WINDOW, window), frames)

    def see(self, seen: Seen, frames: Sequence[Frame]) -> None:
        """Take what a source gave; `frames` are what the screen showed, with the badge in them."""
        if not seen.text.strip():
            return
        window = seen.window
        if self._exclusions.holds(window, seen.url):
            self.counts.excluded += 1
            return
        context = Context(
            window.app, window.title, seen.url, self._account, seen.monitor, private_window=self.private.holds(window)
        )
        observation = TextObservation(seen.text, seen.provenance, seen.source, self._clock.now(), context)
        try:
            verdict = _fresh_in(self._screener.screen(observation), seen.fresh)
        except Exception as problem:  # noqa: BLE001  (one text that cannot be screened does not end the watching)
            self._tell_unscreened(type(problem).__name__)
            return
        decision = self._decider.decide(observation, verdict, lambda: look_of(frames))
        self.counts.observations += 1
        match decision.outcome:
            case Outcome.CAPTURE | Outcome.SAMPLE:
                kept = cut_to(frames, window.place) if self._policy.matching_window_only else frames
                hashes = hashed_in(kept) if seals_hashes(self._authority) else ()
                parts = capture_parts(self._authority, observation, verdict, decision, kept, hashes)
                keep_capture(self._recorder, self._around, parts, kept, verdict.severity, decision.group)
                self.counts.captures += 1
            case Outcome.FOLD:
                self.counts.fold(decision.group)
            case Outcome.DROP:
                self.counts.drop(decision.reason)
            case Outcome.COUNT:
                self.counts.counted += 1
            case Outcome.NOTHING:
                pass

    def tell(self, sign: Sign) -> None:
        """Record what a source says of the device."""
        self._recorder.event(sign.event, sign.text, sign.details, severity=sign.severity)

    def _tell_unscreened(self, problem: str) -> None:
        """Count a text that could not be screened; each kind of failure is told once, heartbeats tell the number."""
        self.counts.unscreened += 1
        if problem not in self._failures:
            self._failures.add(problem)
            text = f"A text could not be screened ({problem}): nobody knows what stands in it. The others are screened."
            self._recorder.event("screening-failed", text, {"problem": problem}, severity=2)

    def report(self) -> None:
        """Record what was folded and dropped since the last report, of words and pictures."""
        self.counts.report(self._recorder)


def keep_capture(
    recorder: Recorder,
    around: FramesAround | None,
    parts: Sequence[Part],
    frames: Sequence[Frame],
    severity: int,
    group: str,
) -> None:
    """Have a capture sealed, with the frames around it where there are any."""
    if around is None:
        recorder.capture(parts, severity=severity, group=group)
    else:
        around.capture(parts, frames, severity=severity, group=group)


def _fresh_in(verdict: Verdict, fresh: tuple[tuple[int, int], ...] | None) -> Verdict:
    """Return a verdict without what lies wholly in text that was given before."""
    if fresh is None:
        return verdict

    def is_fresh(one: Finding) -> bool:
        return any(one.start < end and start < one.end for start, end in fresh)

    return Verdict(
        tuple(one for one in verdict.findings if is_fresh(one)),
        tuple(one for one in verdict.suppressed if is_fresh(one.finding)),
    )
