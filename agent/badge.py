"""What the badge looks like, and whether it can be seen: its striped edges are looked for in the grabbed pixels.

The upper and the lower edge are rows of square blocks, amber and navy in turn. Reading the picture that would be
captured, rather than asking the window system, finds a badge that is covered, moved off the screen or faked as open.
"""

from collections.abc import Iterator

import numpy as np

from agent.ports import Frame, Rectangle

BLOCK = 8
"""Edge of a block in pixels."""
BLOCKS = 30
WIDTH, HEIGHT = BLOCK * BLOCKS, 44
AMBER, NAVY = (0xF2, 0xB6, 0x32), (0x24, 0x40, 0x5E)
"""Red, green, blue."""
TOLERANCE = 24
"""How far a channel may be off: displays of 16 bits a pixel and colour filters round."""
MOST_HIDDEN = 3
"""Blocks that may differ: a pointer or a tooltip may touch the badge."""


def visible(place: Rectangle, frames: tuple[Frame, ...]) -> bool:
    """Return whether the badge, said to be at `place` on the desktop, stands in one of these frames."""
    for frame in frames:
        inside = (
            frame.place.left <= place.left
            and frame.place.top <= place.top
            and place.right <= frame.place.right
            and place.bottom <= frame.place.bottom
        )
        if inside:
            return _hidden_blocks(place, frame) <= MOST_HIDDEN
    return False


def _hidden_blocks(place: Rectangle, frame: Frame) -> int:
    left, top = place.left - frame.place.left, place.top - frame.place.top
    expected = np.array(list(block_colours()), np.int16)[:, ::-1]
    across = left + BLOCK // 2 + BLOCK * np.arange(BLOCKS)
    hidden = 0
    for row in (top + BLOCK // 2, top + place.height - BLOCK // 2):
        seen = frame.pixels[row, across, :3].astype(np.int16)
        hidden += int((np.abs(seen - expected).max(axis=1) > TOLERANCE).sum())
    return hidden


def block_colours() -> Iterator[tuple[int, int, int]]:
    """Yield the colours of an edge's blocks, from left to right."""
    for block in range(BLOCKS):
        yield AMBER if block % 2 == 0 else NAVY
