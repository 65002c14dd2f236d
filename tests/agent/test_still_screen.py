"""A screen on which nothing is drawn is not grabbed, and nothing that is drawn is missed: on a real X server."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import xcffib
import xcffib.xproto as x

from agent.platforms.screen import MssScreen
from agent.platforms.x11_damage import CHECK, DamagedScreen, X11Damage
from agent.ports import Frame
from overt.demo.display import Display, virtual_display
from tests.waiting import wait_until

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    """Return a display of our own, for this process too."""
    with virtual_display() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", str(found.name))
        yield found


@pytest.fixture
def painter(display: Display) -> Iterator["Painter"]:
    """Return something that draws."""
    found = Painter(display)
    yield found
    found.connection.disconnect()


class Painter:
    """A bare window, of which single pixels are set."""

    def __init__(self, display: Display) -> None:
        self.connection = xcffib.connect(display=display.name)
        self.core, screen = self.connection.core, self.connection.get_setup().roots[0]
        self.window, self.ink = self.connection.generate_id(), self.connection.generate_id()
        self.core.CreateWindow(
            screen.root_depth, self.window, screen.root, 100, 100, 200, 200, 0, x.WindowClass.InputOutput,
            screen.root_visual, x.CW.BackPixel | x.CW.OverrideRedirect, [0xFFFFFF, 1],
        )  # fmt: skip
        self.core.CreateGC(self.ink, self.window, x.GC.Foreground, [0xCC3300])
        self.core.MapWindow(self.window)
        self.core.GetInputFocus().reply()

    def dot(self, across: int, down: int) -> None:
        """Set one pixel; it is there when this returns."""
        self.core.PolyPoint(x.CoordMode.Origin, self.window, self.ink, 1, [x.POINT.synthetic(across, down)])
        self.core.GetInputFocus().reply()


class Counted:
    """A screen that counts how often it is grabbed."""

    def __init__(self) -> None:
        self.screen, self.grabs = MssScreen(), 0

    def grab(self) -> tuple[Frame, ...]:
        self.grabs += 1
        return self.screen.grab()

    def close(self) -> None:
        self.screen.close()


class Silent(X11Damage):
    """A driver that tells nothing of what it draws."""

    def drawn(self) -> bool:
        return False


def test_a_still_screen_is_not_grabbed_and_one_pixel_is_seen_at_once(painter: Painter) -> None:
    """The frames are the same object until something is drawn; then they are new, and the pixel is in them."""
    counted = Counted()
    screen = DamagedScreen(counted, X11Damage())
    try:
        before = screen.grab()
        screen.grab()  # what was drawn before the first is told now
        grabs, begun = counted.grabs, time.monotonic()
        still = [screen.grab() for _ in range(20)]
        checks = (time.monotonic() - begun) / CHECK + 1
        assert {id(one) for one in still} == {id(still[0])}
        assert counted.grabs <= grabs + checks, "only the grabs that check whether the display tells the truth"
        for number in range(5):
            painter.dot(10 + number, 20)
            after = screen.grab()
            assert after is not before
            assert tuple(after[0].pixels[120, 110 + number, :3]) == (0x00, 0x33, 0xCC)
            before = after
        assert screen.believed
    finally:
        screen.close()


def test_a_display_that_does_not_tell_is_not_believed_any_more(painter: Painter) -> None:
    """A pixel that nobody told is found by the check; from then on every grab is a real one."""
    counted = Counted()
    screen = DamagedScreen(counted, Silent())
    try:
        screen.grab()
        painter.dot(50, 60)
        assert wait_until(lambda: tuple(screen.grab()[0].pixels[160, 150, :3]) == (0x00, 0x33, 0xCC))
        assert not screen.believed
        grabs = counted.grabs
        for _ in range(3):
            screen.grab()
        assert counted.grabs == grabs + 3
    finally:
        screen.close()


def test_every_change_among_many_is_seen(painter: Painter) -> None:
    """Looking and drawing in turns, without a pause: whatever was drawn before a look is in its frames."""
    screen = DamagedScreen(MssScreen(), X11Damage())
    random = np.random.default_rng(7)
    try:
        for across, down in random.integers(0, 200, (150, 2)).tolist():
            painter.dot(across, down)
            assert tuple(screen.grab()[0].pixels[100 + down, 100 + across, :3]) == (0x00, 0x33, 0xCC)
        assert screen.believed
    finally:
        screen.close()


def test_drawing_while_the_screen_is_grabbed(display: Display, painter: Painter) -> None:
    """Somebody draws without a pause, whatever the agent does meanwhile: the last pixel is seen, and it is believed."""
    screen, busy = DamagedScreen(MssScreen(), X11Damage()), Painter(display)
    thread = threading.Thread(target=lambda: [busy.dot(one % 190, one // 190) for one in range(3000)])
    try:
        screen.grab()
        thread.start()
        while thread.is_alive():
            screen.grab()
        assert tuple(screen.grab()[0].pixels[100 + 2999 // 190, 100 + 2999 % 190, :3]) == (0x00, 0x33, 0xCC)
        assert screen.believed
        still = screen.grab()
        assert wait_until(lambda: screen._due < time.monotonic())
        assert screen.grab() is still, "the check finds nothing that was not told"
        assert screen.believed
    finally:
        thread.join()
        busy.connection.disconnect()
        screen.close()
