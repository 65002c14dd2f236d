"""What accessibility says of the screen: texts with their places, joined into one text a window. Pure.

An accessible tree gives a text several times: a paragraph repeats what its pieces say, and stands for links and
pictures in it with U+FFFC. Here each text is kept once, at its lowest place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from agent.ports import Rectangle, WindowInfo

OBJECT = "\ufffc"
"""Stands in a text for an object inside it."""
_LOOK_AHEAD = 64
"""Objects after a container among which its own pieces are looked for."""


class Kind(Enum):
    """What an object is, as far as reading cares."""

    INLINE = "inline"
    """Part of a line: a run of text, a link."""
    BLOCK = "block"
    """Begins a line of its own."""
    SECRET = "secret"  # noqa: S105  (the kind of a field, not a secret)
    """A password field: its text is never asked for."""
    PICTURE = "picture"
    """Shows what only its pixels say; the words it carries for those who do not see it are not on the screen."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One accessible object that is shown."""

    kind: Kind
    place: Rectangle
    """On the desktop, in pixels."""
    text: str = field(default="", repr=False)
    begins: bool = False
    """Whether something new begins here: another paragraph, cell, button."""


@dataclass(frozen=True, slots=True)
class WindowText:
    """What one window shows, in the order of reading."""

    window: WindowInfo
    pieces: tuple[Piece, ...] = field(repr=False)
    """Texts without doubles; password fields are in it, empty, so that nobody reads their pixels either."""
    url: str | None = field(default=None, repr=False)
    pictures: tuple[Rectangle, ...] = ()
    """Where pictures are, on the desktop."""


class Accessibility(Protocol):
    """What platforms implement."""

    def read(self) -> Sequence[WindowText]:
        """Return what every shown window says. Programs that do not answer are left out; raises PlatformError."""

    def secret_focus(self, window: WindowInfo) -> bool | None:
        """Return whether what is typed into this window now goes into a password field; None where nobody says."""

    def close(self) -> None:
        """Give everything back."""


def without_doubles(objects: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return the objects, given in the order of the tree, without containers whose pieces follow."""
    kept = []
    begins = True
    for number, one in enumerate(objects):
        begins = begins or one.kind is not Kind.INLINE
        if one.kind is Kind.PICTURE or not _worth_keeping(one, objects[number + 1 : number + 1 + _LOOK_AHEAD]):
            continue
        kept.append(replace(one, begins=begins))
        begins = one.kind is not Kind.INLINE
    return tuple(kept)


def _worth_keeping(one: Piece, following: Sequence[Piece]) -> bool:
    if one.kind is Kind.SECRET:
        return True
    return bool(one.text.replace(OBJECT, "").strip()) and not _says_again(one, following)


def _says_again(container: Piece, following: Sequence[Piece]) -> bool:
    """Return whether one of the runs right after a container, on its lines, is part of its own text."""
    for one in following:
        if one.place.top >= container.place.bottom or one.place.bottom <= container.place.top:
            return False
        text = one.text.replace(OBJECT, "").strip()
        if one.kind is Kind.INLINE and text and text in container.text:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Joined:
    """A window's text, and where each of its pieces stands in it: start and end, end exclusive."""

    text: str = field(repr=False)
    places: tuple[tuple[int, int], ...]


def join(pieces: Sequence[Piece]) -> Joined:
    """Put pieces together as they are read.

    Runs of one paragraph stand together, cells and buttons of one row are parted by a tab, what begins further down by
    a blank line: the engine takes both for the end of a thought.
    """
    parts: list[str] = []
    places = []
    length = 0
    before: Piece | None = None
    for one in pieces:
        text = one.text.replace(OBJECT, " ")
        between = "" if before is None else _between(before, one)
        places.append((length + len(between), length + len(between) + len(text)))
        parts += [between, text]
        length += len(between) + len(text)
        before = one
    return Joined("".join(parts), tuple(places))


def _between(before: Piece, after: Piece) -> str:
    overlap = min(before.place.bottom, after.place.bottom) - max(before.place.top, after.place.top)
    one_row = overlap * 2 > min(before.place.height, after.place.height)
    if after.begins:
        return "\t" if one_row else "\n\n"
    return "" if one_row else "\n"
