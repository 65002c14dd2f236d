"""What weighs a picture without knowing it: colours of skin, or a model. Low by itself, and never an accusation."""

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weight:
    """A score, and one plain sentence with the numbers behind it; the sentence goes on after “The picture at x,y: ”."""

    score: float
    """0 to 1."""
    explanation: str


class Prefilter(Protocol):
    """Weighs pictures. One a thread: models keep state."""

    @property
    def id(self) -> str:
        """The name that an authority permits it by."""
        ...

    @property
    def version(self) -> str:
        """Which rules or weights these are."""
        ...

    def weigh(self, pixels: NDArray[Any]) -> Weight:
        """Return the score of a picture; raises `PictureError` for an array that is none."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """A prefilter that a case asks for: from which score on, how much it weighs, and the condition it serves."""

    prefilter: Prefilter
    threshold: float
    severity: int = 1
    condition: str | None = None
