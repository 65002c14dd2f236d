"""The keyboard of an X session, by raw key events (XInput 2). No key is grabbed and none is held back."""

import time
from collections.abc import Iterator, Sequence

import xcffib
import xcffib.xinput
import xcffib.xkb
import xcffib.xproto as x

from agent.errors import PlatformError
from agent.platforms import x11_keysyms as keysyms
from agent.platforms.linux import X11Windows
from agent.platforms.x11_connection import connect
from agent.platforms.x11_waking import Doorbell
from agent.ports import WindowInfo
from agent.signs.sign import Sign
from agent.sources.typed import Key, Stroke

_ALL_MASTERS = 1
_RAW_KEY_PRESS, _RAW_KEY_RELEASE, _RAW_BUTTON_PRESS = 13, 14, 15
_CORE_KEYBOARD = 0x100  # XkbUseCoreKbd
_SHIFT, _LOCK, _CONTROL, _MOD1, _MOD2, _MOD4 = 0, 1, 2, 3, 4, 6  # rows of the modifier map
_GRAB, _UNGRAB = 1, 2  # NotifyGrab, NotifyUngrab


class X11Keys:
    """Strokes of every keyboard of this display."""

    def __init__(self) -> None:
        """Connect and ask for raw events; raises PlatformError."""
        try:
            self._connection = connect()
            self._input = self._connection(xcffib.xinput.key)
            self._xkb = self._connection(xcffib.xkb.key)
            self._input.XIQueryVersion(2, 2).reply()
            self._xkb.UseExtension(1, 0).reply()
        except (xcffib.ConnectionException, xcffib.ProtocolException, xcffib.ExtensionException) as problem:
            raise PlatformError("The keyboard of this display cannot be followed (XInput 2 is missing).") from problem
        self._core = self._connection.core
        root = self._connection.get_setup().roots[0].root
        bits = 1 << _RAW_KEY_PRESS | 1 << _RAW_KEY_RELEASE | 1 << _RAW_BUTTON_PRESS
        mask = xcffib.xinput.EventMask.synthetic(_ALL_MASTERS, 1, [bits])
        self._input.XISelectEvents(root, 1, [mask])
        self._windows = X11Windows()
        self._down: set[int] = set()
        self._dead = ""
        self._grabbed = False
        self._followed: int | None = None
        self._drained = False
        self._read_layout()
        self._follow_focus()
        self._doorbell = Doorbell(self._connection)

    def strokes(self) -> Sequence[Key]:
        """Return what was pressed since the last call, without waiting."""
        events = list(self._events())
        self._drained = not events  # else questions follow, and with their answers more strokes may have been read
        if not events:
            return ()
        found = [key for event in events for key in self._strokes_of(event)]
        self._follow_focus()
        return found

    def signs(self) -> Sequence[Sign]:
        """Return nothing: nobody ends this listening."""
        return ()

    def window(self) -> WindowInfo:
        """Return the window that keys go to now."""
        return self._windows.focused()

    def wait(self, least: float, most: float) -> None:
        """Wait until the display tells something, at most `most` seconds."""
        if self._drained:
            self._doorbell.wait(most)
        else:
            time.sleep(least)

    def wake(self) -> None:
        """End the waiting."""
        self._doorbell.ring()

    def close(self) -> None:
        """Disconnect."""
        self._doorbell.close()
        self._windows.close()
        self._connection.disconnect()

    def _events(self) -> Iterator[object]:
        while (event := self._connection.poll_for_event()) is not None:
            yield event

    def _strokes_of(self, event: object) -> Iterator[Key]:
        match event:
            case xcffib.xinput.RawKeyPressEvent():
                self._down.add(event.detail)
                if not self._grabbed:
                    yield from self._pressed(event.detail)
            case xcffib.xinput.RawKeyReleaseEvent():
                self._down.discard(event.detail)
            case xcffib.xinput.RawButtonPressEvent():
                yield Key(Stroke.BREAK)
            case x.MappingNotifyEvent():
                self._read_layout()
            case x.FocusOutEvent() if event.mode == _GRAB:
                self._grabbed = True
                yield Key(Stroke.SECURE)
            case x.FocusInEvent() if event.mode == _UNGRAB:
                self._grabbed = False

    def _pressed(self, code: int) -> Iterator[Key]:
        if any(code in row for row in self._modifiers):
            return
        keysym = self._keysym(code)
        shortcut = self._held(_CONTROL) or self._held(_MOD1) or self._held(_MOD4)
        if keysym == keysyms.BACKSPACE:
            self._dead = ""
            yield Key(Stroke.ERASE_WORD if self._held(_CONTROL) else Stroke.ERASE)
        elif keysym in keysyms.DEAD:
            self._dead = keysyms.DEAD[keysym]
        elif (text := keysyms.character(keysym)) and not shortcut:
            self._dead, mark = "", self._dead
            yield Key(Stroke.WRITE, keysyms.composed(mark, text))
        elif keysym != 0:
            yield Key(Stroke.BREAK)  # Enter, Tab, an arrow, a shortcut that may move the caret or the focus

    def _keysym(self, code: int) -> int:
        start = (code - self._first) * self._width
        return keysyms.keysym_at(
            self._keysyms[start : start + self._width],
            group=self._state.group,
            shift=self._held(_SHIFT),
            level3=bool(self._level3 & self._down),
            caps=bool(self._state.lockedMods & 1 << _LOCK),
            num=bool(self._state.lockedMods & 1 << _MOD2),
        )

    def _held(self, row: int) -> bool:
        return bool(self._modifiers[row] & self._down)

    def _read_layout(self) -> None:
        setup = self._connection.get_setup()
        self._first = setup.min_keycode
        reply = self._core.GetKeyboardMapping(self._first, setup.max_keycode - self._first + 1).reply()
        self._width, self._keysyms = reply.keysyms_per_keycode, list(reply.keysyms)
        rows = self._core.GetModifierMapping().reply()
        codes, width = list(rows.keycodes), rows.keycodes_per_modifier
        self._modifiers = [{code for code in codes[row * width : (row + 1) * width] if code} for row in range(8)]
        self._level3 = {
            self._first + place // self._width for place, one in enumerate(self._keysyms) if one == keysyms.LEVEL3
        }
        self._state = self._xkb.GetState(_CORE_KEYBOARD).reply()

    def _follow_focus(self) -> None:
        """Hear of grabs: the window in focus is told when another program takes the keyboard for itself."""
        try:
            self._state = self._xkb.GetState(_CORE_KEYBOARD).reply()
            focus = int(self._core.GetInputFocus().reply().focus)
            if focus > 1 and focus != self._followed:
                self._core.ChangeWindowAttributes(focus, x.CW.EventMask, [x.EventMask.FocusChange], True).check()
                self._followed, self._grabbed = focus, False
        except xcffib.ProtocolException:
            self._followed = None  # the window was closed while we asked
