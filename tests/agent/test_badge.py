"""Whether the badge can be seen is read off the pixels."""

from itertools import pairwise

import numpy as np
import pytest

from agent.badge import BLOCK, BLOCKS, HEIGHT, MOST_HIDDEN, WIDTH, block_colours, visible
from agent.ports import Frame, Pixels, Rectangle

PLACE = Rectangle(-300, 50, WIDTH, HEIGHT)
"""On a monitor to the left of the first one."""


def screen(*, with_badge: bool = True) -> Pixels:
    pixels = np.full((200, 500, 4), 90, np.uint8)
    if with_badge:
        left, top = PLACE.left + 500, PLACE.top
        pixels[top : top + HEIGHT, left : left + WIDTH, :3] = (0x5E, 0x40, 0x24)
        for block, colour in enumerate(block_colours()):
            for row in (top, top + HEIGHT - BLOCK):
                pixels[row : row + BLOCK, left + block * BLOCK : left + (block + 1) * BLOCK, :3] = colour[::-1]
    return pixels


def frames(pixels: Pixels) -> tuple[Frame, ...]:
    return (
        Frame(0, Rectangle(0, 0, 640, 480), np.zeros((480, 640, 4), np.uint8)),
        Frame(1, Rectangle(-500, 0, 500, 200), pixels),
    )


def test_it_is_found_where_it_is() -> None:
    """On a second monitor with negative coordinates, too."""
    assert visible(PLACE, frames(screen()))


def test_it_is_not_found_where_it_is_not() -> None:
    """A plain screen, a place off by a block, a place outside all monitors."""
    assert not visible(PLACE, frames(screen(with_badge=False)))
    assert not visible(Rectangle(PLACE.left + BLOCK, PLACE.top, WIDTH, HEIGHT), frames(screen()))
    assert not visible(Rectangle(9000, 50, WIDTH, HEIGHT), frames(screen()))
    assert not visible(Rectangle(-100, 50, WIDTH, HEIGHT), frames(screen()))


@pytest.mark.parametrize(("blocks", "seen"), [(MOST_HIDDEN // 2, True), (MOST_HIDDEN, False), (BLOCKS, False)])
def test_a_pointer_may_touch_it_a_window_may_not_cover_it(blocks: int, seen: bool) -> None:
    """Each covered block counts in the upper and in the lower edge."""
    pixels = screen()
    left = PLACE.left + 500
    pixels[PLACE.top : PLACE.top + HEIGHT, left : left + blocks * BLOCK] = 255
    assert visible(PLACE, frames(pixels)) is seen


def test_neighbouring_blocks_differ() -> None:
    """Otherwise a plain bar would pass for the badge."""
    assert all(max(abs(a - b) for a, b in zip(*pair, strict=True)) > 100 for pair in pairwise(block_colours()))
