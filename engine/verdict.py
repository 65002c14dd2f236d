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


@dataclass(frozen=True, slots=True)
class SuppressedFinding:
    """A term that stood in the text and did not fire, with the reason in one plain sentence."""

    finding: Finding
    reason: str
    """A stable word: `allowed`, `context`, `position`, `shape`, `weight`."""
    explanation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of screening one observation. `severity` is the highest among the findings, 0 where there are none."""

    findings: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]

    @property
    def severity(self) -> int:
        return max((f.severity for f in self.findings), default=0)
