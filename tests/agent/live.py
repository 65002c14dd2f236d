"""The watching with everything real but the badge and the seal: what would be sealed is kept to be looked at."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from agent.clock import SystemClock
from agent.decide import Decider
from agent.exclusions import Exclusions
from agent.pipeline import Pipeline
from agent.platforms import accessible_text, open_screen, open_windows
from agent.platforms.offers import offers
from agent.policy import Policy
from agent.ports import Frame
from agent.private_windows import PrivateWindows
from agent.reading import Reader
from agent.roster import Roster
from agent.screen_text import ScreenText
from agent.service import TICK
from agent.signs.recognise import Recogniser
from agent.signs.titles import TitleWatcher
from agent.watch import Watch
from engine.text.screen import TextScreener
from evidence.envelope import Part
from evidence.record import CaptureRecord
from overt.library_files import load
from overt.update_set import UpdateSet
from tests.agent.rig import Rig
from tests.waiting import PATIENCE

DEFAULT = Policy()


@dataclass
class Kept:
    """Stands where the recorder does."""

    captures: list[tuple[CaptureRecord, dict[str, bytes]]] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)

    def capture(self, parts: Sequence[Part], *, severity: int, group: str) -> bool:
        assert group
        record = CaptureRecord.from_bytes(parts[0].data)
        assert record.severity == severity
        self.captures.append((record, {part.name: part.data for part in parts}))
        return True

    def event(self, event: str, text: str = "", details: object = None) -> None:
        self.events.append((event, text))


class AlwaysSeen:
    """A badge that is always there."""

    def acknowledged(self) -> bool:
        return True

    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        return bool(frames)

    def keep_up(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Nothing is held."""


class Live:
    """A watch on this process's display and bus."""

    def __init__(self, rig: Rig, policy: Policy = DEFAULT, *, accessible: bool = True, sources: Sequence[str]) -> None:
        clock = SystemClock()
        authority = rig.write_authority(sources=tuple(sources))
        self.kept = Kept()
        self.recogniser = Recogniser(UpdateSet().signatures())
        windows = open_windows()
        exclusions = Exclusions(policy.excluded, windows)
        decider = Decider(policy, entropy=secrets.token_bytes)
        self.pipeline = Pipeline(
            authority, TextScreener(load(["weapons", "anonymity"]).compile()), decider, self.kept,  # type: ignore[arg-type]
            policy=policy, exclusions=exclusions, account="alex", clock=clock,
            private=PrivateWindows(self.recogniser.is_private),
        )  # fmt: skip
        self.titles = TitleWatcher(self.recogniser, windows, lambda: self.pipeline.private.titles)
        tree = accessible_text(tell=self.kept.event, clock=clock) if accessible else None
        text = ScreenText(Reader(), tree, windows, exclusions, self.pipeline, clock)
        roster = Roster(offers(), self.pipeline.allows, tell=self.kept.event, clock=clock)
        self.watch = Watch(open_screen(), windows, AlwaysSeen(), text, roster, exclusions, self.pipeline)

    def until(self, holds: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Look as the agent does until something holds; return whether it came to."""
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                return False
            self.watch.look()
            time.sleep(TICK)
        return True

    def settle(self, seconds: float = 3.0) -> None:
        """Look until everything that was seen is read, and a while longer."""
        self.until(lambda: not self.watch.busy)
        self.until(lambda: False, seconds)

    def captured(self, source: str) -> list[CaptureRecord]:
        """Return what was captured from one source."""
        return [record for record, _ in self.kept.captures if record.source == source]

    def picture(self, number: int, part: str = "frame-0") -> np.ndarray:
        """Return a picture of a capture."""
        found = cv2.imdecode(np.frombuffer(self.kept.captures[number][1][part], np.uint8), cv2.IMREAD_COLOR)
        assert found is not None
        return found
