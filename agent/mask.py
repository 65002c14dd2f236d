"""Takes away what must not be stored: excluded windows, and where the policy says so everything but the match. Pure."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from agent.ports import Frame, Pixels, Rectangle, WindowInfo

GREY = 128
"""What stands where something was masked, in each channel."""
_STRIPE = 24
"""A dark line every so many rows, so that a reader sees a mask and not a grey window."""


def masked(
    frames: Sequence[Frame], shown: Sequence[WindowInfo], excluded: Callable[[WindowInfo], bool]
) -> tuple[Frame, ...]:
    """Return the frames with excluded windows painted over; what lies on top of them stays. `shown`: lowest first."""
    if not any(one.place is not None and excluded(one) for one in shown):
        return tuple(frames)
    return tuple(_masked(frame, shown, excluded) for frame in frames)


def _masked(frame: Frame, shown: Sequence[WindowInfo], excluded: Callable[[WindowInfo], bool]) -> Frame:
    hidden = np.zeros(frame.pixels.shape[:2], np.bool_)
    for window in shown:
        inside = None if window.place is None else window.place.overlap(frame.place)
        if inside is not None:
            here = inside.moved(-frame.place.left, -frame.place.top)
            hidden[here.top : here.bottom, here.left : here.right] = excluded(window)
    return Frame(frame.monitor, frame.place, _painted(frame.pixels, hidden)) if hidden.any() else frame


def _painted(pixels: Pixels, hidden: npt.NDArray[np.bool_]) -> Pixels:
    changed = pixels.copy()
    changed[hidden] = GREY
    stripes = np.zeros_like(hidden)
    stripes[::_STRIPE] = True
    changed[hidden & stripes] = GREY // 2
    return changed


def cut_to(frames: Sequence[Frame], place: Rectangle | None) -> tuple[Frame, ...]:
    """Return only what of the frames lies inside a window; all of them where its place is not known."""
    if place is None:
        return tuple(frames)
    found = []
    for frame in frames:
        inside = place.overlap(frame.place)
        if inside is not None:
            here = inside.moved(-frame.place.left, -frame.place.top)
            part = np.ascontiguousarray(frame.pixels[here.top : here.bottom, here.left : here.right])
            found.append(Frame(frame.monitor, inside, part))
    return tuple(found) or tuple(frames)
