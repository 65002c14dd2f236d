"""What every reader of lists gives out: a line that is carried over, or one that is refused with its reason."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or phrase of a list. `weight` is what the list says of it, as written; `None` where it says nothing."""

    line: int
    text: str = field(repr=False)
    weight: str | None = None
    category: str | None = None
    match: str | None = None
    """`substring`, `prefix`, `suffix` or `domain` where the list says so."""
    near: tuple[str, ...] = field(default=(), repr=False)
    """Words that must all stand near it."""
    also_in: tuple[str, ...] = ()
    """Shapes (`url`, `host`) in which it fires as well."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be carried over, with the reason."""

    line: int
    why: str


Row = Entry | Refused
