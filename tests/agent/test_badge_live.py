"""The badge among real windows: a window manager, a full-screen browser, and the window that a click opens."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import xcffib
import xcffib.xproto as x
import xcffib.xtest

from agent.windows_talk import BADGE_TITLE, PERSON_TITLE
from evidence.header import Kind
from overt.demo.browser import find_browser
from overt.demo.display import Display, virtual_display
from overt.demo.robot import is_shown, press
from tests.agent.rig import Rig
from tests.agent.running import Ledger, LiveAgent, live_agent
from tests.waiting import wait_until

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def managed() -> Iterator[Display]:
    """Return a display with a window manager (openbox)."""
    with virtual_display() as display:
        program = shutil.which("openbox")
        assert program is not None
        manager = subprocess.Popen([program], env=display.environment(), stderr=subprocess.DEVNULL)
        assert wait_until(lambda: is_managed(display))
        yield display
        manager.terminate()
        manager.wait()


@pytest.fixture
def agent(managed: Display, tmp_path: Path) -> Iterator[LiveAgent]:
    """Return a running agent that watches."""
    with live_agent(Rig(tmp_path / "device"), managed) as found:
        yield found


def type_text(display: Display, text: str) -> None:
    """Type small letters and blanks, as a keyboard would (XTEST)."""
    connection = xcffib.connect(display=display.name)
    test = connection(xcffib.xtest.key)
    setup = connection.get_setup()
    low, count = setup.min_keycode, setup.max_keycode - setup.min_keycode + 1
    mapping = connection.core.GetKeyboardMapping(low, count).reply()
    codes = {}
    for code in range(count):
        codes.setdefault(mapping.keysyms[code * mapping.keysyms_per_keycode], low + code)
    for letter in text:
        for event in (2, 3):  # KeyPress, KeyRelease
            test.FakeInput(event, codes[ord(letter)], 0, setup.roots[0].root, 0, 0, 0)
        connection.flush()
        time.sleep(0.02)
    connection.disconnect()


def is_managed(display: Display) -> bool:
    """Return whether a window manager says that it is at work (EWMH)."""
    connection = xcffib.connect(display=display.name)
    try:
        core, root = connection.core, connection.get_setup().roots[0].root
        name = b"_NET_SUPPORTING_WM_CHECK"
        atom = core.InternAtom(False, len(name), name).reply().atom
        return bool(core.GetProperty(False, root, atom, x.GetPropertyType.Any, 0, 1).reply().value_len)
    finally:
        connection.disconnect()


def has_focus(display: Display, title: str) -> bool:
    """Return whether keys go to a window of this name, or to one inside it."""
    connection = xcffib.connect(display=display.name)
    try:
        core, root = connection.core, connection.get_setup().roots[0].root
        window = core.GetInputFocus().reply().focus
        while window not in (0, 1, root):  # none, and whatever the pointer is over
            reply = core.GetProperty(False, window, x.Atom.WM_NAME, x.GetPropertyType.Any, 0, 64).reply()
            if bytes(reply.value.buf()).decode("utf-8", "replace") == title:
                return True
            window = core.QueryTree(window).reply().parent
        return False
    finally:
        connection.disconnect()


def screen_size(display: Display, title: str) -> tuple[int, int]:
    connection = xcffib.connect(display=display.name)
    try:
        root = connection.get_setup().roots[0].root
        waiting = [root]
        while waiting:
            window = waiting.pop()
            with suppress(xcffib.XcffibException):  # the browser closes windows of its own while it starts
                reply = connection.core.GetProperty(False, window, x.Atom.WM_NAME, x.GetPropertyType.Any, 0, 64).reply()
                if title in bytes(reply.value.buf()).decode("utf-8", "replace"):
                    size = connection.core.GetGeometry(window).reply()
                    return size.width, size.height
                waiting += connection.core.QueryTree(window).reply().children
        return 0, 0
    finally:
        connection.disconnect()


def goes_on(agent: LiveAgent, seconds: float = 3.0) -> bool:
    """Return whether the watching goes on for a while without a break."""
    lost, end = len(Ledger(agent.rig).events("badge-lost")), time.monotonic() + seconds
    while time.monotonic() < end:
        if agent.state != "watching":
            return False
        time.sleep(0.05)
    return len(Ledger(agent.rig).events("badge-lost")) == lost


def test_a_full_screen_browser_does_not_cover_it(agent: LiveAgent, managed: Display, tmp_path: Path) -> None:
    """Chromium over the whole screen under a window manager: the watching goes on, for the badge stays on top."""
    page = tmp_path / "page.html"
    page.write_text("<title>Whole screen</title><body style='background:#fff'>A page.")
    command = [
        find_browser(), "--no-sandbox", "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}",
        "--start-fullscreen", "--kiosk", page.as_uri(),
    ]  # fmt: skip
    browser = subprocess.Popen(command, env=managed.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: screen_size(managed, "Whole screen")[0] >= 1280), "it is not over the whole screen"
        assert wait_until(lambda: goes_on(agent)), "while the browser opens it may cover the badge, but not for good"
    finally:
        browser.kill()
        browser.wait()


def test_the_person_sees_who_to_ask_and_leaves_a_note(agent: LiveAgent, managed: Display) -> None:
    """A click on the badge opens the window; what is written there goes sealed into the chain."""
    press(managed, BADGE_TITLE, lambda: is_shown(managed, PERSON_TITLE), across=0.5, down=0.5)
    press(managed, PERSON_TITLE, lambda: has_focus(managed, PERSON_TITLE), across=0.5, down=0.8)  # into the box
    type_text(managed, "my brother used it")
    ledger = Ledger(agent.rig)
    press(managed, PERSON_TITLE, lambda: ledger.count(Kind.NOTE), across=0.12, down=0.94)
    assert [one.text for one in ledger.events("note")] == ["my brother used it"]
    assert agent.state == "watching"
