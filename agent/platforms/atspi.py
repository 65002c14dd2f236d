"""Text that programs on a Linux desktop give through accessibility (AT-SPI 2). Password fields are not asked."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.accessible import Kind, Piece, WindowText, without_doubles
from agent.errors import PlatformError
from agent.platforms.atspi_bus import (
    ACCESSIBLE,
    COLLECTION,
    COMPONENT,
    DOCUMENT,
    PROPERTIES,
    REGISTRY,
    TEXT,
    Bus,
    Call,
    Ref,
)
from agent.ports import Rectangle, WindowInfo

FOCUSED, SHOWING = 12, 25
"""Bits of AtspiStateType."""
PASSWORD, DOCUMENT_WEB = "password text", "document web"
INLINE = frozenset({"static", "link"})
PICTURES = frozenset({"image", "icon", "canvas", "video", "animation", "embedded", "drawing area", "desktop icon"})
NAMED = frozenset(
    {"push button", "toggle button", "check box", "radio button", "menu", "menu item", "check menu item", "page tab",
     "radio menu item", "table cell", "tree item", "list item", "column header", "row header", "label", "status bar"}
)  # fmt: skip
LONGEST = 50_000
"""Code points asked of one object: a terminal or an editor gives its whole history."""
MOST_OBJECTS = 5_000
"""Objects read of one window."""
ASIDE = 20.0
"""Seconds for which a program that did not answer is left out."""
_MOST_ROLES = 100_000
_ALL, _ANY, _NONE = 1, 2, 3  # AtspiCollectionMatchType
_CANONICAL = 1  # AtspiCollectionSortOrder: the order of the tree
_RULE = "(aiia{ss}iaiiasib)uib"
_SCREEN = 0  # AtspiCoordType


@dataclass(slots=True)
class _Program:
    """What is known of a program on the bus."""

    process: int | None
    name: str
    aside_until: float = 0.0
    roles: dict[str, str] = field(default_factory=dict)


class AtspiScreen:
    """Everything shown on this session's screens, as accessibility tells it."""

    def __init__(self) -> None:
        """Connect; raises PlatformError."""
        self._bus = Bus()
        self._programs: dict[str, _Program] = {}

    def read(self) -> Sequence[WindowText]:
        """Return what every shown window says; raises PlatformError where the bus is gone."""
        return tuple(self._read())

    def secret_focus(self, window: WindowInfo) -> bool | None:
        """Return whether what is typed into this window now goes into a password field; None where no program says."""
        for one in self._windows():
            if window.process in (None, self._programs[one[0]].process):
                focused = self._matches(one, FOCUSED, with_text=True)
                if focused:
                    return PASSWORD in self._roles(focused)
        return None

    def close(self) -> None:
        """Disconnect."""
        self._bus.close()

    def _read(self) -> Iterator[WindowText]:
        for window in self._windows():
            read = self._read_window(window)
            if read is not None:
                yield read

    def _windows(self) -> Iterator[Ref]:
        answer = self._bus.ask([Call(REGISTRY, ACCESSIBLE, "GetChildren")])[0]
        if answer is None:
            raise PlatformError("The accessibility bus does not answer.")
        programs = [(str(name), str(path)) for name, path in answer[0]]
        self._programs = {name: self._programs.get(name) or self._meet((name, path)) for name, path in programs}
        for program in programs:
            known = self._programs[program[0]]
            if time.monotonic() < known.aside_until:
                continue
            children = self._bus.ask([Call(program, ACCESSIBLE, "GetChildren")])[0]
            if children is None:
                known.aside_until = time.monotonic() + ASIDE
            else:
                yield from ((str(name), str(path)) for name, path in children[0])

    def _meet(self, program: Ref) -> _Program:
        return _Program(self._bus.process_of(program[0]), self._names([program])[0])

    def _read_window(self, window: Ref) -> WindowText | None:
        states = self._states(window)
        place = self._places([window])[0]
        if states is None or place is None or not states & 1 << SHOWING:
            return None
        program = self._programs[window[0]]
        title = self._names([window])[0]
        objects = self._objects(window, place)
        if not title and not objects:
            return None
        refs = [ref for ref, _ in objects]
        roles = self._roles(refs)
        texts = self._texts(refs, roles)
        pieces = [Piece(_kind(role), where, text) for (_, where), role, text in zip(objects, roles, texts, strict=True)]
        return WindowText(
            WindowInfo(program.name or None, title or None, place, program.process),
            without_doubles(pieces),
            self._url(refs, roles),
            tuple(one.place for one in pieces if one.kind is Kind.PICTURE),
        )

    def _objects(self, window: Ref, place: Rectangle) -> list[tuple[Ref, Rectangle]]:
        """Return what is shown inside a window, with places clipped to it, in the order of the tree."""
        found = self._matches(window, SHOWING, with_text=True) + self._matches(window, SHOWING, with_text=False)
        inside = []
        for ref, where in zip(found, self._places(found), strict=True):
            clipped = None if where is None else where.overlap(place)
            if clipped is not None:
                inside.append((ref, clipped))
        return inside

    def _matches(self, window: Ref, state: int, *, with_text: bool) -> list[Ref]:
        text = (["Text"], _ALL) if with_text else (["Text"], _NONE)
        rule: tuple[object, ...] = ([1 << state, 0], _ALL, {}, _ALL, [0, 0, 0, 0], _ALL, *text, False)
        answer = self._bus.ask([Call(window, COLLECTION, "GetMatches", _RULE, (rule, _CANONICAL, MOST_OBJECTS, True))])[
            0
        ]
        return [] if answer is None else [(str(name), str(path)) for name, path in answer[0]]

    def _states(self, ref: Ref) -> int | None:
        answer = self._bus.ask([Call(ref, ACCESSIBLE, "GetState")])[0]
        return None if answer is None else int(answer[0][0])

    def _places(self, refs: Sequence[Ref]) -> list[Rectangle | None]:
        answers = self._bus.ask(Call(ref, COMPONENT, "GetExtents", "u", (_SCREEN,)) for ref in refs)
        return [None if answer is None else Rectangle(*answer[0]) for answer in answers]

    def _names(self, refs: Sequence[Ref]) -> list[str]:
        answers = self._bus.ask(Call(ref, PROPERTIES, "Get", "ss", (ACCESSIBLE, "Name")) for ref in refs)
        return ["" if answer is None else str(answer[0][1]) for answer in answers]

    def _roles(self, refs: Sequence[Ref]) -> list[str]:
        """Return the roles' names. An object keeps its role, so each is asked once."""
        new = [ref for ref in refs if ref[1] not in self._programs[ref[0]].roles]
        for ref, answer in zip(new, self._bus.ask(Call(ref, ACCESSIBLE, "GetRoleName") for ref in new), strict=True):
            roles = self._programs[ref[0]].roles
            if len(roles) > _MOST_ROLES:
                roles.clear()
            if answer is not None:
                roles[ref[1]] = str(answer[0])
        # A role that nobody tells is taken for a secret: better a word unread than a password read.
        return [self._programs[ref[0]].roles.get(ref[1], PASSWORD) for ref in refs]

    def _texts(self, refs: Sequence[Ref], roles: Sequence[str]) -> list[str]:
        asked = [number for number, role in enumerate(roles) if role != PASSWORD and role not in PICTURES]
        answers = self._bus.ask(Call(refs[number], TEXT, "GetText", "ii", (0, LONGEST)) for number in asked)
        texts = [""] * len(refs)
        nameless = []  # what shows no text of its own shows its name: the words on a button, an entry of a menu
        for number, answer in zip(asked, answers, strict=True):
            if answer is not None:
                texts[number] = str(answer[0])
            elif roles[number] in NAMED:
                nameless.append(number)
        for number, name in zip(nameless, self._names([refs[number] for number in nameless]), strict=True):
            texts[number] = name
        return texts

    def _url(self, refs: Sequence[Ref], roles: Sequence[str]) -> str | None:
        pages = [ref for ref, role in zip(refs, roles, strict=True) if role == DOCUMENT_WEB]
        answers = self._bus.ask(Call(ref, DOCUMENT, "GetAttributes") for ref in pages)
        told = (answer[0].get("DocURL") or answer[0].get("URI") for answer in answers if answer is not None)
        return next((str(url) for url in told if url), None)


def _kind(role: str) -> Kind:
    if role == PASSWORD:
        return Kind.SECRET
    if role in PICTURES:
        return Kind.PICTURE
    return Kind.INLINE if role in INLINE else Kind.BLOCK
