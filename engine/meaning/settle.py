"""Settles the ambiguous terms of a verdict by what their sentences mean, as far as the library allows and no further.

Only terms that the library marks (`ambiguous = 1…3`) are asked about, and severity moves by at most so many steps. What
fired and reads harmless is lowered, in the end held back; what a rule held back and reads as meant fires, but below the
severity of captures: a model alone never makes a capture. Nothing is raised above what the library gives the term.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

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


Either: TypeAlias = Finding | SuppressedFinding


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

    def settle(
        self, screened: Sequence[tuple[str, Verdict]], marked: Mapping[tuple[str, str], Marked]
    ) -> list[Verdict]:
        """Return the verdict on each text with its ambiguous terms settled; the same one where there is none.

        Sentences are embedded together, each once.
        """
        asked = [_asked(verdict, marked) for _, verdict in screened]
        sentences = [[_sentence(text, one) for one in found] for (text, _), found in zip(screened, asked, strict=True)]
        distinct = list(dict.fromkeys(one for found in sentences for one in found))
        vectors = dict(zip(distinct, self.embedder.embed(distinct), strict=True)) if distinct else {}
        return [
            self._settled(verdict, found, [vectors[one] for one in said], marked) if found else verdict
            for (_, verdict), found, said in zip(screened, asked, sentences, strict=True)
        ]

    def _settled(
        self,
        verdict: Verdict,
        asked: Sequence[Either],
        vectors: Sequence[Embedding],
        marked: Mapping[tuple[str, str], Marked],
    ) -> Verdict:
        after = {
            id(one): self._after(one, vector, marked[_key(one)]) for one, vector in zip(asked, vectors, strict=True)
        }
        every: list[Either] = [*verdict.findings, *verdict.suppressed]
        return _verdict([after.get(id(one), one) for one in every])

    def _after(self, one: Either, vector: Embedding, mark: Marked) -> Either:
        """Return what becomes of a finding, or of one that was held back."""
        library_id, term_id = _key(one)
        classifier = self.classifiers[library_id].of(term_id, mark.category)
        assert classifier is not None  # noqa: S101  (marked terms have one)
        answer = classifier.answer(vector)
        return _fired(one, answer, mark) if isinstance(one, Finding) else _held(one, answer, mark)


def _asked(verdict: Verdict, marked: Mapping[tuple[str, str], Marked]) -> list[Either]:
    """Return what a sentence can change: marked terms that fired, or that a rule held back which may be outweighed."""
    doubted = (one for one in verdict.suppressed if one.reason in DOUBTED)
    askable: list[Either] = [*verdict.findings, *doubted]
    return [one for one in askable if _key(one) in marked]


def _finding(one: Either) -> Finding:
    return one if isinstance(one, Finding) else one.finding


def _key(one: Either) -> tuple[str, str]:
    found = _finding(one)
    return found.library_id, found.term_id


def _sentence(text: str, one: Either) -> str:
    found = _finding(one)
    return sentence_of(text, found.start, found.end, found.term if found.rule.endswith(" view") else None)


def steps(chance: float, most: int) -> int:
    """Return by how much severity moves: down for harmless, up for meant, nothing where it is undecided."""
    certain = max(chance, 1 - chance)
    size = most if certain >= SURE else 1 if certain >= INCLINED else 0
    return size if chance > 0.5 else -size


def _fired(one: Finding, answer: Answer, mark: Marked) -> Either:
    """Return what becomes of a finding."""
    after = min(one.severity + steps(answer.chance, mark.steps), max(one.severity, mark.severity))
    if after == one.severity:
        return one
    if after < 1:
        return SuppressedFinding(one, "meaning", reads(answer))
    added = f" {reads(answer)} So its severity is {after}, not {one.severity}."
    return one._replace(severity=after, explanation=one.explanation + added)


def _held(one: SuppressedFinding, answer: Answer, mark: Marked) -> Either:
    """Return what becomes of a finding that a rule held back."""
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


def _verdict(every: Sequence[Either]) -> Verdict:
    findings = [one for one in every if isinstance(one, Finding)]
    suppressed = [one for one in every if isinstance(one, SuppressedFinding)]
    return Verdict(
        tuple(sorted(findings, key=lambda one: (one.start, one.end))),
        tuple(sorted(suppressed, key=lambda one: (one.finding.start, one.finding.end))),
    )
