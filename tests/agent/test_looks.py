"""The watch look by look, with a screen, windows and accessibility that tests set: what is read, and when again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from agent.accessible import Kind, Piece, WindowText
from agent.clock import SystemClock
from agent.exclusions import Exclusions
from agent.picture_source import PictureSource
from agent.picture_watch import LookedAt, PictureJob
from agent.policy import Excluded
from agent.ports import Frame, Rectangle, Seen, WindowInfo
from agent.private_windows import PrivateWindows
from agent.quarantine import Quarantine
from agent.reading import Job, ReadText
from agent.roster import Roster
from agent.screen_text import ScreenText
from agent.tree_reader import TreeReader
from agent.watch import Watch
from tests.waiting import wait_until

LEFT, RIGHT = Rectangle(-400, -100, 400, 300), Rectangle(0, 0, 500, 300)
PAGE = WindowInfo("Browser", "A page", Rectangle(-380, -80, 360, 260), 7)


@dataclass
class Desk:
    """Everything that the watch sees the world through, set by hand."""

    shade: int = 255
    badge: bool = True
    jobs: list[Job] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    told: tuple[WindowText, ...] = ()
    private: PrivateWindows = field(default_factory=lambda: PrivateWindows(lambda _: False))

    # the screen
    def grab(self) -> tuple[Frame, ...]:
        return tuple(self._frame(number, place) for number, place in enumerate((LEFT, RIGHT)))

    def _frame(self, number: int, place: Rectangle) -> Frame:
        pixels = np.full((place.height, place.width, 4), 255, np.uint8)
        if self.shade != 255:
            pixels[60:90, 40:240] = 0
            pixels[64:86:2, 44:236:3] = self.shade
        return Frame(number, place, pixels)

    # windows
    def focused(self) -> WindowInfo:
        return PAGE

    def shown(self) -> tuple[WindowInfo, ...]:
        return (PAGE,)

    # the badge
    def visible_in(self, frames: tuple[Frame, ...]) -> bool:
        return self.badge and bool(frames)

    # accessibility
    def read(self) -> Sequence[WindowText]:
        return self.told

    def secret_focus(self, window: WindowInfo) -> bool | None:
        del window

    # OCR
    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def collect(self) -> list[ReadText]:
        return []

    busy = False
    works = True

    # the pipeline
    def allows(self, source: str) -> bool:
        return source == "screen-text"

    def see(self, seen: Seen, frames: tuple[Frame, ...]) -> None:
        assert frames
        self.seen.append(seen.text)

    def title(self, window: WindowInfo, frames: tuple[Frame, ...]) -> None:
        """Titles are another test's."""

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Looks:
    """Stands where the looking at pictures and its pipeline do."""

    jobs: list[PictureJob] = field(default_factory=list)
    busy: bool = False

    def submit(self, job: PictureJob) -> None:
        self.jobs.append(job)

    def collect(self) -> list[LookedAt]:
        return []

    def flush(self, *, final: bool = False) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is held."""


def watch(desk: Any, pictures: Looks | None = None, *, accessible: bool = False) -> Watch:
    clock = SystemClock()
    exclusions = Exclusions(Excluded(), desk)
    tree = None
    if accessible:
        tree = Quarantine("accessibility", "Text", lambda: TreeReader(lambda: desk), tell=lambda *_: None, clock=clock)
    anything: Any = pictures
    source = None if pictures is None else PictureSource(anything, anything)
    hears = (lambda *_: None) if source is None else source.see
    text = ScreenText(desk, tree, desk, exclusions, desk, clock, hears)
    roster = Roster((), desk.allows, tell=lambda *_: None, clock=clock)
    return Watch(desk, desk, desk, text, roster, exclusions, desk, source)


def look(one: Watch, times: int) -> None:
    for _ in range(times):
        one.look()


def test_pictures_come_with_the_places_that_accessibility_tells() -> None:
    """On the monitor left of the first, whose places are negative: in that frame's own pixels, cut to it."""
    desk, looks = Desk(), Looks()
    inside, across = Rectangle(-360, -60, 100, 80), Rectangle(-60, 40, 120, 90)
    pieces = (Piece(Kind.BLOCK, Rectangle(-370, 150, 200, 20), "Some words of a page."),)
    desk.told = (WindowText(PAGE, pieces, None, (inside, across)),)
    one = watch(desk, looks, accessible=True)
    try:
        assert wait_until(lambda: (look(one, 1), looks.jobs)[1])
        jobs = {job.monitor: job.images for job in looks.jobs}
        assert jobs[0] == (Rectangle(40, 40, 100, 80), Rectangle(340, 140, 60, 90))
        assert jobs[1] == (Rectangle(0, 40, 60, 90),)
        assert desk.seen == ["Some words of a page."]
    finally:
        one.close()


@pytest.mark.parametrize("withheld", [True, False])
def test_a_window_that_cannot_be_in_pictures_is_told_to_coverage(withheld: bool) -> None:
    """It is in front, and the picture shows something else in its place."""
    desk = Desk()
    desk.focused = lambda: replace(PAGE, withheld=withheld)  # type: ignore[method-assign]
    one = watch(desk)
    try:
        one.look()
        assert ("protected-window" in one.partly) is withheld
        assert "source-failed" not in one.partly
    finally:
        one.close()


def test_pictures_without_accessibility() -> None:
    """What changed is looked at once, and nobody says where pictures are."""
    desk, looks = Desk(), Looks()
    one = watch(desk, looks)
    look(one, 4)
    assert [(job.monitor, job.images) for job in looks.jobs] == [(0, None), (1, None)]
    desk.shade = 200
    look(one, 4)
    assert len(looks.jobs) == 4
    one.close()


@pytest.mark.parametrize("looks_before", [1, 2, 3])
def test_what_changed_when_the_badge_went_is_read_when_it_is_back(looks_before: int) -> None:
    """A page that comes in the moment in which the badge is covered is no way past the reading."""
    desk = Desk()
    one = watch(desk)
    look(one, 4)
    desk.jobs.clear()
    desk.shade = 200
    look(one, looks_before)
    desk.badge = False
    look(one, 3)
    desk.jobs.clear()
    desk.badge = True
    look(one, 4)
    assert {job.monitor for job in desk.jobs} == {0, 1}
    assert all(job.region.overlap(Rectangle(40, 60, 200, 30)) is not None for job in desk.jobs)
    one.close()


def test_a_still_screen_is_read_once() -> None:
    """However often it is looked at."""
    desk = Desk(shade=200)
    one = watch(desk)
    look(one, 12)
    assert sorted(job.monitor for job in desk.jobs) == [0, 1]
    assert replace(desk.jobs[0], covered=()).window == PAGE
    one.close()
