"""Looks at the pictures on the screen in a thread of its own: newest first, what was not begun is merged.

The frames that were looked at travel with the job, so that what is captured is what was seen.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent.ports import Frame, Rectangle, WindowInfo
from engine.image.detect import find_regions
from engine.image.regions import Region
from engine.image.screen import Look, PictureScreener
from engine.observation import Provenance
from engine.verdict import Verdict

SCREEN = "screen-picture"
"""The source of a job whose pictures are on the screen."""
MOST_WAITING = 16
"""Jobs that wait; of pictures that were copied faster than they can be looked at, the last count."""
_SAME = 0.8
PLAYING_LOOKS = 3
"""A picture whose place changed in so many looks on end is a video that plays."""
_NOTHING = Look(Verdict((), ()), ())


@dataclass(frozen=True, slots=True)
class PictureJob:
    """What changed in one frame, with everything that was seen at the same moment."""

    monitor: int
    changed: tuple[Rectangle, ...]
    """In the frame's own pixels."""
    frames: tuple[Frame, ...] = field(repr=False)
    window: WindowInfo
    images: tuple[Rectangle, ...] | None = None
    """Where accessibility says that pictures are; None where it does not say."""
    source: str = SCREEN
    provenance: Provenance = Provenance.VISIBLE_WINDOW


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A job with what was found. `problem` names what went wrong, with nothing observed; empty where nothing did."""

    job: PictureJob
    look: Look
    playing: bool
    """Whether the pictures found belong to a video that plays."""
    problem: str = ""


class PictureWatch:
    """The looking as seen by the agent's loop."""

    def __init__(self, screener: Callable[[], PictureScreener]) -> None:
        """Take a maker of screeners: the one that is used is made, and used, in the thread."""
        self._make = screener
        self._results: queue.SimpleQueue[LookedAt] = queue.SimpleQueue()
        self._waiting: dict[object, PictureJob] = {}
        self._changed = threading.Condition()
        self._working = False
        self._closed = False
        self._stale = False
        self._works = True
        self._thread = threading.Thread(target=self._work, name="pictures", daemon=True)
        self._thread.start()

    def submit(self, job: PictureJob) -> None:
        """Ask for what changed to be looked at. A waiting job of the same monitor is merged into this newer one.

        Pictures that are not on the screen are looked at one by one.
        """
        with self._changed:
            key: object = job.monitor if job.source == SCREEN else object()
            older = self._waiting.pop(key, None)
            if older is not None:
                changed = tuple(dict.fromkeys(older.changed + job.changed))
                job = PictureJob(job.monitor, changed, job.frames, job.window, job.images)
            self._waiting[key] = job
            while len(self._waiting) > MOST_WAITING:
                self._waiting.pop(next(iter(self._waiting)))
            self._changed.notify()

    def use(self, screener: Callable[[], PictureScreener]) -> None:
        """Look with another screener from the next picture on; it is made in the thread."""
        with self._changed:
            self._make, self._stale = screener, True

    def collect(self) -> list[LookedAt]:
        """Return what was looked at since the last call, without waiting."""
        found = []
        while not self._results.empty():
            found.append(self._results.get())
        return found

    @property
    def busy(self) -> bool:
        """Whether anything is being looked at, waits for it, or was not collected."""
        with self._changed:
            return self._working or bool(self._waiting) or not self._results.empty()

    def close(self) -> None:
        """Stop the thread once it has finished what it does."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    @property
    def works(self) -> bool:
        """Whether there is a screener: one that cannot be made looks at nothing."""
        return self._works

    def _work(self) -> None:
        screener = self._made(None)
        players: dict[int, Players] = {}
        while (job := self._next()) is not None:
            if self._stale:
                self._stale = False
                screener = self._made(screener)
            self._results.put(_tried(job, screener, _players_of(job, players)))
            with self._changed:
                self._working = False

    def _made(self, before: PictureScreener | None) -> PictureScreener | None:
        """Return a new screener, or the one before where none can be made."""
        try:
            made: PictureScreener | None = self._make()
        except Exception:  # noqa: BLE001  (words are screened all the same; `works` and the next look say it)
            made = before
        self._works = made is not None
        return made

    def _next(self) -> PictureJob | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            self._working = True
            return self._waiting.pop(next(iter(self._waiting)))


@dataclass(slots=True)
class Players:
    """Remembers which places changed in each of the last looks: videos do, and what is scrolled or opened does not."""

    _runs: list[tuple[Region, int]] = field(default_factory=list)

    def update(self, regions: list[Region]) -> None:
        """Take the places that changed."""
        before, self._runs = self._runs, []
        for region in regions:
            run = max((count for other, count in before if region.overlap(other) > _SAME), default=0)
            self._runs.append((region, run + 1))

    def playing(self, region: Region) -> bool:
        """Return whether a video plays there."""
        return any(count >= PLAYING_LOOKS and region.overlap(other) > _SAME for other, count in self._runs)


def _players_of(job: PictureJob, players: dict[int, Players]) -> Players:
    """Return what is known of a monitor; a picture that is not on the screen plays nowhere."""
    return players.setdefault(job.monitor, Players()) if job.source == SCREEN else Players()


def _tried(job: PictureJob, screener: PictureScreener | None, players: Players) -> LookedAt:
    """Look at pictures; what goes wrong, whatever it is, is said in the result."""
    if screener is None:
        return LookedAt(job, _NOTHING, False, "no screener")
    try:
        return look_at(job, screener, players)
    except Exception as problem:  # noqa: BLE001  (a picture that cannot be looked at does not end the looking)
        return LookedAt(job, _NOTHING, False, type(problem).__name__)


def look_at(job: PictureJob, screener: PictureScreener, players: Players) -> LookedAt:
    """Screen the pictures that changed; raises EngineError."""
    frame = next(one for one in job.frames if one.monitor == job.monitor)
    regions = [region for region in _pictures(frame, job) if _touches(region, job.changed)]
    players.update(regions)
    look = screener.look(frame.pixels, regions)
    places = (one.place for one in look.verdict.findings)
    playing = any(players.playing(Region(*place)) for place in places if place is not None)
    return LookedAt(job, look, playing)


def _pictures(frame: Frame, job: PictureJob) -> Iterator[Region]:
    """Yield where pictures are: accessibility's places first, then what only the eye finds."""
    told = [Region(one.left, one.top, one.width, one.height) for one in job.images or ()]
    yield from told
    for region in find_regions(frame.pixels):
        if not any(region.overlap(other) > _SAME for other in told):
            yield region


def _touches(region: Region, changed: tuple[Rectangle, ...]) -> bool:
    return any(
        region.left < one.right and one.left < region.right and region.top < one.bottom and one.top < region.bottom
        for one in changed
    )
