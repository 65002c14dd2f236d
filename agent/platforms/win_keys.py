"""The keyboard of a Windows session: what each key writes in the layout of the program in front. Not yet run there.

Input methods (Chinese, Japanese, Korean) put their text together inside the program: what was pressed is followed here,
what came of it is read from the screen.
"""

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence

from agent.platforms.win import WindowsWindows
from agent.platforms.win_api import WinApi, load_api
from agent.platforms.win_raw_input import Click, RawInput, RawKey
from agent.ports import WindowInfo
from agent.signs.sign import Sign
from agent.sources.typed import Key, Stroke

BACKSPACE, SHIFT, CONTROL, ALT, CAPS_LOCK, NUM_LOCK, SCROLL_LOCK = 0x08, 0x10, 0x11, 0x12, 0x14, 0x90, 0x91
"""VK_BACK, VK_SHIFT, VK_CONTROL, VK_MENU, VK_CAPITAL, VK_NUMLOCK, VK_SCROLL."""
RIGHT_ALT, WINDOWS = 0xA5, frozenset({0x5B, 0x5C})
"""VK_RMENU, which is AltGr where the layout has one; VK_LWIN and VK_RWIN."""
_SIDES = {SHIFT: (0xA0, 0xA1), CONTROL: (0xA2, 0xA3), ALT: (0xA4, RIGHT_ALT)}  # left, right
_LEFT_CONTROL, _RIGHT_SHIFT_SCAN = 0xA2, 0x36
_MODIFIERS = frozenset({SHIFT, CONTROL, ALT, *WINDOWS, *(side for both in _SIDES.values() for side in both)})
_LOCKS = frozenset({CAPS_LOCK, NUM_LOCK, SCROLL_LOCK})
_DOWN, _ON = 0x80, 0x01
_STATE_STAYS = 0x4  # bit 2 of wFlags: what the person writes in the program in front is not disturbed
_LONGEST = 16
# Dead keys are told as the sign that stands alone; this is the mark that it puts on the next letter.
_MARKS = {
    "`": "\u0300", "\u00b4": "\u0301", "'": "\u0301", "^": "\u0302", "~": "\u0303", "\u00af": "\u0304",
    "\u02d8": "\u0306", "\u02d9": "\u0307", "\u00a8": "\u0308", '"': "\u0308", "\u02da": "\u030a", "\u00b0": "\u030a",
    "\u02dd": "\u030b", "\u02c7": "\u030c", "\u00b8": "\u0327", "\u02db": "\u0328",
}  # fmt: skip


class WindowsKeys:
    """Strokes of every keyboard of this session."""

    def __init__(self, api: WinApi | None = None) -> None:
        """Load the libraries and ask for input; raises PlatformError. The same thread must ask and close."""
        self._api = api or load_api()
        self._input = RawInput(self._api)
        self._windows = WindowsWindows(self._api)
        self._down: set[int] = set()
        self._caps = bool(self._api.user32.GetKeyState(CAPS_LOCK) & _ON)
        self._dead = ""

    def strokes(self) -> Sequence[Key]:
        """Return what was pressed since the last call, without waiting."""
        found = [key for event in self._input.events() for key in self._strokes_of(event)]
        # Releases on the secure desktop are not told: what is up counts as up, else all that follows is a shortcut.
        self._down = {key for key in self._down if self._api.user32.GetAsyncKeyState(key) & 0x8000}
        return found

    def signs(self) -> Sequence[Sign]:
        """Return nothing: nobody ends this listening."""
        return ()

    def window(self) -> WindowInfo:
        """Return the window that keys go to now."""
        return self._windows.focused()

    def wait(self, least: float, most: float) -> None:
        """Wait for input, at most `most` seconds."""
        self._input.wait(least, most)

    def wake(self) -> None:
        """End the waiting."""
        self._input.wake()

    def close(self) -> None:
        """Give the keyboard back."""
        self._dead = ""
        self._input.close()

    def _strokes_of(self, event: RawKey | Click) -> Iterator[Key]:
        match event:
            case Click():
                self._dead = ""
                yield Key(Stroke.BREAK)
            case RawKey(released=True):
                self._down.discard(_side(event))
            case RawKey(virtual=virtual) if virtual in _MODIFIERS:
                self._down.add(_side(event))
            case RawKey(virtual=virtual) if virtual in _LOCKS:
                self._caps ^= virtual == CAPS_LOCK and virtual not in self._down
                self._down.add(virtual)  # a key that is held comes again and again, and turns the lock once
            case RawKey():
                yield from self._pressed(event)

    def _pressed(self, key: RawKey) -> Iterator[Key]:
        control, alt = self._held(CONTROL), self._held(ALT)
        if key.virtual == BACKSPACE and not alt:
            self._dead = ""
            yield Key(Stroke.ERASE_WORD if control else Stroke.ERASE)
            return
        # Control with Alt is AltGr; either of them alone, or the Windows key, makes a shortcut.
        shortcut = (control and not alt) or (alt and not control and RIGHT_ALT not in self._down)
        text, dead = ("", False) if shortcut or self._down & WINDOWS else self._written(key)
        if dead:
            self._dead, before = text, self._dead
            if before:
                yield Key(Stroke.WRITE, before)
        elif text:
            self._dead, before = "", self._dead
            yield Key(Stroke.WRITE, composed(before, text))
        else:
            self._dead = ""
            yield Key(Stroke.BREAK)  # Enter, Tab, an arrow, a shortcut that may move the caret or the focus

    def _held(self, modifier: int) -> bool:
        return bool(self._down & {modifier, *_SIDES[modifier]})

    def _written(self, key: RawKey) -> tuple[str, bool]:
        """Return what a key writes in the layout of the program in front, and whether it is a dead key."""
        user32 = self._api.user32
        thread = user32.GetWindowThreadProcessId(user32.GetForegroundWindow(), None)
        buffer = ctypes.create_unicode_buffer(_LONGEST)
        units = user32.ToUnicodeEx(
            key.virtual, key.scan, self._state(), buffer, _LONGEST, _STATE_STAYS, user32.GetKeyboardLayout(thread)
        )
        if units < 0:
            return buffer[0].replace("\0", ""), True
        return "".join(one for one in buffer[:units] if one.isprintable()), False

    def _state(self) -> ctypes.Array[ctypes.c_ubyte]:
        state = (ctypes.c_ubyte * 256)()
        for key in self._down:
            state[key] = _DOWN
        for modifier in _SIDES:
            state[modifier] = _DOWN if self._held(modifier) else 0
        if RIGHT_ALT in self._down:  # layouts with AltGr know it as Control with Alt; others write nothing then
            state[CONTROL] = state[_LEFT_CONTROL] = _DOWN
        state[CAPS_LOCK] = _ON if self._caps else 0
        return state


def composed(dead: str, text: str) -> str:
    """Return what a dead key and the key after it write: one letter, the sign alone before a space, else both."""
    if not dead or text == " ":
        return dead or text
    letter = unicodedata.normalize("NFC", text + _MARKS.get(dead, dead))
    return letter if len(letter) == 1 else dead + text


def _side(key: RawKey) -> int:
    """Return a modifier as its left or right one; the two Shift keys differ by their scan code."""
    if key.virtual not in _SIDES:
        return key.virtual
    right = key.scan == _RIGHT_SHIFT_SCAN if key.virtual == SHIFT else key.extended
    return _SIDES[key.virtual][right]
