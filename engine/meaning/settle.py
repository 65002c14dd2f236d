"""Settles the ambiguous terms of a verdict by what their sentences mean, as far as the library allows and no further.

Only terms that the library marks (`ambiguous = 1…3`) are asked about, and severity moves by at most so many steps. What
fired and reads harmless is lowered, in the end held back; what a rule held back and reads as meant fires, but below the
severity of captures: a model alone never makes a capture. Nothing is raised above what the library gives the term.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.library.compiled import LibrarySet
from engine.meaning.classifier import Answer, Classifiers, Embedding
from engine.meaning.sentence import sentence_of
from engine.verdict import Finding, SuppressedFinding, Verdict

SURE, INCLINED = 0.9, 0.75
"""Chances from which severity moves all the steps that are allowed, and one step; on the other side likewise."""
ALONE = 2
"""The highest severity that a word can reach by its sentence, where the rules held it back: below captures."""
DOUBTED = frozenset({"context", "weight"})
"""Reasons for not firing that a sentence can outweigh. Exceptions, shapes and floors stand."""


class Embedder(Protocol):
    """Turns sentences into vectors of length 1."""

    @property
    def name(self) -> str:
        """The model, as files of classifiers name it."""

    def embed(self, sentences: Sequence[str]) -> Sequence[Embedding]:
        """Return a vector a sentence."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A term that is marked ambiguous."""

    steps: int
    severity: int
    category: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """Classifiers by library, with what embeds sentences for them."""

    embedder: Embedder
    classifiers: Mapping[str, Classifiers] = field(repr=False)

    def marked(self, library_set: LibrarySet) -> Mapping[tuple[str, str], Marked]:
        """Return the terms of a set that are marked and that something was learned for."""
        found: dict[tuple[str, str], Marked] = {}
        for text in library_set.texts:
            term, rules = text.term, text.term.rules
            known = self.classifiers.get(term.library_id)
            if rules.ambiguous and known is not None and known.of(term.term_id, rules.category) is not None:
                found[term.library_id, term.term_id] = Marked(rules.ambiguous, rules.severity, rules.category)
        return found

    def settle(self, text: str, verdict: Verdict, marked: Mapping[tuple[str, str], Marked]) -> Verdict:
        """Return the verdict with its ambiguous terms settled; the same one where there is none."""
        fired = [one for one in verdict.findings if (one.library_id, one.term_id) in marked]
        held = [
            one
            for one in verdict.suppressed
            if one.reason in DOUBTED and (one.finding.library_id, one.finding.term_id) in marked
        ]
        if not fired and not held:
            return verdict
        asked = [*fired, *(one.finding for one in held)]
        answers = self._answers(text, asked, marked)
        after: dict[int, Finding | SuppressedFinding] = {}
        after |= {id(one): _fired(one, answer, marked) for one, answer in zip(fired, answers, strict=False)}
        after |= {id(one): _held(one, answer, marked) for one, answer in zip(held, answers[len(fired) :], strict=True)}
        every: list[Finding | SuppressedFinding] = [*verdict.findings, *verdict.suppressed]
        return _verdict([after.get(id(one), one) for one in every])

    def _answers(
        self, text: str, findings: Sequence[Finding], marked: Mapping[tuple[str, str], Marked]
    ) -> list[Answer]:
        """Ask about each finding; what stands in one sentence is embedded once."""
        sentences = [
            sentence_of(text, one.start, one.end, one.term if one.rule.endswith(" view") else None) for one in findings
        ]
        distinct = list(dict.fromkeys(sentences))
        vectors = dict(zip(distinct, self.embedder.embed(distinct), strict=True))
        answers = []
        for one, sentence in zip(findings, sentences, strict=True):
            category = marked[one.library_id, one.term_id].category
            classifier = self.classifiers[one.library_id].of(one.term_id, category)
            assert classifier is not None  # noqa: S101  (marked terms have one)
            answers.append(classifier.answer(vectors[sentence]))
        return answers


def steps(chance: float, most: int) -> int:
    """Return by how much severity moves: down for harmless, up for meant, nothing where it is undecided."""
    certain = max(chance, 1 - chance)
    size = most if certain >= SURE else 1 if certain >= INCLINED else 0
    return size if chance > 0.5 else -size


def _fired(one: Finding, answer: Answer, marked: Mapping[tuple[str, str], Marked]) -> Finding | SuppressedFinding:
    """Return what becomes of a finding."""
    mark = marked[one.library_id, one.term_id]
    after = min(one.severity + steps(answer.chance, mark.steps), max(one.severity, mark.severity))
    if after == one.severity:
        return one
    if after < 1:
        return SuppressedFinding(one, "meaning", reads(answer))
    added = f" {reads(answer)} So its severity is {after}, not {one.severity}."
    return one._replace(severity=after, explanation=one.explanation + added)


def _held(
    one: SuppressedFinding, answer: Answer, marked: Mapping[tuple[str, str], Marked]
) -> Finding | SuppressedFinding:
    """Return what becomes of a finding that a rule held back."""
    mark = marked[one.finding.library_id, one.finding.term_id]
    after = min(steps(answer.chance, mark.steps), mark.severity, ALONE)
    if after < 1:
        return one
    added = f" {reads(answer)} So it fires, with severity {after} only, although: {one.explanation}"
    return one.finding._replace(severity=after, explanation=one.finding.explanation + added)


def reads(answer: Answer) -> str:
    """Return the sentence that explains an answer."""
    like = " and ".join(f"“{text}”" for text in answer.like)
    meant = "the word is meant" if answer.chance >= 0.5 else "the word is harmless"
    return f"The sentence reads like {like}: {meant} (chance that it is meant: {answer.chance:.0%})."


def _verdict(every: Sequence[Finding | SuppressedFinding]) -> Verdict:
    findings = [one for one in every if isinstance(one, Finding)]
    suppressed = [one for one in every if isinstance(one, SuppressedFinding)]
    return Verdict(
        tuple(sorted(findings, key=lambda one: (one.start, one.end))),
        tuple(sorted(suppressed, key=lambda one: (one.finding.start, one.finding.end))),
    )
