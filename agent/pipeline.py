"""The way through on the device: observation → verdict → decision → capture → sealed record."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.capture import capture_parts
from agent.decide import Decider, Outcome
from agent.ports import Clock, Frame, WindowInfo
from agent.reading import ReadText
from agent.recorder import Recorder
from engine.observation import Context, Provenance, TextObservation
from engine.text.screen import TextScreener
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
        """Take a text that was read from the screen."""
        if found.text.strip():
            job = found.job
            self._take(found.text, "ocr", Provenance.VISIBLE_WINDOW, job.window, job.frames, job.monitor)

    def title(self, window: WindowInfo, frames: Sequence[Frame]) -> None:
        """Take the title of the window that came into focus."""
        if window.title and self.allows(WINDOW_TITLE):
            self._take(window.title, "window-title", Provenance.FOCUSED_WINDOW, window, frames, None)

    def _take(
        self,
        text: str,
        source: str,
        provenance: Provenance,
        window: WindowInfo,
        frames: Sequence[Frame],
        monitor: int | None,
    ) -> None:
        context = Context(app=window.app, title=window.title, account=self._account, monitor=monitor)
        observation = TextObservation(text, provenance, source, self._clock.now(), context)
        verdict = self._screener.screen(observation)
        decision = self._decider.decide(observation, verdict)
        self.counts.observations += 1
        match decision.outcome:
            case Outcome.CAPTURE:
                parts = capture_parts(self._authority, observation, verdict, decision, frames)
                self._recorder.capture(parts, severity=verdict.severity, group=decision.group)
                self.counts.captures += 1
            case Outcome.FOLD:
                self.counts.folded += 1
            case Outcome.COUNT:
                self.counts.counted += 1
            case Outcome.NOTHING:
                pass
