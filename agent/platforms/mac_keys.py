"""The keyboard of a macOS session: what each key writes, and when macOS keeps keys to itself. Not yet run there.

A letter that is written with a dead key may come without its mark, for macOS puts the two together inside the program;
so it does with input methods (Chinese, Japanese, Korean), whose text is read from the screen.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from agent.platforms.mac import MacWindows
from agent.platforms.mac_event_tap import EventTap, MacClick, MacKey
from agent.platforms.mac_frameworks import Frameworks, load_frameworks, load_secure_input
from agent.ports import WindowInfo
from agent.signs.sign import Sign
from agent.sources.typed import Key, Stroke

BACKSPACE = 51
"""kVK_Delete."""
CONTROL, OPTION, COMMAND = 0x40000, 0x80000, 0x100000
"""kCGEventFlagMaskControl, …Alternate, …Command."""
_FUNCTIONS = range(0xF700, 0xF900)  # NSUpArrowFunctionKey and so on: keys that write nothing

LASTS = 60.0
"""Seconds after which secure input is told: a password takes less."""
INTERRUPTED = Sign(
    "typing-interrupted",
    "macOS ended the listening to keys because the computer was slow; it goes on, keys in between were not followed.",
)
HELD = Sign(
    "typing-held",
    "A program has secure input on for more than a minute; until it gives the keyboard back, no typing is followed.",
)
GIVEN_BACK = Sign("typing-given-back", "Secure input is off again; typed text is followed.")


class MacKeys:
    """Strokes of every keyboard of this session."""

    def __init__(self, frameworks: Frameworks | None = None, secure: Callable[[], bool] | None = None) -> None:
        """Begin to listen; raises PlatformError. `secure` says whether secure input is on."""
        frameworks = frameworks or load_frameworks()
        self._secure = secure or load_secure_input()
        self._windows = MacWindows(frameworks)
        self._tap = EventTap(frameworks)
        self._since: float | None = None  # when secure input began
        self._told = False

    def strokes(self) -> Sequence[Key]:
        """Return what was pressed since the last call, without waiting. Raises PlatformError when leave was lost."""
        events = self._tap.events()
        secure, was_secure = self._secure(), self._since is not None
        if secure or was_secure:
            # Keys of the moment in which it began or ended may be a password's: none of them is taken.
            self._since = (self._since or monotonic()) if secure else None
            return (Key(Stroke.SECURE),) if events or secure != was_secure else ()
        return [key for event in events for key in _strokes_of(event)]

    def signs(self) -> Sequence[Sign]:
        """Return what happened to the listening since the last call."""
        found = [INTERRUPTED] if self._tap.interrupted else []
        self._tap.interrupted = 0
        lasts = self._since is not None and monotonic() - self._since > LASTS
        if lasts and not self._told:
            found.append(HELD)
        elif self._told and self._since is None:
            found.append(GIVEN_BACK)
        self._told = lasts or (self._told and self._since is not None)
        return found

    def window(self) -> WindowInfo:
        """Return the window that keys go to now."""
        return self._windows.focused()

    def wait(self, least: float, most: float) -> None:
        """Wait for input, at most `most` seconds."""
        self._tap.wait(least, most)

    def wake(self) -> None:
        """End the waiting."""
        self._tap.wake()

    def close(self) -> None:
        """Stop listening."""
        self._tap.close()


def _strokes_of(event: MacKey | MacClick) -> Iterator[Key]:
    match event:
        case MacClick():
            yield Key(Stroke.BREAK)
        case MacKey(code=code, flags=flags) if code == BACKSPACE and not flags & (COMMAND | CONTROL):
            yield Key(Stroke.ERASE_WORD if flags & OPTION else Stroke.ERASE)
        case MacKey(flags=flags) if flags & (COMMAND | CONTROL):
            yield Key(Stroke.BREAK)  # a shortcut that may move the caret or the focus
        case MacKey(text=""):
            return  # a dead key: the letter is still to come
        case MacKey(text=text):
            written = "".join(one for one in text if one.isprintable() and ord(one) not in _FUNCTIONS)
            yield Key(Stroke.WRITE, written) if written else Key(Stroke.BREAK)
