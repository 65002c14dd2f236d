"""What watching needs of what screens. The pipeline is that; a measurement of the reading can stand in its place."""

from collections.abc import Sequence
from typing import Protocol

from agent.ports import Frame, Seen, WindowInfo
from agent.private_windows import PrivateWindows
from agent.reading import ReadText
from agent.signs.sign import Sign


class Screening(Protocol):
    """Takes what was seen, one observation after the other."""

    @property
    def private(self) -> PrivateWindows:
        """What is known of private windows."""

    def allows(self, source: str) -> bool:
        """Return whether the authority permits a source."""

    def see(self, seen: Seen, frames: Sequence[Frame]) -> None:
        """Take what a source gave; `frames` are what the screen showed, with the badge in them."""

    def read(self, found: ReadText) -> None:
        """Take a text that was read from the screen's pixels."""

    def title(self, window: WindowInfo, frames: Sequence[Frame]) -> None:
        """Take the title of the window that came into focus."""

    def tell(self, sign: Sign) -> None:
        """Take what a source says of the device."""
