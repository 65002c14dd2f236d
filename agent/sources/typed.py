"""Typed text, window by window. Password fields and secure input are left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from time import monotonic, sleep
from typing import Protocol

from agent.ports import Scene, Seen, WindowInfo
from agent.signs.sign import Sign
from agent.sources.typed_line import TypedLine
from engine.observation import Provenance

PAUSE = 1.5
"""Seconds without a key after which the last word counts as finished; whole words are given as often as this."""
REACH = 200
"""Code points before what is new in which a finding still counts: a later word can be the context of an earlier one."""
ANSWER = 10.0
"""Seconds to wait for accessibility to say whether the field is a password field: what was typed is held back so long.
Where there is no accessibility at all, that is known at once. A busy computer must not make a password readable."""


class Stroke(Enum):
    """What a key does to the text."""

    WRITE = "write"
    ERASE = "erase"
    ERASE_WORD = "erase-word"
    BREAK = "break"
    """The caret went elsewhere: Enter, Tab, an arrow, a click."""
    SECURE = "secure"
    """Another program took the keyboard for itself: nothing is taken until it gives it back."""


@dataclass(frozen=True, slots=True)
class Key:
    """One stroke."""

    stroke: Stroke
    text: str = field(default="", repr=False)


class Keys(Protocol):
    """The keyboard of this session."""

    def strokes(self) -> Sequence[Key]:
        """Return what was pressed since the last call, without waiting."""

    def signs(self) -> Sequence[Sign]:
        """Return what happened to the listening since the last call: that the system ended it, or kept keys back."""

    def window(self) -> WindowInfo:
        """Return the window that keys go to now."""

    def wait(self, least: float, most: float) -> None:
        """Wait for a stroke, at most `most` seconds; `least` where strokes may be there that nothing tells of."""

    def wake(self) -> None:
        """End the waiting. Another thread calls this."""

    def close(self) -> None:
        """Give everything back."""


class SecretFocus(Protocol):
    """Knows password fields."""

    def ask_secret(self, window: WindowInfo) -> None:
        """Ask whether the focus is in a password field of this window."""

    def secrets(self) -> Sequence[bool | None]:
        """Return the answers so far, in the order of the questions; None where nobody knows."""

    def close(self) -> None:
        """Give everything back."""


@dataclass(slots=True)
class _Stretch:
    """Typing between two breaks. Whether it is a secret is asked when it begins; until then it is not looked at."""

    window: WindowInfo
    asked: float
    line: TypedLine = field(default_factory=TypedLine, repr=False)
    answered: bool = False
    secret: bool | None = None
    ended: bool = False
    last: float = 0.0
    given: float = 0.0

    @property
    def settled(self) -> bool:
        """Whether nothing becomes of it by itself: only another stroke does anything."""
        return self.answered and self.line.empty


class TypedSource:
    """Follows the keys, in a thread of its own: it waits for strokes."""

    def __init__(self, keys: Keys, focus: SecretFocus) -> None:
        """Take the keyboard and what knows password fields."""
        self._keys, self._focus = keys, focus
        self._stretches: list[_Stretch] = []
        self._unanswered: list[_Stretch] = []

    def poll(self, _scene: Scene) -> Sequence[Seen | Sign]:
        """Return what was typed and may be screened, and what happened to the listening."""
        self._take_answers()
        strokes = self._keys.strokes()
        if strokes:
            window = self._keys.window()
            for key in strokes:
                self._press(key, window)
        found = [seen for stretch in self._stretches for seen in self._finished(stretch)]
        self._stretches = [one for one in self._stretches if not (one.ended and (one.answered or one.line.empty))]
        return [*self._keys.signs(), *found]

    def wait(self, least: float, most: float) -> None:
        """Wait for a stroke; where something typed is not screened yet, or no answer came, only a moment."""
        if self._unanswered or not all(one.settled for one in self._stretches):
            sleep(least)
        else:
            self._keys.wait(least, most)

    def wake(self) -> None:
        """End the waiting."""
        self._keys.wake()

    def close(self) -> None:
        """Let go of the keyboard and forget everything."""
        self._stretches.clear()
        self._keys.close()
        self._focus.close()

    def _press(self, key: Key, window: WindowInfo) -> None:
        now = monotonic()
        current = next((one for one in self._stretches if not one.ended), None)
        if current is not None and (current.window != window or key.stroke in (Stroke.BREAK, Stroke.SECURE)):
            current.ended = True
            current = None
        if key.stroke in (Stroke.BREAK, Stroke.SECURE):
            return
        if current is None:
            current = _Stretch(window, now)
            self._stretches.append(current)
            self._unanswered.append(current)
            self._focus.ask_secret(window)
        current.last = now
        if current.secret:
            return
        if key.stroke is Stroke.WRITE:
            current.line.write(key.text)
        else:
            current.line.erase(word=key.stroke is Stroke.ERASE_WORD)

    def _take_answers(self) -> None:
        for secret in self._focus.secrets():
            if self._unanswered:
                # An answer after the end tells of the next field: where fields are known at all, it is not believed.
                stretch = self._unanswered.pop(0)
                self._answer(stretch, secret if secret is None else secret or stretch.ended)
        for stretch in self._unanswered:
            if not stretch.answered and monotonic() - stretch.asked > ANSWER:
                self._answer(stretch, None)

    def _answer(self, stretch: _Stretch, secret: bool | None) -> None:
        stretch.answered, stretch.secret = True, secret
        if secret:
            stretch.line = TypedLine()

    def _finished(self, stretch: _Stretch) -> Sequence[Seen]:
        if not stretch.answered or stretch.secret:
            return ()
        finished = stretch.ended or monotonic() - stretch.last > PAUSE
        if not finished and monotonic() - stretch.given < PAUSE:
            return ()
        stretch.given = monotonic()
        return [
            Seen(
                one.text, "typed", Provenance.TYPED, stretch.window, fresh=((max(0, one.fresh - REACH), len(one.text)),)
            )
            for one in stretch.line.take(finished=finished)
        ]
