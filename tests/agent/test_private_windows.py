"""Private windows: by their title, by what accessibility says in place of it; one window under two names is one."""

import pytest

from agent.covering import Stack
from agent.ports import Rectangle, WindowInfo
from agent.private_windows import _MOST, PrivateWindows
from agent.signs.recognise import Recogniser
from agent.signs.titles import TitleWatcher
from overt.update_set import UpdateSet

PLACE = Rectangle(0, 0, 100, 100)
SHOWN = WindowInfo("Chromium", "A page - Chromium", PLACE, 7)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    """Return the signatures that come with this version."""
    return Recogniser(UpdateSet().signatures())


@pytest.mark.parametrize(
    ("title", "private"),
    [
        ("A page - Chromium (Incognito)", True),
        ("A page — Mozilla Firefox Private Browsing", True),
        ("A page - Chromium", False),
        ("How private browsing works - Chromium", False),
        ("Proton VPN", False),
    ],
)
def test_what_a_title_says(recogniser: Recogniser, title: str, private: bool) -> None:
    """Other signs of evasion are not private windows."""
    windows = PrivateWindows(recogniser.is_private)
    assert windows.holds(WindowInfo("Browser", title)) is private
    windows.learn(SHOWN, title)
    assert windows.holds(SHOWN) is private


def test_the_last_word_counts_and_memory_is_bounded(recogniser: Recogniser) -> None:
    """A normal window may come to show what a private one showed."""
    windows = PrivateWindows(recogniser.is_private)
    windows.learn(SHOWN, "A page - Chromium (Incognito)")
    windows.learn(SHOWN, "A page - Chromium")
    assert not windows.holds(SHOWN)
    for number in range(_MOST + 10):
        windows.learn(WindowInfo("x", f"{number}"), f"{number} (Incognito)")
    assert len(windows._known) == _MOST
    assert not windows.holds(WindowInfo())


def test_a_title_that_accessibility_told_is_a_sign(recogniser: Recogniser) -> None:
    """It is told once, without the title."""

    class OneWindow:
        def focused(self) -> WindowInfo:
            return WindowInfo()

        def shown(self) -> tuple[WindowInfo, ...]:
            return (SHOWN,)

        def close(self) -> None:
            """Nothing is held."""

    windows = PrivateWindows(recogniser.is_private)
    watcher = TitleWatcher(recogniser, OneWindow(), lambda: windows.titles)
    assert watcher.look() == []
    windows.tell(["A page - Chromium (Incognito)", None, "Terminal"])
    (sign,) = watcher.look()
    assert sign.details == {
        "signature": "private-browsing", "category": "private-browsing", "where": "title", "pattern": "*(incognito)*",
    }  # fmt: skip
    assert watcher.look() == []


@pytest.mark.parametrize(
    ("title", "process", "one"),
    [
        ("A page - Chromium", 7, True),
        ("A page - Chromium (Incognito)", 7, True),
        ("A page - Chromium (Incognito)", 8, False),
        ("A page - Chromium (Incognito)", None, False),
        ("A page - Chromium2", 7, False),
        ("Another page - Chromium (Incognito)", 7, False),
    ],
)
def test_words_for_accessibility_alone_make_no_other_window(title: str, process: int | None, one: bool) -> None:
    """Only within one program; otherwise the captures of one page would be of two windows."""
    told = WindowInfo("Chromium", title, PLACE, process)
    stack = Stack([SHOWN])
    assert stack.is_focused(told, SHOWN) is one
    assert (stack.named(told) == SHOWN) is one
