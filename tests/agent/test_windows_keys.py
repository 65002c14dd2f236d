"""Typed text on Windows, against the documented shapes of Raw Input. It has not run there yet."""

import ctypes
import os
from collections.abc import Iterator, Sequence
from ctypes import sizeof

import pytest

from agent.errors import PlatformError
from agent.platforms import win_raw_input
from agent.platforms.win_keys import ALT, BACKSPACE, CONTROL, RIGHT_ALT, WindowsKeys, composed
from agent.ports import Scene, Seen, WindowInfo
from agent.sources import typed
from agent.sources.typed import Stroke, TypedSource
from tests.agent.windows_as_recorded import Desktop, Window
from tests.agent.windows_keyboard import CAPS, DEAD_ACUTE, ENTER, KEY_Q, SHIFT, TAB, Keyboard

RIGHT = frozenset({ALT})


@pytest.fixture
def desktop() -> Desktop:
    return Desktop([Window("Letter", os.getpid(), (0, 0, 9, 9))])


@pytest.fixture
def keyboard(desktop: Desktop) -> Keyboard:
    return desktop.keyboard


@pytest.fixture
def keys(desktop: Desktop) -> Iterator[WindowsKeys]:
    found = WindowsKeys(desktop.api())
    yield found
    found.close()


def told(keys: WindowsKeys) -> str:
    """Return the strokes: letters as they are, others in brackets."""
    return "".join(key.text if key.stroke is Stroke.WRITE else f"[{key.stroke.value}]" for key in keys.strokes())


def test_structures_are_as_large_as_documented() -> None:
    """On 64-bit Windows: winuser.h."""
    structures = ("RAWINPUTDEVICE", "RAWINPUTHEADER", "RAWKEYBOARD", "RAWMOUSE", "RAWINPUT")
    assert [sizeof(getattr(win_raw_input, name)) for name in structures] == [16, 24, 16, 24, 48]


def test_it_asks_for_keyboard_and_mouse_and_gives_both_back(desktop: Desktop, keyboard: Keyboard) -> None:
    keys = WindowsKeys(desktop.api())
    assert keyboard.registered == [(1, 6, True), (1, 2, True)]
    keys.wake()
    keys.wait(0.0, 0.1)
    assert keyboard.rung == 1
    assert keys.window().title == "Letter"
    keys.close()
    assert keyboard.registered[2:] == [(1, 6, False), (1, 2, False)]
    assert (keyboard.windows, keyboard.rung) == (set(), -1)


def test_where_it_is_refused_it_says_so(desktop: Desktop, keyboard: Keyboard) -> None:
    keyboard.refuses = True
    with pytest.raises(PlatformError, match="Raw Input"):
        WindowsKeys(desktop.api())
    assert keyboard.windows == set()


def test_letters_of_the_layout_in_front(keys: WindowsKeys, keyboard: Keyboard) -> None:
    """Shift, Caps Lock, and AltGr, which is the right Alt key."""
    keyboard.type("Gr")
    keyboard.press(0xBA)
    keyboard.press(CAPS)
    keyboard.type("a")
    keyboard.press(SHIFT, ord("B"), scan=0x2A)
    keyboard.press(CAPS)
    keyboard.press(ALT, KEY_Q, extended=RIGHT)
    assert told(keys) == "GrüAb@"
    assert keyboard.waiting == []
    assert told(keys) == ""


def test_a_lock_that_is_held_turns_once(desktop: Desktop, keyboard: Keyboard) -> None:
    """It stood already when the agent began."""
    keyboard.caps = True
    keys = WindowsKeys(desktop.api())
    keyboard.type("a")
    keyboard.put(CAPS)
    keyboard.put(CAPS)
    keyboard.put(CAPS, win_raw_input.RELEASED)
    keyboard.type("a")
    assert told(keys) == "Aa"


def test_dead_keys(keys: WindowsKeys, keyboard: Keyboard) -> None:
    """With a letter that takes the mark, one that does not, and a space; two in a row."""
    for after in (ord("E"), ord("X"), 0x20):
        keyboard.press(DEAD_ACUTE)
        keyboard.press(after)
    keyboard.press(DEAD_ACUTE)
    keyboard.press(DEAD_ACUTE)
    keyboard.press(ENTER)
    keyboard.type("e")
    assert told(keys) == "é\u00b4x\u00b4\u00b4[break]e"
    assert (composed("^", "o"), composed("'", "a"), composed("", "a")) == ("ô", "á", "a")


def test_corrections_and_what_ends_a_line(keys: WindowsKeys, keyboard: Keyboard) -> None:
    """Backspace, Control with it; Enter, Tab, shortcuts, clicks. The mouse that only moves is nothing."""
    keyboard.type("ab")
    keyboard.press(BACKSPACE)
    keyboard.press(CONTROL, BACKSPACE)
    keyboard.press(ENTER)
    keyboard.press(TAB)
    keyboard.press(CONTROL, ord("V"))
    keyboard.press(ALT, ord("F"))
    keyboard.press(0x5B, ord("R"))
    keyboard.mouse(0)
    keyboard.mouse(0x0002)
    keyboard.mouse(0x0001)
    keyboard.mouse(0x0004)
    keyboard.put(0xFF)
    keyboard.put(KEY_Q, scan=0xFF)
    assert told(keys) == "ab[erase][erase-word]" + 7 * "[break]"


def test_a_key_whose_release_went_to_the_secure_desktop_is_not_held_for_ever(
    keys: WindowsKeys, keyboard: Keyboard
) -> None:
    """Control, Alt and Delete: all that is typed afterwards would be a shortcut."""
    keyboard.down = {0xA2}
    keyboard.put(CONTROL)
    keyboard.type("a")
    assert told(keys) == "[break]"
    keyboard.type("b")
    assert told(keys) == "[break]"
    keyboard.down = set()
    assert told(keys) == ""
    keyboard.type("c")
    assert told(keys) == "c"


def test_right_alt_without_a_character_writes_nothing(keys: WindowsKeys, keyboard: Keyboard) -> None:
    keyboard.press(ALT, ord("F"), extended=RIGHT)
    keyboard.press(CONTROL, RIGHT_ALT, KEY_Q)
    assert told(keys) == "[break]@"


class _Focus:
    """Says which field is a password's."""

    def __init__(self, *answers: bool) -> None:
        self.answers, self.asked = list(answers), 0

    def ask_secret(self, _window: WindowInfo) -> None:
        self.asked += 1

    def secrets(self) -> Sequence[bool]:
        asked, self.asked = self.asked, 0
        return [self.answers.pop(0) for _ in range(asked)]

    def close(self) -> None:
        """Nothing is held."""


def test_what_was_typed_and_deleted_is_given_and_a_password_is_not(
    monkeypatch: pytest.MonkeyPatch, keys: WindowsKeys, keyboard: Keyboard
) -> None:
    """The same source as on Linux; where a field begins with Tab it is asked anew."""
    monkeypatch.setattr(typed, "PAUSE", -1.0)
    source = TypedSource(keys, _Focus(False, True, False))
    words: list[Seen] = []
    keyboard.type("gub")
    keyboard.press(BACKSPACE)
    keyboard.type("n")
    words += [*source.poll(Scene.nowhere()), *source.poll(Scene.nowhere())]
    keyboard.press(TAB)
    keyboard.type("hunter")
    words += [*source.poll(Scene.nowhere()), *source.poll(Scene.nowhere())]
    keyboard.press(TAB)
    keyboard.type("after")
    words += [*source.poll(Scene.nowhere()), *source.poll(Scene.nowhere())]
    assert [one.text for one in words] == ["gub", "gun", "after"]
    assert {(one.source, one.window.title) for one in words} == {("typed", "Letter")}


def test_every_function_is_declared_for_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handle that is taken for an int is cut in half."""

    class _Library:
        def __getattr__(self, name: str) -> object:
            function = type(name, (), {})()
            setattr(self, name, function)
            return function

    class _Libraries:
        def __init__(self) -> None:
            self.user32, self.kernel32, self.dwmapi, self.wtsapi32 = (_Library() for _ in range(4))

    monkeypatch.setattr(ctypes, "windll", _Libraries(), raising=False)
    from agent.platforms.win_api import load_api  # noqa: PLC0415

    api = load_api()
    for name in ("CreateWindowExW", "GetKeyboardLayout", "GetForegroundWindow"):
        assert getattr(api.user32, name).restype is ctypes.c_void_p, name
    assert len(api.user32.CreateWindowExW.argtypes) == 12
    assert len(api.user32.ToUnicodeEx.argtypes) == 7
    assert api.kernel32.CreateEventW.restype is ctypes.c_void_p
