"""What triage says of a file: findings with a severity and a sentence each, or why it could not be looked at."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """One finding in a file."""

    severity: int
    """1 (says little by itself) to 5."""
    kind: str
    """`known-file`, `known-picture`, `words`, `name`, `recently-used`, `prefilter`."""
    by: str
    """The set, library or prefilter, with its version."""
    says: str = field(repr=False)
    """One plain sentence: what was found and by which rule."""
    inside: str = ""
    """Where in the file: a member of an archive, a page, a line, a thumbnail; empty for the whole."""
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One file. `found` is ordered by severity, the highest first."""

    path: str
    """As it stands below the paths that were named."""
    size: int
    changed: str
    """When it was last changed by the file system, RFC 3339; empty where that is not known."""
    sha256: str
    """Empty where it could not be read."""
    found: tuple[Found, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be looked at, in words."""
    pictures: int = 0
    members: int = 0
    """Files within it that were looked at."""

    @property
    def severity(self) -> int:
        return max((one.severity for one in self.found), default=0)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> "Item":
        """Return an item from what `to_dict` gave; raises TypeError and KeyError for anything else."""
        found = tuple(Found(**one) for one in told["found"])
        return cls(**{**told, "found": found, "problems": tuple(told["problems"])})


def ordered(items: list[Item]) -> list[Item]:
    """Return items with findings, by risk: severity first, then how many findings are that severe, then the name."""
    risky = [one for one in items if one.found]
    return sorted(risky, key=lambda one: (-one.severity, -_weight(one), one.path))


def _weight(item: Item) -> int:
    return sum(one.severity == item.severity for one in item.found)
