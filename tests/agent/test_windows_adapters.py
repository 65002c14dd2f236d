"""The adapters for Windows against the documented shapes of its answers. They have not run there yet."""

import os
import sys
import threading
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from agent.accessible import Kind, join
from agent.errors import PlatformError
from agent.platforms import win_accessible as uia
from agent.platforms.win import WindowsWindows
from agent.platforms.win_accessible import AutomationScreen
from agent.platforms.win_api import load_api
from agent.platforms.win_clipboard import MARKS, WindowsClipboard
from agent.platforms.win_session import WindowsSession
from agent.ports import Rectangle, Scene, SessionState, WindowInfo
from tests.agent.windows_as_recorded import Desktop, Window

OWN = os.getpid()


def test_windows_come_lowest_first_with_places_left_of_zero() -> None:
    """Hidden, minimised and cloaked ones (another virtual desktop) cannot be seen."""
    desktop = Desktop(
        [
            Window("Front", OWN, (-1920, 0, -920, 700)),
            Window("Hidden", OWN, (0, 0, 9, 9), visible=False),
            Window("Minimised", OWN, (0, 0, 9, 9), iconic=True),
            Window("Elsewhere", OWN, (0, 0, 9, 9), cloaked=True),
            Window("Back", 0, (0, 0, 800, 600)),
        ]
    )
    windows = WindowsWindows(desktop.api())
    assert [(one.title, one.place) for one in windows.shown()] == [
        ("Back", Rectangle(0, 0, 800, 600)),
        ("Front", Rectangle(-1920, 0, 1000, 700)),
    ]
    front = windows.focused()
    assert (front.title, front.process) == ("Front", OWN)
    assert front.app == psutil.Process().name()
    assert WindowsWindows(Desktop().api()).focused() == WindowInfo()


@pytest.mark.parametrize(("affinity", "withheld"), [(0, False), (1, True), (0x11, True)])
def test_a_window_that_keeps_itself_out_of_pictures_is_told(affinity: int, withheld: bool) -> None:
    """WDA_NONE, WDA_MONITOR, WDA_EXCLUDEFROMCAPTURE."""
    desktop = Desktop([Window("Front", OWN, (0, 0, 9, 9), affinity=affinity)])
    assert WindowsWindows(desktop.api()).focused().withheld is withheld


@pytest.mark.parametrize(
    ("desktop", "state"),
    [
        (Desktop(), SessionState.OPEN),
        (Desktop(flags=0, input_desktop="Winlogon"), SessionState.LOCKED),
        (Desktop(session_state=4), SessionState.OTHER_ACCOUNT),
        (Desktop(input_desktop="Winlogon"), SessionState.SECURE_DESKTOP),
        (Desktop(input_desktop=""), SessionState.SECURE_DESKTOP),
    ],
)
def test_what_is_in_front(desktop: Desktop, state: SessionState) -> None:
    """A consent prompt is a desktop that this account may not open; a lock is told apart from it."""
    api = desktop.api()
    assert WindowsSession(api).state() is state
    assert api.wtsapi32.freed == 1


def test_idle_time_outlives_the_wrap_of_the_clock() -> None:
    """The count of milliseconds begins anew after 49 days."""
    assert WindowsSession(Desktop(ticks=9_000, last_input=4_000).api()).idle_seconds() == 5.0
    assert WindowsSession(Desktop(ticks=1_000, last_input=0xFFFFFFFF - 999).api()).idle_seconds() == 2.0


def test_copies_are_read_once_and_private_ones_never() -> None:
    """What was there before is not looked at; a clipboard that is held is asked again."""
    desktop = Desktop(clipboard="before")
    source = WindowsClipboard(desktop.api())
    assert source.poll(Scene.nowhere()) == ()
    desktop.clipboard, desktop.number, desktop.clipboard_is_held = "copied words", 2, True
    assert source.poll(Scene.nowhere()) == ()
    desktop.clipboard_is_held = False
    assert [one.text for one in source.poll(Scene.nowhere())] == ["copied words"]
    assert source.poll(Scene.nowhere()) == ()
    for number, mark in enumerate(MARKS, 3):
        desktop.clipboard, desktop.number, desktop.formats = "hunter2", number, {mark}
        assert source.poll(Scene.nowhere()) == ()
    desktop.clipboard, desktop.number, desktop.formats = None, 9, set()
    assert source.poll(Scene.nowhere()) == ()
    assert desktop.opened == 0


class _Element(SimpleNamespace):
    """An object of the tree with its cached answers."""

    @classmethod
    def of(
        cls, control: int, name: str, rect: tuple[int, int, int, int], *, value: str = "", secret: bool = False
    ) -> Any:
        edges = dict(zip(("left", "top", "right", "bottom"), rect, strict=True))
        return cls(
            CachedControlType=control, CachedName=name, CachedIsPassword=secret, value=value,
            CachedBoundingRectangle=SimpleNamespace(**edges),
        )  # fmt: skip

    def GetCachedPropertyValue(self, asked: int) -> str:
        assert asked == uia.VALUE
        assert not self.CachedIsPassword, "a password field was asked for its text"
        return str(self.value)


class _Client:
    """IUIAutomation."""

    def __init__(self, objects: list[Any], focused: Any = None) -> None:
        self.objects, self.focused, self.asked = objects, focused, []  # type: ignore[var-annotated]

    def CreateCacheRequest(self) -> Any:
        return SimpleNamespace(AddProperty=self.asked.append)

    def CreatePropertyCondition(self, which: int, value: bool) -> tuple[int, bool]:
        return which, value

    def ElementFromHandle(self, handle: int) -> Any:
        if handle == 13:
            raise OSError("the program hangs")
        found = SimpleNamespace(Length=len(self.objects), GetElement=self.objects.__getitem__)
        return SimpleNamespace(FindAllBuildCache=lambda *_: found)

    def GetFocusedElement(self) -> Any:
        return self.focused


def test_text_by_automation_leaves_passwords_and_pictures_out() -> None:
    """The page's address comes from the document; a program that hangs is left out."""
    place = Rectangle(0, 0, 800, 600)
    objects = [
        _Element.of(uia.DOCUMENT, "Page", (0, 0, 800, 600), value="https://example.org/a"),
        _Element.of(uia.TEXT, "Words on the page", (10, 10, 200, 30)),
        _Element.of(uia.EDIT, "Name of the field", (10, 40, 200, 60), value="typed in"),
        _Element.of(uia.EDIT, "Password", (10, 70, 200, 90), value="hunter2", secret=True),
        _Element.of(uia.IMAGE, "words for who does not see it", (10, 100, 200, 300)),
        _Element.of(uia.TEXT, "outside of it", (900, 10, 950, 30)),
    ]
    windows = SimpleNamespace(handles=lambda: [(13, WindowInfo("b", "Hung")), (5, WindowInfo("a", "Shop", place, 9))])
    client = _Client(objects)
    (read,) = AutomationScreen(client, windows).read()
    text = join(read.pieces).text
    assert "Words on the page" in text
    assert "typed in" in text
    assert not any(words in text for words in ("hunter2", "who does not see", "outside", "Name of"))
    assert (read.url, read.pictures) == ("https://example.org/a", (Rectangle(10, 100, 190, 200),))
    assert [one.kind for one in read.pieces].count(Kind.SECRET) == 1
    assert set(client.asked) == {uia.BOUNDS, uia.CONTROL, uia.NAME, uia.PASSWORD, uia.VALUE}


def test_secret_focus_is_of_this_window_only() -> None:
    focused = SimpleNamespace(CurrentProcessId=9, CurrentIsPassword=1)
    screen = AutomationScreen(_Client([], focused), SimpleNamespace())
    assert screen.secret_focus(WindowInfo(process=9)) is True
    assert screen.secret_focus(WindowInfo(process=8)) is None
    focused.CurrentIsPassword = 0
    assert screen.secret_focus(WindowInfo()) is False


def test_each_thread_that_asks_is_made_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two do: one reads the screen, one asks for password fields. COM answers no thread that was not made ready."""
    ready: set[int] = set()

    def create(_class: str, interface: object) -> object:
        if threading.get_ident() not in ready:
            raise OSError("CoInitialize has not been called")
        return interface

    client = SimpleNamespace(CreateObject=create, GetModule=lambda _: SimpleNamespace(IUIAutomation="automation"))
    package = SimpleNamespace(CoInitializeEx=lambda: ready.add(threading.get_ident()), client=client)
    monkeypatch.setitem(sys.modules, "comtypes", package)
    monkeypatch.setitem(sys.modules, "comtypes.client", client)
    found = [uia.automation()]
    other = threading.Thread(target=lambda: found.append(uia.automation()))
    other.start()
    other.join()
    assert found == ["automation", "automation"]


def test_elsewhere_it_says_so() -> None:
    assert sys.platform != "win32"
    with pytest.raises(PlatformError, match="not Windows"):
        load_api()
    with pytest.raises(PlatformError, match="UI Automation"):
        AutomationScreen()
