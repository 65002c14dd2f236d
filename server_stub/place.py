"""Names a record: where in which device's chain it stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which device's chain a record belongs."""

    device: str
    epoch: int
    seq: int

    def __str__(self) -> str:
        """Spell it as the audit record does."""
        return f"{self.device}/{self.epoch}/{self.seq}"
