"""Two monitors of 191 dots an inch, the right one listed first, on a real X server: what is read, and where."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest
import xcffib
import xcffib.xproto as x

from agent.badge import HEIGHT, WIDTH
from agent.notice import WindowNotice
from agent.platforms.screen import MssScreen
from agent.ports import Rectangle
from agent.windows_talk import BADGE_TITLE, NOTICE_TITLE, Announcement
from overt.demo.display import Display
from overt.demo.robot import press
from tests.agent.desktop import Desktop, desktop
from tests.agent.live import Live
from tests.agent.rig import Rig
from tests.waiting import wait_until

pytestmark = pytest.mark.screen
RIGHT, LEFT = Rectangle(640, 0, 640, 800), Rectangle(0, 0, 640, 800)
TOLD = Announcement("This computer is monitored.", "case-1", "A court", "01632 960000", "tomorrow", "the screen")


@pytest.fixture(scope="module")
def two() -> Iterator[Desktop]:
    """Return a desktop of two monitors, this process's too."""
    with desktop() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", found.environment["DISPLAY"])
        for name, place, output in (
            ("right", "640/85x800/106+640+0", "screen"),
            ("left", "640/85x800/106+0+0", "none"),
        ):
            subprocess.run(["xrandr", "--setmonitor", name, place, output], check=True, capture_output=True)
        yield found


def move_badge(display: str, left: int, top: int) -> None:
    """Move it as a window manager would."""
    connection = xcffib.connect(display=display)
    try:
        core = connection.core
        for child in core.QueryTree(connection.get_setup().roots[0].root).reply().children:
            with suppress(xcffib.XcffibException):  # another window was closed while we asked
                reply = core.GetProperty(False, child, x.Atom.WM_NAME, x.GetPropertyType.Any, 0, 64).reply()
                if bytes(reply.value.buf()).decode("utf-8", "replace") == BADGE_TITLE:
                    core.ConfigureWindow(child, x.ConfigWindow.X | x.ConfigWindow.Y, [left, top])
        core.GetInputFocus().reply()
    finally:
        connection.disconnect()


def test_words_are_told_with_the_monitor_that_shows_them(two: Desktop, rig: Rig) -> None:
    """In the order of the system's list; each monitor has its frame, at its place."""
    live = Live(rig, accessible=False, sources=("screen-text",))
    try:
        for number, place in enumerate((RIGHT, LEFT)):
            words = f"Where to buy a {('gun', 'revolver')[number]} and ammunition"
            with two.plain_window(f"Window {number}", words, f"560x200+{place.left + 40}+120"):
                assert live.until(lambda number=number: len(live.captured("ocr")) > number)  # type: ignore[misc]
                live.settle(0.5)
            record = live.captured("ocr")[number]
            assert record.monitor == number
            assert record.title == f"Window {number}"
            assert [(one.left, one.top, one.width, one.height) for one in record.frames] == [
                (one.left, one.top, one.width, one.height) for one in (RIGHT, LEFT)
            ]
    finally:
        live.watch.close()


def test_the_badge_is_seen_on_each_monitor_and_not_between(two: Desktop) -> None:
    """Moved to the other monitor it is seen there; across the edge of two it is not, for no monitor shows it whole."""
    screen, notice = MssScreen(), WindowNotice(TOLD)
    try:
        display = Display(two.environment["DISPLAY"], virtual=True)
        press(display, NOTICE_TITLE, notice.acknowledged, across=0.5, down=0.93)
        assert wait_until(lambda: notice.visible_in(screen.grab()))
        for left, whole in ((20, True), (640 - WIDTH, True), (640 - WIDTH // 2, False), (660, True)):
            move_badge(two.environment["DISPLAY"], left, 800 - HEIGHT - 90)
            assert wait_until(lambda left=left: notice._window.last.get("left") == left)  # type: ignore[misc]
            assert wait_until(lambda whole=whole: notice.visible_in(screen.grab()) is whole), left  # type: ignore[misc]
    finally:
        notice.close()
        screen.close()
