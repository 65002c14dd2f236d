"""Reads what changed on the screen: by accessibility first, and from pixels what accessibility does not say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from agent.accessible import Joined, Piece, WindowText, join
from agent.change import Changed
from agent.covering import Stack
from agent.exclusions import Exclusions
from agent.ports import Clock, Frame, Rectangle, Seen, WindowInfo, Windows
from agent.quarantine import Quarantine
from agent.reading import Job, Reader
from agent.screening import Screening
from agent.tree_reader import Told, TreeReader
from agent.unread import unread
from engine.observation import Provenance

PATIENCE = 2.0
"""Seconds after which the pixels are read although accessibility has not answered."""
CONFIRM = 1.0
"""Seconds after a reading in which it is made again: programs draw first and tell accessibility a little later."""
BREATH = 3.0
"""What moves without rest is read from pixels at most for one part of its time in so many."""
LONGEST_PAUSE = 2.0
"""Seconds that a place which changes without saying anything new waits at most: a clock, a spinner, an animation."""
_DULL = 2
_MOST_DULL = 256
_MOST_WINDOWS = 64


@dataclass(frozen=True, slots=True)
class Look:
    """What changed, and everything seen at that moment."""

    frames: tuple[Frame, ...] = field(repr=False)
    changes: Mapping[int, Changed]
    """By monitor."""
    window: WindowInfo
    """The window in focus."""


class ScreenText:
    """The words on the screen. Ask it at each look, with what changed."""

    def __init__(
        self,
        reader: Reader,
        tree: Quarantine[TreeReader] | None,
        windows: Windows,
        exclusions: Exclusions,
        pipeline: Screening,
        clock: Clock,
        pictures: Callable[[Look, tuple[Rectangle, ...] | None], None] = lambda *_: None,
    ) -> None:
        """Take the OCR process, accessibility where there is one, what is excluded, and where the words go.

        `pictures` hears of every look with changes, and where accessibility says that pictures are, on the desktop;
        None where it does not say.
        """
        self._pictures = pictures
        self._exclusions = exclusions
        self._reader, self._tree, self._windows, self._pipeline, self._clock = reader, tree, windows, pipeline, clock
        self._waiting: Look | None = None
        self._asked: Look | None = None
        self._deadline = 0.0
        self._confirm_at: float | None = None
        self._known: dict[tuple[object, ...], frozenset[int]] = {}
        self._dull: dict[tuple[int, Rectangle], int] = {}
        self._due = 0.0
        self._moving_from = 0.0

    def look(self, look: Look) -> None:
        """Take the next look; its frames show the badge. Nothing waits here."""
        if look.changes:
            due = self._now() + self._pause(look)
            self._due = due if self._waiting is None else min(self._due, due)
            self._waiting = look if self._waiting is None else _merged(self._waiting, look)
        self._take_answers(look)
        self._ask(look)

    def collect(self) -> None:
        """Take what the OCR process has read since the last call. Its frames showed the badge when they were taken."""
        for found in self._reader.collect():
            self._pipeline.read(found)

    def pause(self) -> None:
        """Drop what accessibility was asked: its answer would tell of a moment in which nothing may be watched."""
        if self._tree is not None and (self._asked is not None or self._confirm_at is not None):
            self._tree.close()
        self._waiting = self._asked = self._confirm_at = None

    @property
    def busy(self) -> bool:
        """Whether something that was seen is still being read."""
        return self._reader.busy or self._asked is not None or self._waiting is not None

    @property
    def unread(self) -> int:
        """Places that were let go unread: more changed than can be read from pixels."""
        return self._reader.unread

    @property
    def works(self) -> bool:
        """Whether words on the screen are read, by accessibility or from pixels."""
        return self._reader.works or (self._tree is not None and self._tree.health.works)

    def close(self) -> None:
        """Give everything back."""
        if self._tree is not None:
            self._tree.close()
        self._reader.close()

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9

    # --- accessibility ---

    def _take_answers(self, look: Look) -> None:
        if self._asked is None or self._tree is None:
            return
        nothing: list[Told] | None = None
        told = self._tree.use(TreeReader.collect, nothing)
        if told:
            asked, self._asked = self._asked, None
            self._told(told[-1], asked, look)
        elif told is None or self._now() > self._deadline:
            asked, self._asked = self._asked, None
            self._read_untold(asked)

    def _ask(self, look: Look) -> None:
        if self._asked is not None:
            return
        confirm = self._confirm_at is not None and self._now() >= self._confirm_at
        if (self._waiting is None or self._now() < self._due) and not confirm:
            return
        wanted, self._waiting = self._waiting or replace(look, changes={}), None
        self._confirm_at = None
        if self._tree is not None and self._tree.use(TreeReader.ask, False):
            self._asked, self._deadline = wanted, self._now() + PATIENCE
            if wanted.changes:
                self._confirm_at = self._now() + CONFIRM
        else:
            self._read_untold(wanted)

    def _read_untold(self, look: Look) -> None:
        """Read all from pixels: accessibility did not answer, or there is none."""
        if look.changes:
            self._pictures(look, None)
        self._read_pixels(look, ())

    def _told(self, told: Told, asked: Look, look: Look) -> None:
        shown = self._windows.shown()
        stack = Stack(shown)
        self._pipeline.private.tell(window.window.title for window in told.windows)
        for window in told.windows:
            self._exclusions.learn(window.window, window.url)
        # What was grabbed before the address was known is masked now, before anything is read or kept of it.
        asked = replace(asked, frames=self._exclusions.mask(asked.frames, shown))
        look = replace(look, frames=self._exclusions.mask(look.frames, shown))
        if asked.changes:
            self._pictures(asked, _shown_pictures(told, stack))
        covered: list[Rectangle] = []
        news = False
        for window in told.windows:
            pieces = [piece for piece in window.pieces if not stack.hides(piece.place, window.window)]
            covered += [piece.place for piece in pieces]
            news = self._see(replace(window, pieces=tuple(pieces)), stack, look) or news
        self._learn_dull(asked, news=news)
        self._read_pixels(asked, tuple(covered), stack)

    def _pause(self, look: Look) -> float:
        """Return how long a look may wait: where a place changes again and again and says nothing new, ever longer."""
        changed = [(monitor, region) for monitor, change in look.changes.items() for region in change.regions]
        least = min(self._dull.get(one, 0) for one in changed)
        return 0.0 if least < _DULL else min(LONGEST_PAUSE, 0.25 * 2 ** (least - _DULL))

    def _learn_dull(self, asked: Look, *, news: bool) -> None:
        for monitor, change in asked.changes.items():
            for region in change.regions:
                count = 0 if news else self._dull.pop((monitor, region), 0) + 1
                self._dull[monitor, region] = count
        while len(self._dull) > _MOST_DULL:
            self._dull.pop(next(iter(self._dull)))

    def _see(self, told: WindowText, stack: Stack, look: Look) -> bool:
        """Give on what a window says that it did not say before, the rest as context; return whether there was any."""
        in_focus = stack.is_focused(told.window, look.window)
        window = look.window if in_focus else stack.named(told.window)
        if told.window.title is not None:  # menus and pop-ups have none, and are not another window
            self._pipeline.private.learn(window, told.window.title)
        key = (told.window.process, told.window.title or told.window.place, window.title)
        known = self._known.pop(key, frozenset())
        self._known[key] = frozenset(hash(piece.text) for piece in told.pieces)
        while len(self._known) > _MOST_WINDOWS:
            self._known.pop(next(iter(self._known)))
        joined = join(told.pieces)
        fresh = _fresh(told.pieces, joined, known)
        if fresh:
            provenance = Provenance.FOCUSED_WINDOW if in_focus else Provenance.VISIBLE_WINDOW
            monitor = _monitor_of(window.place, look.frames)
            seen = Seen(joined.text, "accessibility", provenance, window, told.url, monitor, fresh)
            self._pipeline.see(seen, look.frames)
        return bool(fresh)

    # --- pixels ---

    def _read_pixels(self, look: Look, covered: tuple[Rectangle, ...], stack: Stack | None = None) -> None:
        """Have the OCR process read what nobody told. What keeps moving must not keep it busy without end."""
        stack = Stack(self._windows.shown()) if stack is None else stack
        for frame in look.frames:
            changed = look.changes.get(frame.monitor, Changed())
            if changed.moving and (self._reader.busy or self._now() < self._moving_from):
                continue
            here = tuple(one.moved(-frame.place.left, -frame.place.top) for one in covered)
            for region in unread(frame, changed.regions, here):
                place = region.moved(frame.place.left, frame.place.top)
                window = stack.window_at(place, look.window)
                job = Job(frame.monitor, region, look.frames, window, here, focused=window == look.window)
                self._reader.submit(job)
            if changed.moving:
                self._moving_from = self._now() + BREATH


def _shown_pictures(told: Told, stack: Stack) -> tuple[Rectangle, ...]:
    places = ((place, window.window) for window in told.windows for place in window.pictures)
    return tuple(place for place, window in places if not stack.hides(place, window))


def _merged(older: Look, newer: Look) -> Look:
    changes = dict(older.changes)
    for monitor, change in newer.changes.items():
        before = changes.get(monitor, Changed())
        regions = tuple(dict.fromkeys((*before.regions, *change.regions)))
        changes[monitor] = Changed(regions, change.moving)
    return replace(newer, changes=changes)


def _fresh(pieces: tuple[Piece, ...], joined: Joined, known: frozenset[int]) -> tuple[tuple[int, int], ...]:
    return tuple(
        place
        for piece, place in zip(pieces, joined.places, strict=True)
        if piece.text and hash(piece.text) not in known
    )


def _monitor_of(place: Rectangle | None, frames: tuple[Frame, ...]) -> int | None:
    """Return the monitor that shows most of a window."""
    if place is None or not frames:
        return None
    shares = [(frame.place.overlap(place), frame.monitor) for frame in frames]
    most = max(shares, key=lambda one: 0 if one[0] is None else one[0].width * one[0].height)
    return None if most[0] is None else most[1]
