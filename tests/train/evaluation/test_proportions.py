from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score
from statsmodels.stats.proportion import proportion_confint

from train.evaluation.figures.proportions import accuracy, predictive_values, wilson


@pytest.mark.parametrize(("hits", "total"), [(0, 1), (1, 1), (0, 30), (30, 30), (3, 7), (812, 9000)])
def test_wilson_is_statsmodels(hits: int, total: int) -> None:
    found = wilson(hits, total)
    expected = proportion_confint(hits, total, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == hits / total


def test_written() -> None:
    assert f"{wilson(18, 20)}" == "0.900 [0.699, 0.972] 18/20"
    assert f"{wilson(0, 0)}" == "-"
    assert wilson(0, 0).plain() == {"hits": 0, "total": 0, "value": None, "low": None, "high": None}


def test_accuracy_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    labels, called = rng.integers(0, 2, 50).astype(float), rng.random(50) < 0.3
    found = accuracy(labels, called)
    assert found.sensitivity.value == pytest.approx(recall_score(labels, called))
    assert found.specificity.value == pytest.approx(recall_score(1 - labels, ~called))
    assert found.ppv.value == pytest.approx(precision_score(labels, called))
    assert found.npv.value == pytest.approx(precision_score(1 - labels, ~called))
    assert accuracy(np.ones(3), np.ones(3, bool)).specificity.total == 0


@pytest.mark.filterwarnings("error")
def test_predictive_values_elsewhere() -> None:
    rng = np.random.default_rng(1)
    labels, called = rng.integers(0, 2, 50).astype(float), rng.random(50) < 0.3
    found = accuracy(labels, called)
    sensitivity, specificity = (np.array([each.value]) for each in (found.sensitivity, found.specificity))
    # At the prevalence found here they are what was counted.
    ppv, npv = predictive_values(sensitivity, specificity, labels.mean())
    assert (ppv[0], npv[0]) == pytest.approx((found.ppv.value, found.npv.value))
    # A test of 90 % and 90 % in a population of one in ten finds as many without the condition as with it.
    ppv, npv = predictive_values(np.array([0.9, 0.0, np.nan]), np.array([0.9, 1.0, 1.0]), 0.1)
    assert ppv.tolist() == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert npv.tolist() == pytest.approx([81 / 82, 0.9, np.nan], nan_ok=True)
