"""What screening found: findings, suppressed findings, and one explanation that a person can read.

A finding is a named tuple and not a dataclass: screening makes them by the thousand, and a tuple is made four times
as fast.
"""

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """A rectangle of the picture as it was given, in pixels."""

    left: int
    top: int
    width: int
    height: int


class Finding(NamedTuple):
    """One place where a term fired. Offsets are code points of the text as it was given, end exclusive.

    For a picture the offsets are 0, `matched` is empty, and `place` says where.
    """

    library_id: str
    library_version: str
    term_id: str
    term: str
    """The text of the term that matched, as the library writes it."""
    rule: str
    """The kind of match and the view it needed, e.g. `word` or `phrase, leet view`."""
    category: str
    severity: int
    """1 (counts only) to 5 (tell somebody now)."""
    start: int
    end: int
    matched: str
    """The characters of the text."""
    explanation: str
    """One plain sentence: what matched, by which rule, in which library."""
    condition: str | None = None
    """The numbered condition of the order that the term serves; `None` where no person's set says."""
    place: Place | None = None
    """Where in the picture; `None` for text."""

    def __repr__(self) -> str:
        """Name the finding without anything that was observed."""
        return (
            f"Finding({self.library_id}/{self.term_id}, {self.rule}, severity {self.severity}, {self.start}:{self.end})"
        )


REASONS = {
    "allowed": "it stands in a harmless phrase, window or site",
    "context": "the words around it are missing, or speak against it",
    "weight": "the evidence is too little",
    "meaning": "its sentence reads as harmless",
    "position": "it stands where it means nothing",
    "shape": "it is part of a code, an address or a path",
    "piece": "it is a piece of a word broken at the end of a line",
    "break": "its words are in different sentences, lines or cells",
    "case": "its letter case or accents differ",
    "floor": "its severity is below the floor of this case",
}


class SuppressedFinding(NamedTuple):
    """A term that stood in the text and did not fire, with the reason in one plain sentence."""

    finding: Finding
    reason: str
    """A stable word out of REASONS."""
    explanation: str

    def __repr__(self) -> str:
        """Name it without anything that was observed."""
        return f"SuppressedFinding({self.finding!r}, {self.reason})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of screening one observation. `severity` is the highest among the findings, 0 where there are none."""

    findings: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]

    @property
    def severity(self) -> int:
        return max((f.severity for f in self.findings), default=0)
