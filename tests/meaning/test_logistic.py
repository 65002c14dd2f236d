"""The small logistic regression gives what scikit-learn gives."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from engine.meaning.logistic import area_under_curve, brier, fit, logits, probability


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(5)
    features = draw.normal(size=(300, 12))
    wanted = (features[:, 0] - features[:, 3] + draw.normal(size=300) > 0.3).astype(np.float64)
    return features, wanted, draw.uniform(0.2, 3.0, size=300)


@pytest.mark.parametrize("ridge", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_weights_are_those_of_scikit_learn(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], ridge: float, *, weighted: bool
) -> None:
    """Coefficients and bias, also where rows count differently."""
    features, wanted, counts = drawn
    oracle = LogisticRegression(C=1 / ridge, tol=1e-10, max_iter=10_000)
    oracle.fit(features, wanted, counts if weighted else None)
    found = fit(features, wanted, ridge, counts if weighted else None)
    assert found[:-1] == pytest.approx(oracle.coef_[0], abs=1e-4)
    assert found[-1] == pytest.approx(oracle.intercept_[0], abs=1e-4)


def test_quality_is_that_of_scikit_learn(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Area under the curve with ties, and the Brier score; without both labels there is no area."""
    features, wanted, _ = drawn
    said = np.round(logits(features, fit(features, wanted, 1.0)), 1)
    assert area_under_curve(said, wanted) == pytest.approx(roc_auc_score(wanted, said))
    chances = probability(said)
    assert brier(chances, wanted) == pytest.approx(brier_score_loss(wanted, chances))
    assert area_under_curve(said, np.ones(len(said))) is None
    assert brier(said[:0], wanted[:0]) is None


def test_separable_rows_end() -> None:
    """A clean cut has no finite answer without a ridge; with one it ends."""
    found = fit(np.array([[-1.0], [1.0]]), np.array([0.0, 1.0]), 0.1)
    assert np.isfinite(found).all()
    assert probability(logits(np.array([[50.0]]), found))[0] > 0.9
