"""Lines that were read are not read again in their window, wherever they are; everything new is."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lines import KEPT, LEAST_HEIGHT, Grey, LineMemory, lines

WORDS = ["where to buy", "a quiet garden", "trains to the coast", "recipes for soup", "letters of the week", "gun"]


def page(*texts: str, scrolled: int = 0) -> Grey:
    """Return lines of writing 40 pixels apart, moved up by some pixels."""
    paper = np.full((400, 600), 255, np.uint8)
    for number, text in enumerate(texts):
        cv2.putText(paper, text, (20, 40 + 40 * number - scrolled), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    return paper


def ink(picture: Grey, number: int, scrolled: int = 0) -> bool:
    return bool((picture[40 * number + 20 - scrolled : 40 * number + 48 - scrolled] < 150).any())


def test_a_page_is_read_once_also_when_it_is_scrolled() -> None:
    """By any number of pixels; the line that comes in is read, with the one above it, and the others are not."""
    memory = LineMemory()
    assert memory.fresh(1, page(*WORDS[:4]), 0.0) is not None
    assert memory.fresh(1, page(*WORDS[:4]), 1.0) is None
    assert memory.fresh(1, page(*WORDS[:4], scrolled=13), 2.0) is None
    fresh = memory.fresh(1, page(*WORDS[:5], scrolled=13), 3.0)
    assert fresh is not None
    assert [ink(fresh, number, 13) for number in range(5)] == [False, False, False, True, True]


def test_another_window_and_another_time_are_new() -> None:
    """The same words in another window may need a capture of their own; after ten minutes so do these."""
    memory = LineMemory()
    memory.fresh(1, page("gun"), 0.0)
    assert memory.fresh(2, page("gun"), 1.0) is not None
    assert memory.fresh(1, page("gun"), KEPT - 1) is None
    assert memory.fresh(1, page("gun"), KEPT + 1) is not None
    assert memory.fresh(1, page("gun"), KEPT + 2) is None


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_no_new_line_is_ever_left_out(before: list[str], after: list[str]) -> None:
    """Whatever was read before, each line that was not is in what is to be read."""
    memory = LineMemory()
    memory.fresh(1, page(*before), 0.0)
    fresh = memory.fresh(1, page(*after), 1.0)
    for number, text in enumerate(after):
        if text not in before:
            assert fresh is not None
            assert ink(fresh, number)


def test_lines_are_found() -> None:
    """One run for each line, none on an empty page."""
    assert len([one for one in lines(page(*WORDS)) if one.height >= LEAST_HEIGHT]) == len(WORDS)
    assert lines(page()) == []
