"""A classifier of one term or category: weights over an embedding, what it was measured to be worth, and examples."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.errors import EngineError
from engine.meaning.logistic import logits, probability

FORMAT = "overt-meaning-1"
MOST_DIMENSIONS = 4096

Embedding: TypeAlias = npt.NDArray[np.float32]


class MeaningError(EngineError):
    """A file of classifiers that is none, or does not fit; the sentence says where and what to do."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of the training set that stands for others like it."""

    text: str = field(repr=False)
    meant: bool
    embedding: Embedding = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a classifier was worth on sentences made from templates that it was not trained on. None: not measurable."""

    meant: int
    harmless: int
    auc: float | None
    brier: float | None
    calibration: tuple[tuple[float, float, int], ...]
    """Mean probability said, share that was meant, and number of sentences, for each tenth that has any."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a sentence reads: the chance that the term is meant, and the training sentences that it is most like."""

    chance: float
    like: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights with the bias last; `slope` and `shift` make its log odds calibrated (Platt 1999)."""

    weights: npt.NDArray[np.float64] = field(repr=False, compare=False)
    slope: float
    shift: float
    measured: Measured
    examples: tuple[Example, ...] = field(repr=False)

    def answer(self, embedding: Embedding) -> Answer:
        """Say how a sentence with this embedding reads."""
        said = logits(embedding[None, :].astype(np.float64), self.weights)
        chance = float(probability(self.slope * said + self.shift)[0])
        meant = chance >= 0.5
        near = sorted(
            (-float(one.embedding @ embedding), one.text) for one in self.examples if one.meant is meant
        )  # fmt: skip
        return Answer(chance, tuple(text for _, text in near[:2]))


@dataclass(frozen=True, slots=True)
class Classifiers:
    """What was learned for one library. A term is answered by its own classifier, else by that of its category."""

    library_id: str
    embedder: str
    """The model that the embeddings are of: another one's make no sense here."""
    training_sha256: str
    sentences: int
    terms: Mapping[str, Classifier]
    categories: Mapping[str, Classifier]

    def of(self, term_id: str, category: str) -> Classifier | None:
        """Return the classifier for a term."""
        return self.terms.get(term_id) or self.categories.get(category)


def values(found: Classifiers) -> dict[str, Any]:
    """Return classifiers as values that JSON can hold."""
    return {
        "format": FORMAT,
        "library": found.library_id,
        "embedder": found.embedder,
        "training": {"sha256": found.training_sha256, "sentences": found.sentences},
        "terms": {name: _spelt(one) for name, one in sorted(found.terms.items())},
        "categories": {name: _spelt(one) for name, one in sorted(found.categories.items())},
    }


def from_values(said: Any, origin: str) -> Classifiers:
    """Return what `values` spelt. Raises MeaningError for anything else."""
    try:
        if said["format"] != FORMAT:
            raise MeaningError(f"{origin}: its format is not {FORMAT}")
        return Classifiers(
            str(said["library"]),
            str(said["embedder"]),
            str(said["training"]["sha256"]),
            int(said["training"]["sentences"]),
            {str(name): _read(one) for name, one in said["terms"].items()},
            {str(name): _read(one) for name, one in said["categories"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise MeaningError(f"{origin} is not what `overt library learn` writes: learn it again") from None


def _spelt(one: Classifier) -> dict[str, Any]:
    measured = one.measured
    return {
        "weights": _packed(one.weights.astype(np.float32)),
        "slope": one.slope,
        "shift": one.shift,
        "measured": {
            "meant": measured.meant,
            "harmless": measured.harmless,
            "auc": measured.auc,
            "brier": measured.brier,
            "calibration": [list(row) for row in measured.calibration],
        },
        "examples": [[example.text, example.meant, _packed(example.embedding)] for example in one.examples],
    }


def _read(said: Mapping[str, Any]) -> Classifier:
    weights = _unpacked(said["weights"]).astype(np.float64)
    found = said["measured"]
    examples = tuple(Example(str(text), bool(meant), _unpacked(packed)) for text, meant, packed in said["examples"])
    if any(len(one.embedding) != len(weights) - 1 for one in examples):
        raise ValueError("an example of another length")
    measured = Measured(
        int(found["meant"]),
        int(found["harmless"]),
        _number(found["auc"]),
        _number(found["brier"]),
        tuple((float(said), float(was), int(count)) for said, was, count in found["calibration"]),
    )
    return Classifier(weights, float(said["slope"]), float(said["shift"]), measured, examples)


def _number(said: Any) -> float | None:
    return None if said is None else float(said)


def _packed(vector: npt.NDArray[np.float32]) -> str:
    """Return numbers of 16 bits in base64: three digits are more than a classifier can use."""
    return base64.b64encode(vector.astype("<f2").tobytes()).decode("ascii")


def _unpacked(said: str) -> Embedding:
    found = np.frombuffer(base64.b64decode(said, validate=True), "<f2").astype(np.float32)
    if not 0 < len(found) <= MOST_DIMENSIONS or not np.isfinite(found).all():
        raise ValueError("numbers that are none")
    return found
