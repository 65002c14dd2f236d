"""A parser as the fuzz tests see it."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.errors import EvidenceError


@dataclass(frozen=True)
class Target:
    """A parser, good input for it, and the errors by which it refuses."""

    read: Callable[[bytes], object]
    good: bytes
    errors: tuple[type[Exception], ...] = (EvidenceError,)
    refuses_all: bool = False
    """`good` is refused as well: good input cannot be made here, and is tried elsewhere."""
    takes_all: bool = False
    """Hardly anything is refused: what cannot be read counts as nothing, or is kept as it is."""
