"""The sum of a screening: what was counted, what was not read, and the exit code that follows."""

from collections import Counter
from dataclasses import dataclass, field

from engine.documents.piece import Loss, Remark
from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.screening import Found


@dataclass(frozen=True, slots=True)
class NotRead:
    """A document that was not read, or not to its end."""

    file: str
    says: str
    hint: str
    serious: bool
    """False: a file found in a folder that is of no kind with text (a picture)."""


@dataclass(slots=True)
class Tally:
    """Counts as screening goes on. `floor`: the severity from which a finding counts for the exit code."""

    floor: int
    files: int = 0
    size: int = 0
    with_findings: int = 0
    suppressed: int = 0
    below: int = 0
    by_severity: Counter[int] = field(default_factory=Counter)
    losses: Counter[Loss] = field(default_factory=Counter)
    lossy_files: set[str] = field(default_factory=set)
    not_read: list[NotRead] = field(default_factory=list)
    interrupted: bool = False

    def counts(self, found: Found) -> bool:
        """Count what was found; True for a finding at or above the floor."""
        if found.suppressed is not None:
            self.suppressed += 1
            return False
        if found.finding.severity < self.floor:
            self.below += 1
            return False
        self.by_severity[found.finding.severity] += 1
        return True

    def remark(self, file: str, remark: Remark) -> None:
        self.losses[remark.loss] += remark.count
        if remark.serious:
            self.lossy_files.add(file)

    @property
    def findings(self) -> int:
        return self.by_severity.total()

    @property
    def incomplete(self) -> bool:
        """Words may have been there that nobody read."""
        return bool(self.lossy_files) or any(one.serious for one in self.not_read)

    @property
    def exit_code(self) -> int:
        """Incomplete wins over findings: a screening that missed files must not look whole."""
        if self.incomplete:
            return BAD_INPUT
        return FINDINGS if self.findings else DONE
