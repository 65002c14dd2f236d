"""One look at the screen after the other: badge first, then what changed, then what was read from it."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.change import RESTLESS_TICKS, ChangeDetector
from agent.exclusions import Exclusions
from agent.frames_around import FramesAround
from agent.known_files import KnownFilePipeline
from agent.picture_hashes import SCREEN_PICTURE
from agent.picture_source import PictureSource
from agent.pipeline import SCREEN_TEXT, WINDOW_TITLE
from agent.ports import Badge, Frame, Given, Scene, Screen, Seen, SeenFile, SeenPicture, WindowInfo, Windows
from agent.roster import Roster
from agent.screen_text import Look, ScreenText
from agent.screening import Screening
from agent.signs.sign import Sign

ASKED_ANEW = 4
"""Looks at a screen on which nothing is drawn after which the window in focus is asked for again."""


@dataclass(slots=True)
class _Still:
    """What was found in frames that the screen gives again and again while nothing is drawn."""

    grabbed: tuple[Frame, ...] = ()
    looks: int = 0
    key: tuple[int, WindowInfo, int] | None = None
    masked: tuple[Frame, ...] = ()

    def holds(self, grabbed: tuple[Frame, ...]) -> bool:
        """Return whether the window in focus need not be asked for: nothing was drawn, and it was asked of late."""
        self.looks = self.looks + 1 if grabbed is self.grabbed else 0
        self.grabbed = grabbed
        return self.looks % ASKED_ANEW != 0


class Watch:
    """The watching itself. It sees nothing while the badge cannot be seen."""

    def __init__(
        self,
        screen: Screen,
        windows: Windows,
        notice: Badge,
        text: ScreenText,
        roster: Roster,
        exclusions: Exclusions,
        pipeline: Screening,
        pictures: PictureSource | None = None,
        around: FramesAround | None = None,
        files: KnownFilePipeline | None = None,
    ) -> None:
        """Take what the world is seen through; `pictures` is None where the authority does not permit them."""
        self._files = files
        self._around = around
        self._text = text
        self._exclusions = exclusions
        self._roster = roster
        self._screen = screen
        self._windows = windows
        self._notice = notice
        self._pipeline = pipeline
        self._pictures = pictures
        self._changes = ChangeDetector()
        self._last_window = WindowInfo()
        self._still = _Still()
        self._title_ticks: int | None = None
        self._withheld = False

    def look(self) -> bool:
        """Look once; return whether the badge could be seen. Raises PlatformError."""
        frames = self._screen.grab()
        badge = self._notice.visible_in(frames)
        if badge:
            self._observe(frames)
        else:
            self.pause()
        self._text.collect()
        if self._pictures is not None:
            self._pictures.collect()
        return badge

    def pause(self) -> None:
        """Let go of every source: nothing may be watched now."""
        self._roster.pause()
        self._text.pause()
        self._changes = ChangeDetector()  # what was dropped now is read when the watching goes on
        if self._around is not None:
            self._around.settle()

    @property
    def seeing(self) -> frozenset[str]:
        """Sources that can see while the badge can be seen."""
        own = {
            WINDOW_TITLE: True,
            SCREEN_TEXT: self._text.works,
            SCREEN_PICTURE: self._pictures is not None and self._pictures.works,
        }
        working = {name for name, health in self._roster.health.items() if health.works}
        return frozenset(working) | {name for name, works in own.items() if works and self._pipeline.allows(name)}

    @property
    def failing(self) -> Mapping[str, str]:
        """Sources that are permitted and cannot see, and why not, where that is known."""
        found = {name: health.reason for name, health in self._roster.health.items() if not health.works}
        if self._pipeline.allows(SCREEN_TEXT) and not self._text.works:
            found[SCREEN_TEXT] = ""
        if self._pictures is not None and not self._pictures.works:
            found[SCREEN_PICTURE] = ""
        return found

    @property
    def partly(self) -> frozenset[str]:
        """Why not all can be seen although the badge can, as coverage records spell it."""
        reasons = {"source-failed": bool(self.failing), "protected-window": self._withheld}
        return frozenset(reason for reason, holds in reasons.items() if holds)

    @property
    def busy(self) -> bool:
        """Whether something that was seen is still being read."""
        return self._text.busy or (self._pictures is not None and self._pictures.busy)

    @property
    def unread(self) -> int:
        """Places on the screen that were let go unread since the start: more changed than can be read from pixels."""
        return self._text.unread

    def close(self, *, finish: bool = True) -> None:
        """Give screen, windows and the reading process back.

        Unless `finish`, a picture that is being looked at is let go: what comes of it could not be captured any more.
        """
        self._roster.close()
        if self._files is not None:
            self._files.flush(final=True)
        if self._pictures is not None:
            self._pictures.close(finish=finish)
        self._text.close()
        self._windows.close()
        self._screen.close()

    def _observe(self, grabbed: tuple[Frame, ...]) -> None:
        window = self._last_window if self._still.holds(grabbed) else self._windows.focused()
        frames = self._masked(grabbed, window)
        self._withheld = window.withheld
        if window != self._last_window:
            self._last_window, self._title_ticks = window, 0
        if self._around is not None:
            self._around.look(frames)
        changes = {frame.monitor: self._changes.update(frame) for frame in frames}
        changed = {monitor: change for monitor, change in changes.items() if change.regions}
        look = Look(frames, changed, window)
        if self._pipeline.allows(SCREEN_TEXT):
            self._text.look(look)  # what it learns of pictures comes along
        elif self._pictures is not None:
            self._pictures.see(look, None)
        self._screen_title(window, frames)
        for given in self._roster.poll(Scene(window, frames)):
            self._take(given, frames)
        if self._files is not None:
            self._files.flush()

    def _take(self, given: Given, frames: tuple[Frame, ...]) -> None:
        match given:
            case Seen():
                self._pipeline.see(given, frames)
            case SeenPicture():
                if self._pictures is not None:
                    self._pictures.take(given, frames)
            case SeenFile():
                if self._files is not None:
                    self._files.take(given, frames)
            case Sign():
                self._pipeline.tell(given)

    def _masked(self, grabbed: tuple[Frame, ...], window: WindowInfo) -> tuple[Frame, ...]:
        """Return the frames without excluded windows; the same as before where nothing can have changed."""
        key = (id(grabbed), window, self._exclusions.version)
        if key != self._still.key:
            self._still.key, self._still.masked = key, self._exclusions.mask(grabbed)
        return self._still.masked

    def _screen_title(self, window: WindowInfo, frames: tuple[Frame, ...]) -> None:
        """A title stands before its page is drawn: it waits until the screen is at rest, so that the picture fits."""
        if self._title_ticks is None:
            return
        self._title_ticks += 1
        if self._changes.at_rest or self._title_ticks > RESTLESS_TICKS:
            self._title_ticks = None
            self._pipeline.title(window, frames)
