"""The adapters for macOS against the documented shapes of its answers. They have not run there yet."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agent.accessible import Kind, join
from agent.errors import PlatformError, UnseenError
from agent.platforms import mac_screen
from agent.platforms.mac import MacWindows
from agent.platforms.mac_accessible import SECURE, MacScreen
from agent.platforms.mac_clipboard import MARKS, MacClipboard
from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.platforms.mac_screen import LeaveToRecord
from agent.platforms.mac_session import MacSession
from agent.ports import Frame, Rectangle, Scene, SessionState, WindowInfo


def window(title: str | None, process: int, left: int, layer: int = 0) -> dict[str, Any]:
    bounds = {"X": float(left), "Y": 25.0, "Width": 800.0, "Height": 600.0}
    told = {
        "kCGWindowOwnerName": "Mail",
        "kCGWindowOwnerPID": process,
        "kCGWindowLayer": layer,
        "kCGWindowBounds": bounds,
    }
    return told if title is None else told | {"kCGWindowName": title}


def frameworks(*, quartz: Any = None, appkit: Any = None, services: Any = None) -> Frameworks:
    return Frameworks(quartz, appkit, services)


def front(process: int | None) -> Any:
    program = None
    if process is not None:
        program = SimpleNamespace(processIdentifier=lambda: process, localizedName=lambda: "Mail")
    workspace = SimpleNamespace(frontmostApplication=lambda: program)
    return SimpleNamespace(sharedWorkspace=lambda: workspace)


def listing(*listed: dict[str, Any]) -> Any:
    return SimpleNamespace(CGWindowListCopyWindowInfo=lambda _options, _relative: list(listed))


def test_a_window_that_keeps_itself_out_of_pictures_is_told() -> None:
    """kCGWindowSharingNone; where the system does not say, nothing is claimed."""
    quartz = listing(window("Film", 7, 0) | {"kCGWindowSharingState": 0}, window("Letter", 8, 0))
    windows = MacWindows(frameworks(quartz=quartz, appkit=SimpleNamespace(NSWorkspace=front(7))))
    assert [one.withheld for one in windows.shown()] == [False, True]


def test_windows_come_lowest_first_without_menus_and_dock() -> None:
    """Without leave to record the screen there are no titles, and the program's name is what is left."""
    quartz = listing(window("", 1, 0, layer=25), window("Letter", 7, -1440), window(None, 8, 0))
    windows = MacWindows(frameworks(quartz=quartz, appkit=SimpleNamespace(NSWorkspace=front(7))))
    assert [(one.title, one.place) for one in windows.shown()] == [
        (None, Rectangle(0, 25, 800, 600)),
        ("Letter", Rectangle(-1440, 25, 800, 600)),
    ]
    assert (windows.focused().title, windows.focused().process) == ("Letter", 7)
    nobody = MacWindows(frameworks(quartz=quartz, appkit=SimpleNamespace(NSWorkspace=front(None))))
    assert nobody.focused() == WindowInfo()


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (None, SessionState.OPEN),
        ({"kCGSSessionOnConsoleKey": True}, SessionState.OPEN),
        ({"kCGSSessionOnConsoleKey": False}, SessionState.OTHER_ACCOUNT),
        ({"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": True}, SessionState.LOCKED),
    ],
)
def test_what_is_in_front(told: dict[str, bool] | None, state: SessionState) -> None:
    quartz = SimpleNamespace(
        CGSessionCopyCurrentDictionary=lambda: told, CGEventSourceSecondsSinceLastEventType=lambda *_: 4.5
    )
    session = MacSession(frameworks(quartz=quartz))
    assert (session.state(), session.idle_seconds()) == (state, 4.5)


class _Screen:
    """Gives pictures with leave and without, as macOS does."""

    closed = False

    def grab(self) -> tuple[Frame, ...]:
        return (Frame(0, Rectangle(0, 0, 1, 1), np.zeros((1, 1, 4), np.uint8)),)

    def close(self) -> None:
        self.closed = True


def test_leave_to_record_that_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent waits, says so, and goes on when it is given again, at once."""
    leave = [1]
    screen = _Screen()
    quartz = SimpleNamespace(CGPreflightScreenCaptureAccess=lambda: leave[0])
    watched = LeaveToRecord(screen, frameworks(quartz=quartz))
    assert len(watched.grab()) == 1
    leave[0] = 0
    assert len(watched.grab()) == 1, "it is not asked at every grab"
    monkeypatch.setattr(mac_screen, "EVERY", 0.0)
    for _ in range(2):
        with pytest.raises(UnseenError, match="no leave to record") as lost:
            watched.grab()
        assert (lost.value.reason, "Recording" in lost.value.hint) == ("permission-lost", True)
    leave[0] = 1
    assert len(watched.grab()) == 1
    watched.close()
    assert screen.closed


def test_copies_are_read_once_and_private_ones_never() -> None:
    board = SimpleNamespace(count=3, kinds=["public.utf8-plain-text"], text="before")
    board.changeCount = lambda: board.count
    board.types = lambda: board.kinds
    board.stringForType_ = lambda _: board.text
    appkit = SimpleNamespace(NSPasteboard=SimpleNamespace(generalPasteboard=lambda: board), NSWorkspace=front(None))
    source = MacClipboard(frameworks(quartz=listing(), appkit=appkit))
    assert source.poll(Scene.nowhere()) == ()
    board.count, board.text = 4, "copied words"
    assert [one.text for one in source.poll(Scene.nowhere())] == ["copied words"]
    assert source.poll(Scene.nowhere()) == ()
    for number, mark in enumerate(sorted(MARKS), 5):
        board.count, board.kinds, board.text = number, [mark], "hunter2"
        assert source.poll(Scene.nowhere()) == ()


class _Accessibility:
    """ApplicationServices: objects are dictionaries of their attributes."""

    def __init__(self, programs: dict[int, dict[str, Any]], *, trusted: bool = True) -> None:
        self.programs, self.trusted = programs, trusted

    def AXIsProcessTrusted(self) -> bool:
        return self.trusted

    def AXUIElementCreateApplication(self, process: int) -> Any:
        return self.programs.get(process, {})

    def AXUIElementSetMessagingTimeout(self, _element: Any, seconds: float) -> int:
        assert seconds > 0
        return 0

    def AXUIElementCopyAttributeValue(self, element: Any, attribute: str, _: None) -> tuple[int, Any]:
        assert not (attribute == "AXValue" and element.get("AXSubrole") == SECURE), "a password field was asked"
        return (0, element[attribute]) if attribute in element else (-25212, None)  # kAXErrorNoValue

    def AXUIElementCopyMultipleAttributeValues(
        self, element: Any, asked: Sequence[str], _options: int, _: None
    ) -> tuple[int, list[Any]]:
        return 0, [element.get(name) for name in asked]

    def AXValueGetValue(self, value: Any, kind: int, _: None) -> tuple[bool, Any]:
        return True, SimpleNamespace(x=value[0], y=value[1]) if kind == 1 else SimpleNamespace(
            width=value[0], height=value[1]
        )


def box(role: str, left: int, top: int, **more: Any) -> dict[str, Any]:
    return {"AXRole": role, "AXPosition": (left, top), "AXSize": (200, 20)} | more


def page() -> dict[str, Any]:
    inside = [
        box("AXStaticText", 10, 60, AXValue="Words on the page"),
        box("AXTextField", 10, 90, AXValue="typed in"),
        box("AXTextField", 10, 120, AXSubrole=SECURE, AXValue="hunter2"),
        box("AXImage", 10, 150, AXTitle="words for who does not see it"),
        box("AXStaticText", 5000, 60, AXValue="outside of it"),
        box("AXButton", 10, 180, AXTitle="Send"),
    ]
    area = box("AXWebArea", 0, 50, AXURL="https://example.org/a", AXChildren=inside)
    whole = {"AXPosition": (0, 25), "AXSize": (800, 600), "AXTitle": "Shop", "AXRole": "AXWindow"}
    return {"AXWindows": [whole | {"AXChildren": [area]}], "AXFocusedUIElement": inside[2]}


def test_text_by_accessibility_leaves_passwords_and_pictures_out() -> None:
    quartz = listing(window("Shop", 7, 0), window("Nothing told", 8, 0))
    screen = MacScreen(frameworks(quartz=quartz, services=_Accessibility({7: page()})))
    (read,) = screen.read()
    text = join(read.pieces).text
    assert all(words in text for words in ("Words on the page", "typed in", "Send"))
    assert not any(words in text for words in ("hunter2", "who does not see", "outside"))
    assert (read.url, read.window.title, read.window.app) == ("https://example.org/a", "Shop", "Mail")
    assert [one.kind for one in read.pieces].count(Kind.SECRET) == 1
    assert read.pictures == (Rectangle(10, 150, 200, 20),)
    assert screen.secret_focus(WindowInfo(process=7)) is True
    assert screen.secret_focus(WindowInfo(process=8)) is None
    assert screen.secret_focus(WindowInfo()) is None


def test_without_leave_it_says_where_to_give_it() -> None:
    with pytest.raises(PlatformError, match="may not use accessibility") as refused:
        MacScreen(frameworks(quartz=listing(), services=_Accessibility({}, trusted=False)))
    assert "Accessibility" in (refused.value.hint or "")


def test_what_is_asked_for_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question stands in a pool of its own: threads that live as long as the agent would keep every answer."""
    pools: list[str] = []

    @contextmanager
    def pool() -> Iterator[None]:
        pools.append("opened")
        yield
        pools.append("drained")

    told = SimpleNamespace(CGSessionCopyCurrentDictionary=lambda: None, CGWindowListCopyWindowInfo=lambda *_: [])
    modules = {"Quartz": told, "AppKit": SimpleNamespace(NSWorkspace=front(None)), "ApplicationServices": None}
    for name, module in (modules | {"objc": SimpleNamespace(autorelease_pool=pool)}).items():
        monkeypatch.setitem(sys.modules, name, module or SimpleNamespace(AXIsProcessTrusted=lambda: True))
    for ask in (MacSession().state, MacWindows().focused, MacWindows().shown, MacScreen().read):
        pools.clear()
        ask()
        assert pools == ["opened", "drained"], ask


def test_elsewhere_it_says_so() -> None:
    with pytest.raises(PlatformError, match="frameworks of macOS"):
        load_frameworks()
