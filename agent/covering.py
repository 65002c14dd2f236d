"""Which window covers which: the stack of windows on the desktop, lowest first. Pure."""

from collections.abc import Sequence

from agent.ports import Rectangle, WindowInfo


class Stack:
    """The windows that can be seen at one moment."""

    def __init__(self, shown: Sequence[WindowInfo]) -> None:
        """Take them lowest first; empty where the system does not tell."""
        self._shown = [one for one in shown if one.place is not None]

    def hides(self, place: Rectangle, owner: WindowInfo) -> bool:
        """Return whether another program's window lies over the middle of a place in a window of `owner`.

        Where it is not known whose window lies there, nothing is hidden: better read than lost.
        """
        top = self._at(place.left + place.width // 2, place.top + place.height // 2)
        if top is None or top.process is None or owner.process is None:
            return False
        return top.process != owner.process

    def is_focused(self, told: WindowInfo, focused: WindowInfo) -> bool:
        """Return whether a window, as accessibility tells it, is the one in focus, or a menu or pop-up of it."""
        if told.process is not None and focused.process is not None and told.process != focused.process:
            return False
        return told.title is None or _same_title(told, focused)

    def named(self, told: WindowInfo) -> WindowInfo:
        """Return the window as the window system names it, so that each source calls it the same."""
        for one in reversed(self._shown):
            if _same_title(told, one) and told.process in (None, one.process):
                return one
        return told

    def window_at(self, place: Rectangle, focused: WindowInfo) -> WindowInfo:
        """Return the window that lies over the middle of a place; the one in focus where none has a name there."""
        top = self._at(place.left + place.width // 2, place.top + place.height // 2)
        return focused if top is None or top.title is None else top

    def _at(self, across: int, down: int) -> WindowInfo | None:
        for one in reversed(self._shown):
            place = one.place
            if place is not None and place.left <= across < place.right and place.top <= down < place.bottom:
                return one
        return None


def _same_title(told: WindowInfo, shown: WindowInfo) -> bool:
    """Return whether accessibility and the window system mean one window.

    A browser adds words for accessibility alone: “A page - Chromium (Incognito)”. Only of one program that is believed.
    """
    if told.title is None or shown.title is None or told.title == shown.title:
        return told.title == shown.title
    same_program = told.process is not None and told.process == shown.process
    return same_program and told.title.startswith(f"{shown.title} (")
