"""What a watcher tells, and what every watcher is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that happened to the device or the agent, as it goes into the record."""

    event: str
    """A name like `display-added`."""
    text: str = field(repr=False)
    """One plain sentence."""
    details: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    severity: int = 0
    """0 (worth knowing) to 5; it stands in the clear, so that the server can raise an alarm."""


class Watcher(Protocol):
    """Looks at one place. The first look learns what is there."""

    pause: float
    """Seconds between two looks."""

    def look(self) -> Sequence[Sign]:
        """Return what is new since the last look."""
