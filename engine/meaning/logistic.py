"""Logistic regression with a ridge, by Newton's method, and how good its answers are: for a few hundred dimensions.

Small on purpose: weights are a vector that can be stored, read and multiplied anywhere. Checked against scikit-learn
in the tests.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float64]
Matrix: TypeAlias = npt.NDArray[np.float64]

STEPS, CLOSE_ENOUGH = 50, 1e-8
FURTHEST = 30.0


def probability(logits: Vector) -> Vector:
    """Return the probabilities of log odds."""
    result: Vector = 1 / (1 + np.exp(-np.clip(logits, -FURTHEST, FURTHEST)))
    return result


def fit(features: Matrix, wanted: Vector, ridge: float, weights: Vector | None = None) -> Vector:
    """Return the weights, the bias last. `wanted`: 0 or 1 a row. `weights`: how much each row counts, 1 by default.

    Minimises the sum of log losses + ridge / 2 · |weights|², the bias left free: scikit-learn's with C = 1 / ridge.
    """
    rows = np.hstack([features, np.ones((len(features), 1))])
    counts = np.ones(len(rows)) if weights is None else weights
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 1e-9
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chances = probability(rows @ found)
        slope = rows.T @ (counts * (chances - wanted)) + penalty * found
        bend = (rows * (counts * chances * (1 - chances))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        found -= step
        if np.abs(step).max() < CLOSE_ENOUGH:
            break
    return found


def logits(features: Matrix, weights: Vector) -> Vector:
    """Return the log odds of each row."""
    result: Vector = features @ weights[:-1] + weights[-1]
    return result


def area_under_curve(scores: Vector, wanted: Vector) -> float | None:
    """Return the chance that a harmful row scores above a harmless one (ties count half); None without both kinds."""
    harmful, harmless = np.sort(scores[wanted > 0.5]), np.sort(scores[wanted < 0.5])
    if not len(harmful) or not len(harmless):
        return None
    below = np.searchsorted(harmless, harmful, "left") + np.searchsorted(harmless, harmful, "right")
    return float(below.sum() / 2 / len(harmful) / len(harmless))


def brier(chances: Vector, wanted: Vector) -> float | None:
    """Return the mean squared error of probabilities (Brier 1950): 0 is perfect, 0.25 a coin; None without rows."""
    return float(np.mean((chances - wanted) ** 2)) if len(wanted) else None
