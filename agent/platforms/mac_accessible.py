"""Text that programs on macOS give through accessibility (AXUIElement). Password fields are not asked. Not yet run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.accessible import Kind, Piece, WindowText, without_doubles
from agent.errors import PlatformError
from agent.platforms.mac import MacWindows
from agent.platforms.mac_frameworks import Frameworks, load_frameworks
from agent.ports import Rectangle, WindowInfo

SECURE = "AXSecureTextField"
INLINE = frozenset({"AXStaticText", "AXLink"})
FIELDS = frozenset({"AXStaticText", "AXTextField", "AXTextArea", "AXComboBox"})
"""What they show is their value; what others show is their title."""
ASKED = ("AXRole", "AXSubrole", "AXPosition", "AXSize", "AXTitle", "AXChildren", "AXURL")
MOST_OBJECTS = 5_000
LONGEST = 50_000
PATIENCE = 1.0
"""Seconds within which a program must answer."""
_POINT, _SIZE, _DONE = 1, 2, 0  # kAXValueCGPointType, kAXValueCGSizeType, kAXErrorSuccess


class MacScreen:
    """Everything shown on this session's screens, as accessibility tells it."""

    def __init__(self, frameworks: Frameworks | None = None) -> None:
        """Connect; raises PlatformError without leave to use accessibility."""
        frameworks = frameworks or load_frameworks()
        self._pool = frameworks.pool
        self._ax, self._windows = frameworks.services, MacWindows(frameworks)
        if not self._ax.AXIsProcessTrusted():
            raise PlatformError(
                "This program may not use accessibility.",
                hint="System Settings › Privacy & Security › Accessibility: remove Overt and add it again.",
            )

    def read(self) -> Sequence[WindowText]:
        """Return what every shown window says. Programs that do not answer are left out."""
        shown = self._windows.shown()
        found: list[WindowText] = []
        for process in dict.fromkeys(window.process for window in shown if window.process is not None):
            app = next(window.app for window in shown if window.process == process)
            with self._pool():
                found += self._program(process, app)
        return tuple(found)

    def secret_focus(self, window: WindowInfo) -> bool | None:
        """Return whether what is typed goes into a password field; None where no program says, or it is another's."""
        if window.process is None:
            return None
        with self._pool():
            focused = self._ask(self._element(window.process), "AXFocusedUIElement")
            return None if focused is None else self._ask(focused, "AXSubrole") == SECURE

    def close(self) -> None:
        """Nothing is held."""

    def _element(self, process: int) -> Any:
        element = self._ax.AXUIElementCreateApplication(process)
        self._ax.AXUIElementSetMessagingTimeout(element, PATIENCE)
        return element

    def _program(self, process: int, app: str | None) -> Iterator[WindowText]:
        for element in self._ask(self._element(process), "AXWindows") or ():
            told = self._tell(element)
            place = self._place(told)
            if place is not None and not self._ask(element, "AXMinimized"):
                window = WindowInfo(app, told.get("AXTitle") or None, place, process)
                yield self._window(window, place, told.get("AXChildren") or ())

    def _window(self, window: WindowInfo, place: Rectangle, children: Sequence[Any]) -> WindowText:
        pieces: list[Piece] = []
        url = None
        for element, told in self._objects(children):
            piece = self._piece(element, told, place)
            pieces += [piece] if piece is not None else []
            url = url or (str(told["AXURL"]) if told.get("AXRole") == "AXWebArea" and told.get("AXURL") else None)
        pictures = tuple(one.place for one in pieces if one.kind is Kind.PICTURE)
        return WindowText(window, without_doubles(pieces), url, pictures)

    def _objects(self, children: Sequence[Any]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        """Walk down in the order of the tree, without recursion: pages nest as deep as they like."""
        waiting = list(reversed(children))
        for _ in range(MOST_OBJECTS):
            if not waiting:
                return
            element = waiting.pop()
            told = self._tell(element)
            yield element, told
            if told.get("AXSubrole") != SECURE:
                waiting += reversed(told.get("AXChildren") or ())

    def _piece(self, element: Any, told: Mapping[str, Any], inside: Rectangle) -> Piece | None:
        place = self._place(told)
        shown = None if place is None else place.overlap(inside)
        if shown is None:
            return None
        role = told.get("AXRole")
        if told.get("AXSubrole") == SECURE:
            return Piece(Kind.SECRET, shown)
        if role == "AXImage":
            return Piece(Kind.PICTURE, shown)
        text = self._ask(element, "AXValue") if role in FIELDS else told.get("AXTitle")
        words = text[:LONGEST] if isinstance(text, str) else ""
        return Piece(Kind.INLINE if role in INLINE else Kind.BLOCK, shown, words)

    def _place(self, told: Mapping[str, Any]) -> Rectangle | None:
        if told.get("AXPosition") is None or told.get("AXSize") is None:
            return None
        known, point = self._ax.AXValueGetValue(told["AXPosition"], _POINT, None)
        sized, size = self._ax.AXValueGetValue(told["AXSize"], _SIZE, None)
        if not known or not sized or size.width < 1 or size.height < 1:
            return None
        return Rectangle(int(point.x), int(point.y), int(size.width), int(size.height))

    def _tell(self, element: Any) -> Mapping[str, Any]:
        """Ask for several things in one question. What an object has not comes as an error value, which is no text."""
        error, values = self._ax.AXUIElementCopyMultipleAttributeValues(element, ASKED, 0, None)
        return dict(zip(ASKED, values, strict=True)) if error == _DONE and values else {}

    def _ask(self, element: Any, attribute: str) -> Any:
        error, value = self._ax.AXUIElementCopyAttributeValue(element, attribute, None)
        return value if error == _DONE else None
