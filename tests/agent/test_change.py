"""Change on the screen: exact, and every change is read in the end."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.change import RESTLESS_TICKS, TILE, Changed, ChangeDetector, changed_tiles
from agent.ports import Frame, Pixels, Rectangle

SIZES = st.tuples(st.integers(1, 4 * TILE), st.integers(1, 4 * TILE))


def blank(height: int, width: int) -> Pixels:
    return np.zeros((height, width, 4), np.uint8)


def frame(pixels: Pixels) -> Frame:
    return Frame(0, Rectangle(0, 0, pixels.shape[1], pixels.shape[0]), pixels)


def covered(found: list[Rectangle], row: int, column: int) -> bool:
    return any(one.top <= row < one.bottom and one.left <= column < one.right for one in found)


@given(size=SIZES, data=st.data())
@settings(deadline=None, max_examples=60)
def test_tiles_are_exactly_those_with_a_changed_pixel(size: tuple[int, int], data: st.DataObject) -> None:
    """Against the obvious way of finding them."""
    before, after = blank(*size), blank(*size)
    points = data.draw(st.lists(st.tuples(st.integers(0, size[0] - 1), st.integers(0, size[1] - 1)), max_size=4))
    for row, column in points:
        after[row, column, data.draw(st.integers(0, 3))] ^= 1
    expected = {
        (row // TILE, column // TILE) for row, column in zip(*np.nonzero((before != after).any(axis=2)), strict=True)
    }
    assert {tuple(map(int, one)) for one in np.argwhere(changed_tiles(before, after))} == expected


@given(size=SIZES, data=st.data())
@settings(deadline=None, max_examples=60)
def test_a_change_that_rests_is_read_once(size: tuple[int, int], data: st.DataObject) -> None:
    """One pixel that changes and stays is inside what is returned, and then nothing more is."""
    detector = settled(blank(*size))
    changed = blank(*size)
    row, column = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
    changed[row, column] = 200
    found = [one for _ in range(3) for one in detector.update(frame(changed.copy())).regions]
    assert covered(found, row, column)
    assert all(0 <= one.left < one.right <= size[1] and 0 <= one.top < one.bottom <= size[0] for one in found)
    assert detector.at_rest
    assert detector.update(frame(changed)).regions == ()


def settled(pixels: Pixels) -> ChangeDetector:
    detector = ChangeDetector()
    for _ in range(3):
        detector.update(frame(pixels.copy()))
    assert detector.at_rest
    return detector


def test_the_first_picture_is_read_whole() -> None:
    """Everything is new at the start."""
    detector = ChangeDetector()
    pixels = blank(100, 300)
    assert detector.update(frame(pixels)).regions == ()
    assert detector.update(frame(pixels.copy())) == Changed((Rectangle(0, 0, 300, 100),))


def test_what_never_rests_is_read_all_the_same() -> None:
    """A video does not hide the words that stand in it."""
    detector = settled(blank(TILE, TILE))
    reads = 0
    for tick in range(4 * RESTLESS_TICKS):
        pixels = blank(TILE, TILE)
        pixels[...] = tick + 1
        reads += detector.update(frame(pixels)).moving
    assert reads >= 3


def test_another_size_starts_anew() -> None:
    """A monitor that changes its resolution is read whole."""
    detector = settled(blank(100, 100))
    detector.update(frame(blank(120, 100)))
    assert detector.update(frame(blank(120, 100))).regions == (Rectangle(0, 0, 100, 120),)


def test_a_blinking_caret_is_read_once_and_a_letter_always() -> None:
    """A line of one pixel that comes and goes is read when it first comes; a letter of three pixels is read too."""
    detector = settled(blank(200, 200))
    reads = 0
    for tick in range(12):
        pixels = blank(200, 200)
        pixels[90:110, 63] = 255 * (tick % 2)
        reads += bool(detector.update(frame(pixels.copy())).regions)
    assert reads == 1
    pixels[90:104, 70:73] = 255
    assert [detector.update(frame(pixels.copy())).regions != () for _ in range(2)] == [False, True]


def test_letters_as_thin_as_a_caret_are_read() -> None:
    """One of them after the other, while the caret is dark: each place is new."""
    detector = settled(blank(200, 200))
    pixels = blank(200, 200)
    for across in range(20, 180, 4):
        pixels[90:104, across : across + 2] = 255
        found = [detector.update(frame(pixels.copy())).regions for _ in range(2)]
        assert covered([one for regions in found for one in regions], 95, across), across
