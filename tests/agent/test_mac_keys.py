"""Typed text on macOS, against the documented shapes of event taps. It has not run there yet."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from agent.errors import PlatformError
from agent.platforms import mac_event_tap, mac_keys
from agent.platforms.mac_event_tap import KEY_DOWN, OFF_BY_INPUT, OFF_BY_TIMEOUT
from agent.platforms.mac_frameworks import Frameworks, load_secure_input
from agent.platforms.mac_keys import BACKSPACE, COMMAND, CONTROL, GIVEN_BACK, HELD, INTERRUPTED, OPTION, MacKeys
from agent.ports import Scene
from agent.sources.typed import Stroke, TypedSource

LOOP, PORT, MODE = "loop", "port", "kCFRunLoopDefaultMode"


@dataclass
class Quartz:
    """Event taps and the run loop: events wait until the loop runs. PyObjC gives out-parameters as results."""

    waiting: list[tuple[int, Any]] = field(default_factory=list)
    leave: bool = True
    refuses: bool = False
    enabled: bool = False
    open: bool = False
    stopped: int = 0
    heard: Callable[[Any, int, Any, Any], Any] | None = None
    kCFRunLoopDefaultMode: str = MODE

    def press(self, text: str, code: int = 0, flags: int = 0) -> None:
        self.waiting.append((KEY_DOWN, SimpleNamespace(code=code, flags=flags, text=text)))

    def type(self, letters: str) -> None:
        for letter in letters:
            self.press(letter)

    def CGPreflightListenEventAccess(self) -> bool:
        return self.leave

    def CGEventTapCreate(self, place: int, _first: int, options: int, mask: int, heard: Any, _: None) -> str | None:
        assert (place, options) == (1, 1), "it must listen in this session, and hold nothing back"
        assert mask == 1 << 10 | 1 << 1 | 1 << 3 | 1 << 25
        self.heard, self.open = heard, True
        return None if self.refuses else PORT

    def CFMachPortCreateRunLoopSource(self, _: None, port: str, order: int) -> str:
        assert (port, order) == (PORT, 0)
        return "source"

    def CFRunLoopGetCurrent(self) -> str:
        return LOOP

    def CFRunLoopAddSource(self, loop: str, source: str, mode: str) -> None:
        assert (loop, source, mode) == (LOOP, "source", MODE)

    def CFRunLoopRemoveSource(self, loop: str, source: str, mode: str) -> None:
        assert (loop, source, mode) == (LOOP, "source", MODE)

    def CFMachPortInvalidate(self, port: str) -> None:
        assert port == PORT
        self.open = False

    def CGEventTapEnable(self, port: str, enabled: bool) -> None:
        assert port == PORT
        self.enabled = enabled

    def CFRunLoopRunInMode(self, mode: str, _seconds: float, _once: bool) -> int:
        assert mode == MODE
        if not self.waiting:
            return 3  # kCFRunLoopRunTimedOut
        kind, event = self.waiting.pop(0)
        if kind not in (KEY_DOWN, 1, 3, 25):
            self.enabled = False
        assert self.heard is not None
        assert self.heard("proxy", kind, event, None) is event
        return 4  # kCFRunLoopRunHandledSource

    def CFRunLoopStop(self, loop: str) -> None:
        assert loop == LOOP
        self.stopped += 1

    def CGEventKeyboardGetUnicodeString(self, event: Any, _most: int, _length: None, _text: None) -> tuple[int, str]:
        return len(event.text), event.text

    def CGEventGetIntegerValueField(self, event: Any, which: int) -> int:
        assert which == 9
        return int(event.code)

    def CGEventGetFlags(self, event: Any) -> int:
        return int(event.flags)

    def CGWindowListCopyWindowInfo(self, _options: int, _relative: int) -> list[dict[str, Any]]:
        return []


@dataclass
class Secure:
    """Whether secure input is on."""

    on: bool = False

    def __call__(self) -> bool:
        return self.on


@pytest.fixture
def quartz() -> Quartz:
    return Quartz()


@pytest.fixture
def secure() -> Secure:
    return Secure()


@pytest.fixture
def keys(quartz: Quartz, secure: Secure) -> MacKeys:
    return MacKeys(frameworks(quartz), secure)


def frameworks(quartz: Quartz) -> Frameworks:
    program = SimpleNamespace(processIdentifier=lambda: 7, localizedName=lambda: "Mail")
    workspace = SimpleNamespace(frontmostApplication=lambda: program)
    return Frameworks(quartz, SimpleNamespace(NSWorkspace=SimpleNamespace(sharedWorkspace=lambda: workspace)), None)


def told(keys: MacKeys) -> str:
    """Return the strokes: letters as they are, others in brackets."""
    return "".join(key.text if key.stroke is Stroke.WRITE else f"[{key.stroke.value}]" for key in keys.strokes())


def test_what_was_typed_with_its_corrections(quartz: Quartz, keys: MacKeys) -> None:
    """Delete alone and with Option; arrows, Return, shortcuts and clicks end a line; a dead key writes nothing yet."""
    quartz.type("Grü")
    quartz.press("\x7f", BACKSPACE)
    quartz.press("\x7f", BACKSPACE, OPTION)
    quartz.press("@", 37, OPTION)
    quartz.press("", 14, OPTION)
    for text, code, flags in (
        ("\r", 36, 0), ("\uf702", 123, 0x800000), ("v", 9, COMMAND), ("\x01", 0, CONTROL), ("\x7f", BACKSPACE, COMMAND)
    ):  # fmt: skip
        quartz.press(text, code, flags)
    quartz.waiting += [(kind, SimpleNamespace()) for kind in (1, 3, 25)]
    assert told(keys) == "Grü[erase][erase-word]@" + 8 * "[break]"
    assert (told(keys), keys.window().app, list(keys.signs())) == ("", "Mail", [])


def test_it_waits_is_woken_and_gives_back(quartz: Quartz, keys: MacKeys) -> None:
    """What comes while it waits is not lost."""
    assert quartz.enabled
    quartz.type("a")
    keys.wait(0.0, 0.1)
    keys.wake()
    assert (told(keys), quartz.stopped) == ("a", 1)
    keys.close()
    assert (quartz.enabled, quartz.open) == (False, False)


def test_without_leave_it_says_where_to_give_it(quartz: Quartz, secure: Secure) -> None:
    quartz.leave = False
    with pytest.raises(PlatformError, match="Input Monitoring is missing") as refused:
        MacKeys(frameworks(quartz), secure)
    assert "Input Monitoring" in refused.value.hint
    assert not quartz.open
    quartz.leave, quartz.refuses = True, True
    with pytest.raises(PlatformError, match="hear no keys"):
        MacKeys(frameworks(quartz), secure)


def test_leave_that_is_taken_back_is_noticed(monkeypatch: pytest.MonkeyPatch, quartz: Quartz, keys: MacKeys) -> None:
    """The source fails then, which the record and the coverage tell, and it is tried again."""
    monkeypatch.setattr(mac_event_tap, "_ASKED_EVERY", 0.0)
    quartz.type("a")
    assert told(keys) == "a"
    quartz.leave = False
    with pytest.raises(PlatformError, match="Input Monitoring is missing"):
        keys.strokes()


@pytest.mark.parametrize("why", [OFF_BY_TIMEOUT, OFF_BY_INPUT, OFF_BY_TIMEOUT - (1 << 32)])
def test_a_tap_that_macos_ended_goes_on_and_is_told_once(quartz: Quartz, keys: MacKeys, why: int) -> None:
    """Also where the number comes with a sign."""
    quartz.waiting.append((why, None))
    quartz.type("a")
    assert told(keys) == "a"
    assert quartz.enabled
    assert list(keys.signs()) == [INTERRUPTED]
    assert list(keys.signs()) == []


def test_nothing_is_taken_while_secure_input_is_on(quartz: Quartz, secure: Secure, keys: MacKeys) -> None:
    """Nor what was pressed in the moment in which it began or ended."""
    quartz.type("before")
    assert told(keys) == "before"
    quartz.type("hun")
    secure.on = True
    assert told(keys) == "[secure]"
    assert told(keys) == ""
    quartz.type("ter")
    assert told(keys) == "[secure]"
    quartz.type("2")
    secure.on = False
    assert told(keys) == "[secure]"
    quartz.type("after")
    assert told(keys) == "after"
    assert list(keys.signs()) == []


def test_secure_input_that_lasts_is_told_and_that_it_ended(
    monkeypatch: pytest.MonkeyPatch, secure: Secure, keys: MacKeys
) -> None:
    """Through the source that everything typed goes through."""
    monkeypatch.setattr(mac_keys, "LASTS", -1.0)
    focus: Any = SimpleNamespace(secrets=list, close=lambda: None)
    source = TypedSource(keys, focus)
    polled = []
    for on in (False, True, True, False, False):
        secure.on = on
        polled.append(list(source.poll(Scene.nowhere())))
    assert polled == [[], [HELD], [], [GIVEN_BACK], []]


def test_elsewhere_it_says_so() -> None:
    with pytest.raises(PlatformError, match="secure input"):
        load_secure_input()
