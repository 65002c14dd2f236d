"""Counts over documents, made piece by piece and added up in any order: the same corpus gives the same tally."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from engine.verdict import Finding

MOST_SAMPLES = 5
"""Lines shown for a term: those whose digest is smallest, so that they do not depend on the order."""
AROUND = 50


class Label(Enum):
    """What a person said a document is."""

    CLEAN = "clean"
    LOW = "low"
    FIRE = "fire"


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """One hit in its words."""

    digest: str
    document: str = field(compare=False)
    before: str = field(repr=False, compare=False)
    matched: str = field(repr=False, compare=False)
    after: str = field(repr=False, compare=False)


@dataclass(slots=True)
class TermTally:
    """What one term did: documents it fired in, by their label."""

    documents: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    severity: int = 0
    samples: list[Sample] = field(default_factory=list)

    def add(self, other: "TermTally") -> None:
        """Take in another tally of the same term."""
        self.documents += other.documents
        self.labels += other.labels
        self.severity = max(self.severity, other.severity)
        self.samples = sorted({*self.samples, *other.samples})[:MOST_SAMPLES]


@dataclass(slots=True)
class Tally:
    """What happened on a corpus. `flagged[s]`: documents whose highest severity is s, 0 for none."""

    documents: int = 0
    characters: int = 0
    flagged: Counter[int] = field(default_factory=Counter)
    labels: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(label, highest severity) → documents; label "" where there is none."""
    libraries: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    """Reasons for which words that stood there did not fire."""
    terms: dict[str, TermTally] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    """What could not be read, by kind."""

    def document(
        self, name: str, text: str, label: str, findings: Sequence[Finding], suppressed: Sequence[str]
    ) -> None:
        """Count one document. `suppressed` are the reasons of words that did not fire."""
        severity = max((one.severity for one in findings), default=0)
        self.documents += 1
        self.characters += len(text)
        self.flagged[severity] += 1
        self.labels[label, severity] += 1
        self.libraries.update({one.library_id for one in findings})
        self.categories.update({one.category for one in findings})
        self.suppressed.update(set(suppressed))
        seen: set[str] = set()
        for one in findings:
            key = f"{one.library_id}/{one.term_id}"
            if key not in seen:
                seen.add(key)
                self._term(key, one, name, text, label)

    def add(self, other: "Tally") -> None:
        """Take in the tally of another part of the corpus."""
        self.documents += other.documents
        self.characters += other.characters
        self.flagged.update(other.flagged)
        self.labels.update(other.labels)
        self.libraries.update(other.libraries)
        self.categories.update(other.categories)
        self.suppressed.update(other.suppressed)
        self.problems.update(other.problems)
        for key, term in other.terms.items():
            self.terms.setdefault(key, TermTally()).add(term)

    def _term(self, key: str, one: Finding, name: str, text: str, label: str) -> None:
        sample = Sample(
            hashlib.sha256(f"{name}\0{one.start}".encode("utf-8", "replace")).hexdigest()[:16],
            name,
            text[max(0, one.start - AROUND) : one.start],
            one.matched,
            text[one.end : one.end + AROUND],
        )
        self.terms.setdefault(key, TermTally()).add(TermTally(1, Counter({label: 1}), one.severity, [sample]))
