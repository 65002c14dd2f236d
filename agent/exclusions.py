"""Knows the windows that must not be stored, also by the addresses that accessibility told of them."""

from collections.abc import Sequence

from agent.mask import masked
from agent.policy import Excluded
from agent.ports import Frame, WindowInfo, Windows

_MOST = 256


class Exclusions:
    """The policy's exclusions, at work. Addresses are remembered for as long as a window keeps its title."""

    def __init__(self, excluded: Excluded, windows: Windows) -> None:
        """Take what is excluded, and what knows the windows that can be seen."""
        self._excluded, self._windows = excluded, windows
        self._addresses: dict[tuple[int | None, str | None], str] = {}
        self.version = 0
        """Another number whenever something else may be excluded than before."""

    def use(self, excluded: Excluded) -> None:
        """Exclude these from now on."""
        self._excluded = excluded
        self.version += 1

    @property
    def any(self) -> bool:
        """Whether anything is excluded at all."""
        return bool(self._excluded)

    def learn(self, window: WindowInfo, url: str | None) -> None:
        """Remember the address that a window shows."""
        if not self._excluded.urls:
            return
        key = (window.process, window.title)
        if self._addresses.pop(key, None) != url:
            self.version += 1
        if url is not None:
            self._addresses[key] = url
            while len(self._addresses) > _MOST:
                self._addresses.pop(next(iter(self._addresses)))

    def holds(self, window: WindowInfo, url: str | None = None) -> bool:
        """Return whether a window is excluded."""
        return self.any and self._excluded.holds(window, url or self._addresses.get((window.process, window.title)))

    def mask(self, frames: tuple[Frame, ...], shown: Sequence[WindowInfo] | None = None) -> tuple[Frame, ...]:
        """Return the frames without excluded windows."""
        if not self.any:
            return frames
        return masked(frames, self._windows.shown() if shown is None else shown, self.holds)
