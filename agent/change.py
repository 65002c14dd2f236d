"""What changed on the screen: exact comparison, cheapest first, and whether it has come to rest.

Frames are compared in bands of rows, then in tiles within the bands that differ. A screen where nothing changes costs
one comparison a tick. What changed is read once it is still for a tick, or when it has kept changing for too long.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from agent.ports import Frame, Pixels, Rectangle

TILE = 64
"""Edge of a tile in pixels."""
RESTLESS_TICKS = 4
"""What has changed in so many ticks on end is read although it still moves."""

CARET = 2
"""Pixels that a blinking caret is wide. Some letters are no wider: a place is a caret's once it changes again."""
CARET_HEIGHT = 8
"""Pixels that a caret is high at least; what is smaller is a dot, and counts."""
_CARET_TILES = 2
_MOST_CARETS = 8

Tiles = npt.NDArray[np.bool_]


def changed_tiles(before: Pixels, after: Pixels) -> Tiles:
    """Return which tiles differ, as rows x columns; both pictures have the same shape."""
    height, width = after.shape[:2]
    rows, columns = -(-height // TILE), -(-width // TILE)
    changed = np.zeros((rows, columns), np.bool_)
    if before is after:
        return changed
    old, new = before.view(np.uint32)[..., 0], after.view(np.uint32)[..., 0]
    for row in range(rows):
        band = slice(row * TILE, (row + 1) * TILE)
        if not np.array_equal(old[band], new[band]):
            differs = (old[band] != new[band]).any(axis=0)
            changed[row] = np.logical_or.reduceat(differs, np.arange(0, width, TILE))
    return changed


def thin_place(before: Pixels, after: Pixels, tiles: Tiles) -> Rectangle | None:
    """Return where a thin upright line is all that changed: a caret, or a letter as thin as one. None: more changed."""
    places = np.argwhere(tiles)
    if not 1 <= len(places) <= _CARET_TILES:
        return None
    (top, left), (bottom, right) = places.min(axis=0) * TILE, (places.max(axis=0) + 1) * TILE
    differs = (before[top:bottom, left:right, :3] != after[top:bottom, left:right, :3]).any(axis=2)
    columns, lines = np.flatnonzero(differs.any(axis=0)), np.flatnonzero(differs.any(axis=1))
    if not columns.size:
        return None
    width, height = int(columns[-1] - columns[0]) + 1, int(lines[-1] - lines[0]) + 1
    if width > CARET or height < CARET_HEIGHT:
        return None
    return Rectangle(int(left + columns[0]), int(top + lines[0]), width, height)


def rectangles(tiles: Tiles, frame: Frame) -> list[Rectangle]:
    """Return the rectangles, in the frame's own pixels, that cover neighbouring changed tiles."""
    near = cv2.dilate(tiles.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    height, width = frame.pixels.shape[:2]
    found = []
    for left, top, wide, high, _ in stats[1:count].tolist():
        right, bottom = min((left + wide) * TILE, width), min((top + high) * TILE, height)
        found.append(Rectangle(left * TILE, top * TILE, right - left * TILE, bottom - top * TILE))
    return found


@dataclass(frozen=True, slots=True)
class Changed:
    """What may be read of a frame, in its own pixels; `moving` where some of it has not come to rest."""

    regions: tuple[Rectangle, ...] = ()
    moving: bool = False


@dataclass(slots=True)
class _Monitor:
    pixels: Pixels
    waiting: Tiles
    restless: npt.NDArray[np.int32]
    thin: dict[Rectangle, None] = field(default_factory=dict)
    """Where thin lines changed of late, newest last."""

    def blinks(self, place: Rectangle) -> bool:
        """Return whether a thin line at this place changed before: then it is a caret, which is no reason to read."""
        again = place in self.thin
        self.thin.pop(place, None)
        self.thin[place] = None
        while len(self.thin) > _MOST_CARETS:
            self.thin.pop(next(iter(self.thin)))
        return again


@dataclass(slots=True)
class ChangeDetector:
    """Follows every monitor from tick to tick."""

    _monitors: dict[int, _Monitor] = field(default_factory=dict)

    @property
    def at_rest(self) -> bool:
        """Whether nothing that changed still waits to be read."""
        return not any(one.waiting.any() for one in self._monitors.values())

    def update(self, frame: Frame) -> Changed:
        """Take the next frame of a monitor; return what has changed and may be read now."""
        known = self._monitors.get(frame.monitor)
        if known is None or known.pixels.shape != frame.pixels.shape:
            self._monitors[frame.monitor] = _all_new(frame.pixels)
            return Changed()
        if frame.pixels is known.pixels and not known.waiting.any():
            return Changed()
        changed = changed_tiles(known.pixels, frame.pixels)
        thin = thin_place(known.pixels, frame.pixels, changed)
        if thin is not None and known.blinks(thin):
            changed[...] = False
        known.pixels = frame.pixels
        known.waiting |= changed
        if not known.waiting.any():
            return Changed()
        known.restless = np.where(changed, known.restless + 1, 0)
        ready = known.waiting & (~changed | (known.restless >= RESTLESS_TICKS))
        if changed.any() and not (known.restless >= RESTLESS_TICKS).any() and _belong_together(ready, changed):
            return Changed()  # the page is still being drawn: what stands still already is part of it
        known.waiting &= ~ready
        moving = bool((ready & changed).any())
        known.restless[ready] = 0
        return Changed(tuple(rectangles(ready, frame)), moving) if ready.any() else Changed()


def _all_new(pixels: Pixels) -> _Monitor:
    rows, columns = -(-pixels.shape[0] // TILE), -(-pixels.shape[1] // TILE)
    return _Monitor(pixels, np.ones((rows, columns), np.bool_), np.zeros((rows, columns), np.int32))


def _belong_together(ready: Tiles, changed: Tiles) -> bool:
    near = cv2.dilate(changed.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    return bool((near & ready).any())
