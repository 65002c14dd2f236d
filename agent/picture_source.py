"""Pictures of the screen as one source of the watch: the looking in its thread, and what becomes of it."""

from collections.abc import Callable

from agent.picture_pipeline import PicturePipeline
from agent.picture_watch import PictureJob, PictureWatch
from agent.policy import Policy
from agent.ports import Frame, Rectangle, SeenPicture
from agent.screen_text import Look
from engine.image.screen import PictureScreener


class PictureSource:
    """What the agent's loop holds of pictures."""

    def __init__(self, watch: PictureWatch, pipeline: PicturePipeline) -> None:
        """Take both halves."""
        self._watch = watch
        self._pipeline = pipeline

    def see(self, look: Look, told: tuple[Rectangle, ...] | None) -> None:
        """Have what changed looked at. `told`: where accessibility says that pictures are, on the desktop."""
        for frame in look.frames:
            change = look.changes.get(frame.monitor)
            if change is not None and change.regions:
                images = None if told is None else _within(told, frame)
                self.submit(PictureJob(frame.monitor, change.regions, look.frames, look.window, images))

    def take(self, seen: SeenPicture, frames: tuple[Frame, ...]) -> None:
        """Have a picture looked at that need not be on the screen: it stands beside what the screen shows."""
        beside = _beside(seen, frames)
        whole = Rectangle(0, 0, beside.place.width, beside.place.height)
        job = PictureJob(
            beside.monitor, (whole,), (*frames, beside), seen.window, (whole,), seen.source, seen.provenance
        )
        self.submit(job)

    def submit(self, job: PictureJob) -> None:
        """Have what changed looked at."""
        self._watch.submit(job)

    def use(self, screener: Callable[[], PictureScreener], policy: Policy) -> None:
        """Look with another screener from the next picture on, and decide by another policy."""
        self._watch.use(screener)
        self._pipeline.use(policy)

    def collect(self) -> None:
        """Take what was looked at since the last call; its frames show the badge, they were checked before."""
        for looked in self._watch.collect():
            self._pipeline.take(looked)
        self._pipeline.flush()

    @property
    def works(self) -> bool:
        """Whether pictures are looked at."""
        return self._watch.works

    @property
    def busy(self) -> bool:
        """Whether something is still being looked at."""
        return self._watch.busy

    def close(self, *, finish: bool = True) -> None:
        """Stop. What is being looked at is finished; unless `finish`, nothing becomes of it."""
        self._watch.close()
        if finish:
            self.collect()
        self._pipeline.flush(final=True)


def _within(told: tuple[Rectangle, ...], frame: Frame) -> tuple[Rectangle, ...]:
    """Return what of these places a monitor shows, in its frame's own pixels."""
    inside = (place.overlap(frame.place) for place in told)
    return tuple(one.moved(-frame.place.left, -frame.place.top) for one in inside if one is not None)


def _beside(seen: SeenPicture, frames: tuple[Frame, ...]) -> Frame:
    """Return a picture as one more monitor, to the right of all others."""
    height, width = seen.pixels.shape[:2]
    right = max((frame.place.right for frame in frames), default=0)
    number = max((frame.monitor for frame in frames), default=-1) + 1
    return Frame(number, Rectangle(right, 0, width, height), seen.pixels)
