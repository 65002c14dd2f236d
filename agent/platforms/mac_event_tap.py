"""Keys and clicks as macOS tells them beside their way to the program in front: an event tap that only listens.

Leave for it is Input Monitoring. Secure input (password fields, terminals that ask for it) keeps keys from every tap.
Not yet run there.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.errors import PlatformError
from agent.platforms.mac_frameworks import Frameworks

KEY_DOWN, CLICKS = 10, (1, 3, 25)
"""kCGEventKeyDown; kCGEventLeftMouseDown, kCGEventRightMouseDown, kCGEventOtherMouseDown."""
OFF_BY_TIMEOUT, OFF_BY_INPUT = 0xFFFFFFFE, 0xFFFFFFFF
"""kCGEventTapDisabledByTimeout, kCGEventTapDisabledByUserInput."""
HINT = "System Settings › Privacy & Security › Input Monitoring: remove Overt and add it again."
_SESSION, _FIRST, _LISTENS = 1, 0, 1  # kCGSessionEventTap, kCGHeadInsertEventTap, kCGEventTapOptionListenOnly
_KEYCODE = 9  # kCGKeyboardEventKeycode
_HANDLED = 4  # kCFRunLoopRunHandledSource
_LONGEST = 16
_MOST_EVENTS = 500  # taken in one go
_ASKED_EVERY = 5.0  # seconds between two questions whether there is leave


@dataclass(frozen=True, slots=True)
class MacKey:
    """A key that went down: its code, the modifiers that were held, and what it writes."""

    code: int
    flags: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MacClick:
    """A button of the mouse that went down."""


class EventTap:
    """Keys and clicks of this session. Made, asked and closed by one thread; only `wake` is for others."""

    def __init__(self, frameworks: Frameworks) -> None:
        """Ask for events; raises PlatformError without leave to listen."""
        self._quartz, self._pool = frameworks.quartz, frameworks.pool
        self._found: list[MacKey | MacClick] = []
        self.interrupted = 0
        """How often macOS ended the listening because this program was slow, since this was last set to 0."""
        self._check_leave()
        self._asked = time.monotonic()
        mask = sum(1 << one for one in (KEY_DOWN, *CLICKS))
        self._tap = self._quartz.CGEventTapCreate(_SESSION, _FIRST, _LISTENS, mask, self._heard, None)
        if self._tap is None:
            raise PlatformError("macOS lets this program hear no keys.", hint=HINT)
        self._source = self._quartz.CFMachPortCreateRunLoopSource(None, self._tap, 0)
        self._loop = self._quartz.CFRunLoopGetCurrent()
        self._mode = self._quartz.kCFRunLoopDefaultMode
        self._quartz.CFRunLoopAddSource(self._loop, self._source, self._mode)
        self._quartz.CGEventTapEnable(self._tap, True)

    def events(self) -> Sequence[MacKey | MacClick]:
        """Return what came since the last call, in its order, without waiting; raises PlatformError."""
        if time.monotonic() - self._asked >= _ASKED_EVERY:
            self._asked = time.monotonic()
            self._check_leave()
        with self._pool():
            for _ in range(_MOST_EVENTS):
                if self._quartz.CFRunLoopRunInMode(self._mode, 0.0, True) != _HANDLED:
                    break
        found, self._found = self._found, []
        return found

    def wait(self, least: float, most: float) -> None:
        """Wait for input, at most `most` seconds."""
        began = time.monotonic()
        with self._pool():
            self._quartz.CFRunLoopRunInMode(self._mode, most, True)
        if not self._found and time.monotonic() - began < least:
            time.sleep(least)  # the loop had nothing to wait for

    def wake(self) -> None:
        """End the waiting."""
        self._quartz.CFRunLoopStop(self._loop)

    def close(self) -> None:
        """Stop listening."""
        self._quartz.CGEventTapEnable(self._tap, False)
        self._quartz.CFRunLoopRemoveSource(self._loop, self._source, self._mode)
        self._quartz.CFMachPortInvalidate(self._tap)
        self._found.clear()

    def _check_leave(self) -> None:
        if not self._quartz.CGPreflightListenEventAccess():
            raise PlatformError("This program may not hear keys: leave for Input Monitoring is missing.", hint=HINT)

    def _heard(self, _proxy: Any, kind: int, event: Any, _: Any) -> Any:
        """Take an event. What a tap that listens returns changes nothing."""
        if kind & 0xFFFFFFFF in (OFF_BY_TIMEOUT, OFF_BY_INPUT):
            self.interrupted += 1
            self._quartz.CGEventTapEnable(self._tap, True)
        elif kind in CLICKS:
            self._found.append(MacClick())
        elif kind == KEY_DOWN:
            _, text = self._quartz.CGEventKeyboardGetUnicodeString(event, _LONGEST, None, None)
            code = self._quartz.CGEventGetIntegerValueField(event, _KEYCODE)
            self._found.append(MacKey(int(code), int(self._quartz.CGEventGetFlags(event)), str(text or "")))
        return event
