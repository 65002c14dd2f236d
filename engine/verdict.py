"""What screening found: findings, suppressed findings, and one explanation that a person can read."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a term fired. Offsets are code points of the text as it was given, end exclusive."""

    library_id: str
    library_version: str
    term_id: str
    term: str = field(repr=False)
    rule: str
    """The kind of match and the views it needed, e.g. `word` or `phrase, leet view`."""
    category: str
    severity: int
    """1 (counts only) to 5 (tell somebody now)."""
    start: int
    end: int
    matched: str = field(repr=False)
    explanation: str = field(repr=False)
    """One plain sentence: what matched, by which rule, in which library."""
    condition: str | None = None
    """The numbered condition of the order that the term serves; `None` where no person's set says."""


REASONS = {
    "allowed": "it stands in a harmless phrase, window or site",
    "context": "the words around it are missing, or speak against it",
    "weight": "the evidence is too little",
    "position": "it stands where it means nothing",
    "shape": "it is part of a code, an address or a path",
    "piece": "it is a piece of a word broken at the end of a line",
    "break": "its words are in different sentences, lines or cells",
    "case": "its letter case or accents differ",
    "floor": "its severity is below the floor of this case",
}


@dataclass(frozen=True, slots=True)
class SuppressedFinding:
    """A term that stood in the text and did not fire, with the reason in one plain sentence."""

    finding: Finding
    reason: str
    """A stable word out of REASONS."""
    explanation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of screening one observation. `severity` is the highest among the findings, 0 where there are none."""

    findings: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]

    @property
    def severity(self) -> int:
        return max((f.severity for f in self.findings), default=0)
