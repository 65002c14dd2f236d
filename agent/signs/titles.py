"""Titles of all windows, not only of the one in focus, compared with signatures: private windows, virtual machines."""

from collections.abc import Callable, Sequence

from agent.ports import Windows
from agent.signs.recognise import Recogniser
from agent.signs.sign import Sign
from engine.signatures.model import Trace, Where


class TitleWatcher:
    """The windows of this session. Titles are compared and forgotten."""

    pause = 2.0

    def __init__(
        self, recogniser: Recogniser, windows: Windows, told: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        """Ask these windows, and take what accessibility told of their titles: a browser may say more to it."""
        self._told = told
        self._recogniser = recogniser
        self._windows = windows
        self._before: frozenset[str] = frozenset()

    def look(self) -> Sequence[Sign]:
        """Return signs in titles that were not there at the last look."""
        now = frozenset(one.title for one in self._windows.shown() if one.title) | self._told()
        new, self._before = now - self._before, now
        return self._recogniser.signs(Trace(Where.TITLE, title) for title in sorted(new))
