"""The way through on the device: observation → verdict → decision → capture → sealed record."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.capture import capture_parts
from agent.decide import Decider, Outcome
from agent.picture_hashes import hashed_in, seals_hashes
from agent.ports import Clock, Frame, Seen, WindowInfo
from agent.reading import ReadText
from agent.recorder import Recorder
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Finding, Verdict
from evidence.authority import Authority

SCREEN_TEXT, WINDOW_TITLE = "screen-text", "window-title"
"""Sources as an authority names them."""


@dataclass(slots=True)
class Counts:
    """What the pipeline did since the agent started."""

    observations: int = 0
    captures: int = 0
    folded: int = 0
    counted: int = 0
    pictures: int = 0
    """Pictures on the screen that were looked at."""


class Pipeline:
    """Takes what was seen, one observation after the other."""

    def __init__(
        self,
        authority: Authority,
        screener: TextScreener,
        decider: Decider,
        recorder: Recorder,
        *,
        account: str,
        clock: Clock,
    ) -> None:
        """Work under a checked authority; sources that it does not name are left alone."""
        self._authority = authority
        self._screener = screener
        self._decider = decider
        self._recorder = recorder
        self._account = account
        self._clock = clock
        self.counts = Counts()

    def allows(self, source: str) -> bool:
        """Return whether the authority permits a source."""
        return source in self._authority.terms.sources

    def read(self, found: ReadText) -> None:
        """Take a text that was read from the screen's pixels."""
        job = found.job
        self.see(Seen(found.text, "ocr", Provenance.VISIBLE_WINDOW, job.window, monitor=job.monitor), job.frames)

    def title(self, window: WindowInfo, frames: Sequence[Frame]) -> None:
        """Take the title of the window that came into focus."""
        if window.title and self.allows(WINDOW_TITLE):
            self.see(Seen(window.title, "window-title", Provenance.FOCUSED_WINDOW, window), frames)

    def see(self, seen: Seen, frames: Sequence[Frame]) -> None:
        """Take what a source gave; `frames` are what the screen showed, with the badge in them."""
        if not seen.text.strip():
            return
        window = seen.window
        context = Context(app=window.app, title=window.title, url=seen.url, account=self._account, monitor=seen.monitor)
        observation = TextObservation(seen.text, seen.provenance, seen.source, self._clock.now(), context)
        verdict = _fresh_in(self._screener.screen(observation), seen.fresh)
        decision = self._decider.decide(observation, verdict)
        self.counts.observations += 1
        match decision.outcome:
            case Outcome.CAPTURE:
                hashes = hashed_in(frames) if seals_hashes(self._authority) else ()
                parts = capture_parts(self._authority, observation, verdict, decision, frames, hashes)
                self._recorder.capture(parts, severity=verdict.severity, group=decision.group)
                self.counts.captures += 1
            case Outcome.FOLD:
                self.counts.folded += 1
            case Outcome.COUNT:
                self.counts.counted += 1
            case Outcome.NOTHING:
                pass


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
