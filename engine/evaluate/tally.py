"""Counts over documents, made piece by piece and added up in any order: the same corpus gives the same tally."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from engine.evaluate.distinct import Distinct
from engine.evaluate.readback import ReadBack
from engine.text.characters import fold_words
from engine.verdict import Finding, Verdict

CAPTURED = 3
"""Severity from which the agent makes captures."""
MOST_SAMPLES = 4
"""Lines shown for a term and label: those whose digest is smallest, so that they do not depend on the order."""
AROUND = 60
MOST_PLACES = 3
"""Places named for each kind of problem."""
NO_DIGITS = str.maketrans("123456789", "000000000")
"""Folded text has no other digits."""
GROUP_AROUND = 40
"""Characters on each side of the words found that must be alike in near-duplicates."""


class Label(Enum):
    """What a person said a document is."""

    CLEAN = "clean"
    LOW = "low"
    FIRE = "fire"


class Stage(Enum):
    """Steps from plain search to what the agent captures; each keeps fewer documents, or finds disguised ones."""

    NAIVE = "naive"
    """The words of the captured terms, anywhere, also inside other words."""
    BOUNDARY = "boundary"
    """The words as the library writes them, standing as words."""
    FORMS = "forms"
    """With inflected and disguised forms."""
    CONTEXT = "context"
    """After exceptions and context: what is reported at all."""
    SEVERITY = "severity"
    """What weighs enough for a capture."""


BOUNDARY, FORMS, CONTEXT, SEVERITY = (stage.value for stage in list(Stage)[1:])


@dataclass(frozen=True, slots=True)
class Sample:
    """One hit in its words."""

    digest: str
    document: str = field(compare=False)
    label: str = field(compare=False)
    before: str = field(repr=False, compare=False)
    matched: str = field(repr=False, compare=False)
    after: str = field(repr=False, compare=False)


_BY_DIGEST = attrgetter("digest")


@dataclass(slots=True)
class TermTally:
    """What one term did: documents it fired in, by their label."""

    documents: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    severity: int = 0
    """The highest that it fired with."""
    captured: int = 0
    """Documents in which it fired from the severity of captures on."""
    kept: dict[str, list[Sample]] = field(default_factory=dict)
    """Label → its samples, in the order of their digests."""

    @property
    def samples(self) -> list[Sample]:
        """All samples, in the order of their digests."""
        return sorted((one for kept in self.kept.values() for one in kept), key=_BY_DIGEST)

    def wants(self, label: str, digest: str) -> bool:
        """Tell whether a sample of this digest would be kept."""
        kept = self.kept.get(label) or []
        return len(kept) < MOST_SAMPLES or digest < kept[-1].digest

    def keep(self, samples: Sequence[Sample]) -> None:
        """Keep those with the smallest digests of each label."""
        for one in samples:
            if self.wants(one.label, one.digest):
                self.kept[one.label] = _smallest([*self.kept.get(one.label, ()), one])

    def add(self, other: "TermTally") -> None:
        """Take in another tally of the same term."""
        self.documents += other.documents
        self.labels.update(other.labels)
        self.captured += other.captured
        self.severity = max(self.severity, other.severity)
        for samples in other.kept.values():
            self.keep(samples)


@dataclass(frozen=True, slots=True)
class Seen:
    """One document as it was screened. `naive`: plain search would have flagged it; None: not asked."""

    name: str
    text: str = field(repr=False)
    verdict: Verdict
    label: str = ""
    source: str = ""
    naive: bool | None = None


@dataclass(slots=True)
class Tally:
    """What happened on a corpus. `flagged[s]`: documents whose highest severity is s, 0 for none."""

    documents: int = 0
    characters: int = 0
    flagged: Counter[int] = field(default_factory=Counter)
    labels: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(label, highest severity) → documents; label "" where there is none."""
    libraries: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(library, highest severity of its findings) → documents; so for categories and conditions."""
    categories: Counter[tuple[str, int]] = field(default_factory=Counter)
    sources: Counter[tuple[str, int]] = field(default_factory=Counter)
    """(where the text is from, highest severity, 0 too) → documents."""
    suppressed: Counter[str] = field(default_factory=Counter)
    """Reasons for which words that stood there did not fire."""
    ladder: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(stage, label) → documents flagged there; (naive, "asked") counts those that plain search was tried on."""
    hits: int = 0
    """Findings from the severity of captures on."""
    groups: Distinct = field(default_factory=Distinct)
    """Captures, near-duplicates folded."""
    terms: dict[str, TermTally] = field(default_factory=dict)
    screen: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(look, what) → how often, where texts were read back from pictures of a screen: documents, words, lost …"""
    screen_terms: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(term, lost or invented) → documents."""
    problems: Counter[str] = field(default_factory=Counter)
    """What could not be read, by kind."""
    places: dict[str, list[str]] = field(default_factory=dict)
    """Kind of problem → the first places where it was, by name."""

    def problem(self, what: str, name: str, *more: str, count: int = 1) -> None:
        """Count something that could not be read, and name where it was."""
        self.problems[what] += count
        self._place(what, [name, *more])

    def document(self, seen: Seen) -> None:
        """Count one document."""
        findings = seen.verdict.findings
        severity = max((one.severity for one in findings), default=0)
        self.documents += 1
        self.characters += len(seen.text)
        self.flagged[severity] += 1
        self.labels[seen.label, severity] += 1
        self.sources[seen.source, severity] += 1
        self._climb(seen, severity)
        if seen.verdict.suppressed:
            self.suppressed.update({one.reason for one in seen.verdict.suppressed})
        if findings:
            self._found(seen, findings, severity)

    def screened(self, look: str, one: ReadBack) -> None:
        """Count what a document lost on its way through a screen."""
        counts = {
            "documents": 1,
            "words": one.words,
            "words lost": one.words_lost,
            "words invented": one.words_invented,
            "terms": len(one.terms),
            "terms lost": len(one.terms_lost),
            "terms invented": len(one.terms_invented),
        }
        for what, count in counts.items():
            self.screen[look, what] += count
        self.screen_terms.update((term, "lost") for term in one.terms_lost)
        self.screen_terms.update((term, "invented") for term in one.terms_invented)

    def nothing(self, characters: int, counts: Mapping[tuple[str, str, bool | None], int]) -> None:
        """Count documents in which no term stands. `counts`: (label, source, flagged by plain search) → documents."""
        self.characters += characters
        for (label, source, naive), count in counts.items():
            self.documents += count
            self.flagged[0] += count
            self.labels[label, 0] += count
            self.sources[source, 0] += count
            if naive is not None:
                self.ladder[Stage.NAIVE.value, "asked"] += count
            if naive:
                self.ladder[Stage.NAIVE.value, label] += count

    def add(self, other: "Tally") -> None:
        """Take in the tally of another part of the corpus."""
        self.documents += other.documents
        self.characters += other.characters
        self.hits += other.hits
        for name in COUNTERS:
            getattr(self, name).update(getattr(other, name))
        self.groups.add_all(other.groups)
        for key, term in other.terms.items():
            self.terms.setdefault(key, TermTally()).add(term)
        for what, names in other.places.items():
            self._place(what, names)

    def _found(self, seen: Seen, findings: Sequence[Finding], severity: int) -> None:
        for counter, place in ((self.libraries, 0), (self.categories, 5)):
            for pair in _most(findings, place):
                counter[pair] += 1
        if severity >= CAPTURED:
            captured = [one for one in findings if one.severity >= CAPTURED]
            self.hits += len(captured)
            self.groups.add(near_duplicate(seen.text, captured))
        highest: dict[str, Finding] = {}
        for one in findings:
            key = f"{one.library_id}/{one.term_id}"
            if key not in highest or highest[key].severity < one.severity:
                highest[key] = one
        for key, one in highest.items():
            self._term(key, one, seen)

    def _term(self, key: str, one: Finding, seen: Seen) -> None:
        term = self.terms.get(key)
        if term is None:
            term = self.terms[key] = TermTally()
        term.documents += 1
        term.labels[seen.label] += 1
        term.captured += one.severity >= CAPTURED
        term.severity = max(term.severity, one.severity)
        digest = hashlib.sha256(f"{seen.name}\0{one.start}".encode("utf-8", "replace")).hexdigest()[:16]
        if term.wants(seen.label, digest):
            before, after = seen.text[max(0, one.start - AROUND) : one.start], seen.text[one.end : one.end + AROUND]
            term.keep([Sample(digest, seen.name, seen.label, before, one.matched, after)])

    def _climb(self, seen: Seen, severity: int) -> None:
        if seen.naive is not None:
            self.ladder[Stage.NAIVE.value, "asked"] += 1
            if seen.naive:
                self.ladder[Stage.NAIVE.value, seen.label] += 1
        verdict = seen.verdict
        if not (verdict.findings or verdict.suppressed):
            return
        stood = [*verdict.findings, *(one.finding for one in verdict.suppressed)]
        ladder, label = self.ladder, seen.label
        ladder[FORMS, label] += 1
        if severity > 0:
            ladder[CONTEXT, label] += 1
        if severity >= CAPTURED:
            ladder[SEVERITY, label] += 1
        if any(map(_as_written, stood)):
            ladder[BOUNDARY, label] += 1

    def _place(self, what: str, names: Sequence[str]) -> None:
        self.places[what] = sorted({*self.places.get(what, ()), *names})[:MOST_PLACES]

    def values(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold."""
        found: dict[str, Any] = {name: sorted(_flat(getattr(self, name)), key=str) for name in COUNTERS}
        for name in ("documents", "characters", "hits", "places"):
            found[name] = getattr(self, name)
        found["groups"] = self.groups.values()
        found["terms"] = {
            key: [one.documents, dict(one.labels), one.severity, one.captured, [_spelt(s) for s in one.samples]]
            for key, one in self.terms.items()
        }
        return found

    @classmethod
    def from_values(cls, found: dict[str, Any]) -> "Tally":
        """Return the tally that `values` spelt. Raises KeyError, TypeError, ValueError for anything else."""
        made = cls(found["documents"], found["characters"], hits=found["hits"], places=found["places"])
        for name in COUNTERS:
            for key, count in found[name]:
                getattr(made, name)[tuple(key) if isinstance(key, list) else key] = count
        made.groups = Distinct.from_values(found["groups"])
        for key, (documents, labels, severity, captured, samples) in found["terms"].items():
            made.terms[key] = TermTally(documents, Counter(labels), severity, captured)
            made.terms[key].keep([Sample(*sample) for sample in samples])
        return made


COUNTERS = (
    "flagged",
    "labels",
    "libraries",
    "categories",
    "sources",
    "suppressed",
    "ladder",
    "screen",
    "screen_terms",
    "problems",
)


def _flat(counter: Counter[Any]) -> list[list[Any]]:
    return [[list(key) if isinstance(key, tuple) else key, count] for key, count in counter.items()]


def _smallest(samples: Sequence[Sample]) -> list[Sample]:
    return sorted({one.digest: one for one in samples}.values(), key=_BY_DIGEST)[:MOST_SAMPLES]


def _spelt(sample: Sample) -> list[str]:
    return [getattr(sample, one.name) for one in fields(sample)]


def _most(findings: Sequence[Finding], place: int) -> Iterable[tuple[str, int]]:
    """Return each library (0) or category (5) with the highest severity that it found, once."""
    if len(findings) == 1:
        return [(str(findings[0][place]), findings[0].severity)]
    most: dict[str, int] = {}
    for one in findings:
        name = str(one[place])
        most[name] = max(most.get(name, 0), one.severity)
    return most.items()


def _as_written(one: Finding) -> bool:
    """Tell whether the text stands as the library writes it: no other form, no disguise."""
    return not one.rule.endswith(" view") and _same_words(one.matched, one.term)


@lru_cache(maxsize=4096)
def _same_words(one: str, other: str) -> bool:
    return fold_words(one) == fold_words(other)


def near_duplicate(text: str, findings: Sequence[Finding]) -> int:
    """Return a number that is the same for near-duplicates: the same terms, and the same words around the first."""
    first = findings[0]
    around = text[max(0, first.start - GROUP_AROUND) : first.end + GROUP_AROUND]
    words = fold_words(around).translate(NO_DIGITS).split()[1:-1]
    terms = sorted({f"{one.library_id}/{one.term_id}" for one in findings})
    digest = hashlib.sha256("\0".join([*terms, *words]).encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big")
