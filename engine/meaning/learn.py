"""Learns classifiers from labelled sentences, and measures each on groups of sentences that it was not trained on.

A group is what may not stand on both sides of a split: the sentences of one template, one example of a library, one
document. Groups count alike however many sentences they have, and so do both labels: chances are for even odds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from engine.meaning.classifier import Classifier, Classifiers, Embedding, Example, Measured
from engine.meaning.logistic import Matrix, Vector, area_under_curve, brier, fit, logits, probability

FOLDS = 5
RIDGES = (0.001, 0.003, 0.01, 0.03, 0.1)
"""For rows that count one in all on average, on embeddings of length 1."""
ENOUGH_GROUPS, ENOUGH = 5, 20
"""Of each label, below which nothing is learned: groups, and sentences."""
SHOWN = 8
"""Sentences of each label that are kept to explain answers."""
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """One sentence with a marked term in it."""

    sentence: str = field(repr=False)
    meant: bool
    term_id: str
    category: str
    group: str = field(repr=False)


def learn(library_id: str, embedder: str, samples: Sequence[Sample], vectors: Sequence[Embedding]) -> Classifiers:
    """Return a classifier for each category that has enough sentences, and for each term that does better alone."""
    features = np.asarray(vectors, np.float64)
    categories: dict[str, Classifier] = {}
    terms: dict[str, Classifier] = {}
    for category in sorted({one.category for one in samples}):
        rows = np.array([index for index, one in enumerate(samples) if one.category == category])
        both = _classifier([samples[index] for index in rows], features[rows])
        if both is None:
            continue
        categories[category], held_out = both
        for term_id in sorted({samples[index].term_id for index in rows}):
            inside = np.array([samples[index].term_id == term_id for index in rows])
            if inside.all():
                continue
            own = _classifier([samples[index] for index in rows[inside]], features[rows[inside]])
            shared = area_under_curve(held_out[inside], _wanted([samples[index] for index in rows[inside]]))
            if own is not None and shared is not None and (own[0].measured.auc or 0.0) > shared:
                terms[term_id] = own[0]
    return Classifiers(library_id, embedder, training_digest(samples), len(samples), terms, categories)


def training_digest(samples: Sequence[Sample]) -> str:
    """Return the SHA-256 of a training set, whatever its order."""
    lines = sorted(f"{one.sentence}\0{one.meant}\0{one.term_id}\0{one.category}\0{one.group}" for one in samples)
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _wanted(samples: Sequence[Sample]) -> Vector:
    return np.array([float(one.meant) for one in samples])


def _classifier(samples: Sequence[Sample], features: Matrix) -> tuple[Classifier, Vector] | None:
    """Return a classifier with the log odds that it gave each sentence while that was left out; None for too few."""
    wanted = _wanted(samples)
    if not _enough(samples):
        return None
    weights, folds = _weights(samples), _folds(samples)
    tried = [(_loss(held := _held_out(features, wanted, weights, folds, ridge), wanted, weights), ridge, held)
             for ridge in RIDGES]  # fmt: skip
    _, ridge, held_out = min(tried, key=lambda one: one[0])
    slope, shift = fit(held_out[:, None], wanted, 1e-3, weights)
    chances = probability(slope * held_out + shift)
    found = fit(features, wanted, ridge * len(samples), weights)
    measured = Measured(
        int(wanted.sum()),
        int(len(wanted) - wanted.sum()),
        area_under_curve(held_out, wanted),
        brier(chances, wanted),
        _calibration(chances, wanted),
    )
    examples = _examples(samples, features, held_out)
    return Classifier(found, float(slope), float(shift), measured, examples), held_out


def _enough(samples: Sequence[Sample]) -> bool:
    return all(
        len(of := [one for one in samples if one.meant is meant]) >= ENOUGH
        and len({one.group for one in of}) >= ENOUGH_GROUPS
        for meant in (True, False)
    )


def _weights(samples: Sequence[Sample]) -> Vector:
    """Return how much each sentence counts: groups alike, labels alike, one on average."""
    sizes: dict[tuple[str, bool], int] = {}
    for one in samples:
        sizes[one.group, one.meant] = sizes.get((one.group, one.meant), 0) + 1
    found = np.array([1 / sizes[one.group, one.meant] for one in samples])
    meant = np.array([one.meant for one in samples])
    for kind in (meant, ~meant):
        found[kind] *= len(samples) / 2 / found[kind].sum()
    return found


def _folds(samples: Sequence[Sample]) -> npt.NDArray[np.int64]:
    """Deal groups into folds by their digest within their label: the same in each run, each label in each fold."""
    dealt: dict[str, int] = {}
    for meant in (True, False):
        groups = {one.group for one in samples if one.meant is meant} - dealt.keys()
        ordered = sorted(groups, key=lambda group: sha256(group.encode("utf-8", "surrogatepass")).digest())
        dealt |= {group: number % FOLDS for number, group in enumerate(ordered)}
    return np.array([dealt[one.group] for one in samples])


def _held_out(features: Matrix, wanted: Vector, weights: Vector, folds: npt.NDArray[np.int64], ridge: float) -> Vector:
    found = np.zeros(len(wanted))
    for fold in range(FOLDS):
        out = folds == fold
        if out.any():
            learned = fit(features[~out], wanted[~out], ridge * int((~out).sum()), weights[~out])
            found[out] = logits(features[out], learned)
    return found


def _loss(held_out: Vector, wanted: Vector, weights: Vector) -> float:
    chances = probability(held_out)
    losses = -np.log(np.where(wanted > 0.5, chances, 1 - chances))
    return float((weights * losses).sum() / weights.sum())


def _calibration(chances: Vector, wanted: Vector) -> tuple[tuple[float, float, int], ...]:
    tenths = np.minimum((chances * TENTHS).astype(int), TENTHS - 1)
    rows = []
    for tenth in range(TENTHS):
        inside = tenths == tenth
        if inside.any():
            said, was = float(chances[inside].mean()), float(wanted[inside].mean())
            rows.append((round(said, 4), round(was, 4), int(inside.sum())))
    return tuple(rows)


def _examples(samples: Sequence[Sample], features: Matrix, held_out: Vector) -> tuple[Example, ...]:
    """Choose sentences of different groups that were told right while left out, the surest of each group."""
    chosen = []
    for meant in (True, False):
        sure = np.argsort(-held_out if meant else held_out)
        groups: dict[str, int] = {}
        for index in sure.tolist():
            if samples[index].meant is meant and (held_out[index] > 0) is np.bool_(meant):
                groups.setdefault(samples[index].group, index)
        dealt = sorted(groups, key=lambda group: sha256(group.encode("utf-8", "surrogatepass")).digest())[:SHOWN]
        chosen += [groups[group] for group in dealt]
    return tuple(
        Example(samples[index].sentence, samples[index].meant, features[index].astype(np.float32)) for index in chosen
    )
