"""The codes of lint: stable names of what can be wrong with a library. docs/libraries.md explains each."""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import Place


class Level(StrEnum):
    """How bad it is. Notes do not fail a check."""

    ERROR = "error"
    """The library does not do what it says."""
    WARNING = "warning"
    """Probably a mistake, or a cause of false captures."""
    NOTE = "note"


class Code(StrEnum):
    """L1 the library, L2 examples and reasons, L3 texts, L4 collisions with words, L5 exceptions and context."""

    REVIEW_OVERDUE = "L101"
    NOT_NATIVE = "L102"
    ORIGIN_UNSAID = "L103"
    SET_UNUSED = "L104"
    PROFILE_UNUSED = "L105"
    REQUIRES_UNUSED = "L106"
    ENTRY_EMPTY = "L107"
    FILE_NAME = "L108"
    PARDON_UNUSED = "L109"
    EXAMPLE_FAILS = "L201"
    NO_HIT = "L202"
    NO_MISS = "L203"
    NO_WHY = "L204"
    NOT_NORMAL = "L301"
    TEXT_TWICE = "L302"
    IN_TWO_LIBRARIES = "L303"
    SHADOWED = "L304"
    TOO_SHORT = "L305"
    ODD_FORM = "L306"
    FORM_REPEATED = "L307"
    INSIDE_WORDS = "L401"
    EVERYDAY_WORD = "L402"
    DISGUISE_IS_WORD = "L403"
    NAME = "L404"
    ALLOW_UNUSED = "L501"
    OUT_OF_REACH = "L502"
    CONTRADICTION = "L503"
    FOR_AND_AGAINST = "L504"
    WEIGHS_NOTHING = "L505"
    SEVERITY_NEVER = "L506"

    @property
    def slug(self) -> str:
        """The name, for people: `review-overdue`."""
        return self.name.lower().replace("_", "-")

    @property
    def level(self) -> Level:
        if self in _ERRORS:
            return Level.ERROR
        return Level.NOTE if self in _NOTES else Level.WARNING


_ERRORS = frozenset({Code.ENTRY_EMPTY, Code.EXAMPLE_FAILS, Code.OUT_OF_REACH, Code.CONTRADICTION})
_NOTES = frozenset({Code.NOT_NATIVE, Code.NO_MISS, Code.FORM_REPEATED, Code.FOR_AND_AGAINST})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to do. `length`: characters for the caret."""

    code: Code
    place: Place
    length: int
    term_id: str | None
    """`None`: about the library, a set or a profile."""
    what: str
    fix: str
    remove: tuple[int, int] | None = None
    """The entry (start, end in the text of the file) that can go without a change in what fires."""
