"""A keyboard under Windows as Raw Input tells of it, with a German layout: a stand-in for the boundary only."""

from ctypes import addressof, sizeof
from dataclasses import dataclass, field
from typing import Any

from agent.platforms.win_raw_input import (
    EXTENDED,
    KEYBOARD,
    MOUSE,
    RAWINPUT,
    RAWINPUTHEADER,
    RELEASED,
    REMOVE,
    SINK,
    WM_INPUT,
)

SHIFT, CONTROL, ALT, ENTER, TAB, DEAD_ACUTE, KEY_Q, CAPS = 0x10, 0x11, 0x12, 0x0D, 0x09, 0xDD, 0x51, 0x14
_PLAIN = {0xBA: "ü", 0x20: " ", ENTER: "\r", TAB: "\t", 0x32: "2"}
_SHIFTED = {0xBA: "Ü", 0x32: '"', 0x20: " ", DEAD_ACUTE: "`"}
_ALT_GR = {KEY_Q: "@", 0x45: "€"}


@dataclass
class Keyboard:
    """What was pressed and not taken out yet; what is down now; what was registered."""

    waiting: list[RAWINPUT] = field(default_factory=list)
    down: set[int] = field(default_factory=set)
    caps: bool = False
    refuses: bool = False
    registered: list[tuple[int, int, bool]] = field(default_factory=list)
    windows: set[int] = field(default_factory=set)
    put_away: int = 0
    rung: int = 0

    def press(self, *keys: int, extended: frozenset[int] = frozenset(), scan: int = 0x10) -> None:
        """Hold all but the last, press that one, and let go of all."""
        for key in keys:
            self.put(key, 0, key in extended, scan)
        for key in reversed(keys):
            self.put(key, RELEASED, key in extended, scan)

    def type(self, letters: str) -> None:
        for letter in letters:
            if letter.isupper():
                self.press(SHIFT, ord(letter), scan=0x2A)
            else:
                self.press(ord(letter.upper()))

    def put(self, key: int, flags: int = 0, extended: bool = False, scan: int = 0x10) -> None:
        raw = RAWINPUT()
        raw.header.dwType = KEYBOARD
        raw.data.keyboard.VKey, raw.data.keyboard.MakeCode = key, scan
        raw.data.keyboard.Flags = flags | EXTENDED * extended
        self.waiting.append(raw)

    def mouse(self, buttons: int) -> None:
        raw = RAWINPUT()
        raw.header.dwType = MOUSE
        raw.data.mouse.usButtonFlags = buttons
        self.waiting.append(raw)

    def written(self, key: int, state: Any) -> tuple[int, str]:
        """Return what ToUnicodeEx does."""
        shift, control, alt = (bool(state[one] & 0x80) for one in (SHIFT, CONTROL, ALT))
        if control and alt:
            text = _ALT_GR.get(key, "")
        elif key == DEAD_ACUTE:
            return -1, "`" if shift else "\u00b4"
        elif control:
            return 1, chr(key & 0x1F)
        elif 0x41 <= key <= 0x5A:
            text = chr(key) if shift != bool(state[CAPS] & 1) else chr(key).lower()
        else:
            text = (_SHIFTED if shift else _PLAIN).get(key, "")
        return len(text), text


class KeyboardLibraries:
    """The functions of user32 and kernel32 that Raw Input needs."""

    keyboard: Keyboard

    def CreateWindowExW(self, _style: int, name: str, *rest: Any) -> int:
        assert name == "STATIC"
        assert rest[6] == -3, "it is no message-only window"
        self.keyboard.windows.add(900)
        return 900

    def DestroyWindow(self, window: int) -> None:
        self.keyboard.windows.remove(window)

    def RegisterRawInputDevices(self, devices: Any, count: int, _size: int) -> bool:
        for one in devices[:count]:
            assert one.dwFlags in (SINK, REMOVE)
            assert bool(one.hwndTarget) == (one.dwFlags == SINK), "the window must be named, and not when removing"
            self.keyboard.registered.append((one.usUsagePage, one.usUsage, one.dwFlags == SINK))
        return not self.keyboard.refuses

    def PeekMessageW(self, message: Any, *_: Any) -> bool:
        if self.keyboard.waiting:
            message._obj.message, message._obj.lParam = WM_INPUT, 4711
        return bool(self.keyboard.waiting)

    def DispatchMessageW(self, _message: Any) -> None:
        self.keyboard.waiting.pop(0)
        self.keyboard.put_away += 1

    def GetRawInputData(self, handle: int, _what: int, raw: Any, size: Any, header: int) -> int:
        assert handle == 4711
        assert header == sizeof(RAWINPUTHEADER)
        assert size._obj.value >= sizeof(RAWINPUT)
        RAWINPUT.from_address(addressof(raw._obj)).__init__(  # type: ignore[misc]
            self.keyboard.waiting[0].header, self.keyboard.waiting[0].data
        )
        return sizeof(RAWINPUT)

    def GetKeyState(self, _key: int) -> int:
        return int(self.keyboard.caps)

    def GetAsyncKeyState(self, key: int) -> int:
        return -0x8000 if key in self.keyboard.down else 0

    def GetKeyboardLayout(self, thread: int) -> int:
        assert thread == 55, "it is not the layout of the thread in front"
        return 0x4070407

    def ToUnicodeEx(self, key: int, _scan: int, state: Any, buffer: Any, _size: int, flags: int, layout: int) -> int:
        assert flags & 4, "the state of the keyboard would change for the program in front"
        assert layout == 0x4070407
        units, text = self.keyboard.written(key, state)
        buffer.value = text
        return units

    def MsgWaitForMultipleObjectsEx(self, *_: Any) -> int:
        return 0

    def CreateEventW(self, *_: Any) -> int:
        return 901

    def SetEvent(self, _bell: int) -> None:
        self.keyboard.rung += 1

    def CloseHandle(self, _bell: int) -> None:
        self.keyboard.rung = -1
