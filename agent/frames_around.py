"""Gives captures the frames before them, out of the ring, and the frames after them, for which their seal waits.

A capture that waits is sealed and on the disk already: killed meanwhile, it is in the record without the frames after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.exclusions import Exclusions
from agent.pictures import MEDIA_TYPE
from agent.policy import Policy
from agent.ports import Clock, Frame, Windows
from agent.recorder import Recorder
from agent.ring import FrameRing, SmallFrame, Unsettled, small_frames, unsettled
from evidence.envelope import Part
from evidence.record import META, CaptureRecord, FrameRecord

AFTER = (2, 5, 10)
"""Seconds after a capture at which its frames after are taken."""


@dataclass(slots=True)
class _Open:
    """A capture that waits for frames after it."""

    parts: list[Part]
    at: float
    wanted: int
    taken: int = 0
    waiting: Unsettled | None = None


class FramesAround:
    """Stands between the pipelines and the recorder. Call `look` at each look at which the badge can be seen."""

    def __init__(
        self, recorder: Recorder, policy: Policy, exclusions: Exclusions, windows: Windows, clock: Clock
    ) -> None:
        """Take what seals, how many frames the case wants, and what must not be in them."""
        self._recorder, self._policy, self._clock = recorder, policy, clock
        self._exclusions, self._windows = exclusions, windows
        self._ring = FrameRing(exclusions, windows)
        self._open: _Open | None = None

    def use(self, policy: Policy) -> None:
        """Go by another policy from now on; what the one before let be kept is forgotten."""
        self._policy = policy
        self._ring.clear()

    def look(self, frames: tuple[Frame, ...]) -> None:
        """Take what the screen shows now, without excluded windows."""
        if self._policy.before:
            self._ring.look(frames, self._now())
        if self._open is not None:
            self._take_after(self._open, frames)

    def capture(self, parts: Sequence[Part], frames: Sequence[Frame], *, severity: int, group: str) -> bool:
        """Seal a capture of these frames, with those before it; return whether it is on the disk."""
        before = self._ring.before(frames, self._now(), self._policy.before) if self._policy.before else []
        whole = with_frames(parts, [(-age, small) for age, small in before], "before")
        wanted = min(self._policy.after, len(AFTER)) if frames else 0
        done = self._recorder.capture(whole, severity=severity, group=group, hold=wanted > 0)
        self._open = _Open(whole, self._now(), wanted) if self._recorder.holds else None
        return done

    def settle(self) -> None:
        """Wait for no more frames: what is open gets its place in the record as it is."""
        self._open = None
        self._recorder.settle()

    def _take_after(self, found: _Open, frames: tuple[Frame, ...]) -> None:
        if not self._recorder.holds:  # another record came, and took the next place in the chain
            self._open = None
            return
        now = self._now()
        if found.waiting is None and now - found.at >= AFTER[found.taken]:
            found.waiting = unsettled(frames, self._exclusions, self._windows, now)
        if found.waiting is None or not (found.waiting.settled(now) or not self._exclusions.any):
            return
        seconds = max(1, round(found.waiting.at - found.at))
        found.parts = with_frames(found.parts, [(seconds, small_frames(found.waiting, self._exclusions))], "after")
        found.taken, found.waiting = found.taken + 1, None
        if found.taken == found.wanted:
            self._open = None
            self._recorder.complete(found.parts)

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def with_frames(parts: Sequence[Part], screens: Sequence[tuple[int, tuple[SmallFrame, ...]]], name: str) -> list[Part]:
    """Return the parts of a capture with more frames: screens with their seconds, as parts `name-0`, `name-1`, …"""
    if not screens:
        return list(parts)
    record = CaptureRecord.from_bytes(parts[0].data)
    first = sum(one.part.startswith(f"{name}-") for one in record.frames)
    flat = [(seconds, one) for seconds, small in screens for one in small]
    told = tuple(_told(f"{name}-{first + number}", seconds, one) for number, (seconds, one) in enumerate(flat))
    frames = (*record.frames, *told)
    more = [Part(frame.part, one.picture.data) for frame, (_, one) in zip(told, flat, strict=True)]
    return [Part(META, replace(record, frames=frames).to_bytes()), *parts[1:], *more]


def _told(part: str, seconds: int, one: SmallFrame) -> FrameRecord:
    place, picture = one.place, one.picture
    return FrameRecord(part, one.monitor, place.left, place.top, picture.width, picture.height, MEDIA_TYPE, seconds)
