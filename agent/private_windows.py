"""Which windows are private ones of a browser: by their titles, and by what accessibility says in place of those.

Chromium on Linux marks its private windows for accessibility only; the window's own title says nothing.
"""

from collections.abc import Callable, Iterable

from agent.ports import WindowInfo

_MOST = 256


class PrivateWindows:
    """What was told of the windows, and what signatures make of it."""

    def __init__(self, is_private: Callable[[str], bool]) -> None:
        """`is_private` judges a title."""
        self._is_private = is_private
        self._known: dict[tuple[int | None, str | None], bool] = {}
        self.titles: frozenset[str] = frozenset()
        """The titles that accessibility told last."""

    def tell(self, titles: Iterable[str | None]) -> None:
        """Take what accessibility calls all windows now."""
        self.titles = frozenset(one for one in titles if one)

    def learn(self, window: WindowInfo, title: str | None) -> None:
        """Remember what accessibility calls a window; of two with one name in one program the last counts."""
        key = (window.process, window.title)
        self._known.pop(key, None)
        self._known[key] = title is not None and self._is_private(title)
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def holds(self, window: WindowInfo) -> bool:
        """Return whether a window is private, as far as anybody says."""
        known = self._known.get((window.process, window.title), False)
        return known or (window.title is not None and self._is_private(window.title))
