from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from train.evaluation.figures.bootstrap import (
    SAMPLES,
    interval,
    person_counts,
    two_sided_p,
    weighted_aurocs,
    weighted_average_precisions,
    weighted_means,
)


def cohort(images: int, levels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, scores of so many levels, and people of about three images each."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 2, images).astype(float)
    scores = np.round((0.3 * labels + rng.uniform(size=images)) * levels) / levels
    return labels, scores, rng.integers(0, images // 3, images).astype(str)


@pytest.mark.parametrize("levels", [4, 10**9])
def test_every_resample_is_scikit_learns_auroc(levels: int) -> None:
    labels, scores, people = cohort(90, levels)
    counts = person_counts(people)
    assert counts.shape == (1 + SAMPLES, 90)
    values = weighted_aurocs(labels, scores, counts)
    assert values[0] == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
    for row in (1, 2, 99, 100, 101, SAMPLES):
        expected = roc_auc_score(labels, scores, sample_weight=counts[row])
        assert values[row] == pytest.approx(expected, abs=1e-12)
        repeated = np.repeat(np.arange(90), counts[row])
        assert values[row] == pytest.approx(roc_auc_score(labels[repeated], scores[repeated]), abs=1e-12)


@pytest.mark.parametrize("levels", [4, 10**9])
def test_every_resample_is_scikit_learns_average_precision(levels: int) -> None:
    labels, scores, people = cohort(90, levels)
    counts = person_counts(people)
    values = weighted_average_precisions(labels, scores, counts)
    assert values.shape == (1 + SAMPLES,)
    for row in (0, 1, 2, 99, 100, 101, SAMPLES):
        expected = average_precision_score(labels, scores, sample_weight=counts[row])
        assert values[row] == pytest.approx(expected, abs=1e-12)
    one_class = np.array([[1] * 90, [1] * 90], np.uint16) * (labels == [[1], [0]])
    assert np.isnan(weighted_average_precisions(labels, scores, one_class)).all()
    assert np.isnan(weighted_average_precisions(labels[:0], scores[:0], counts[:, :0])).all()


def test_p_is_twice_the_smaller_share_beyond_zero() -> None:
    # 3 of 199 resamples are at or below zero, one has no value.
    differences = np.concatenate([[0.2], np.full(196, 0.3), [0.0, -0.1, -0.2], [math.nan]])
    assert two_sided_p(differences) == two_sided_p(-differences) == pytest.approx(2 * 4 / 200)
    assert two_sided_p(np.zeros(100)) == 1
    for nothing in (np.full(100, 0.5), np.full(100, math.nan), np.array([0.2])):
        assert math.isnan(two_sided_p(nothing))


def test_people_are_drawn_with_all_their_images() -> None:
    people = np.array(["b", "a", "b", "c"])
    counts = person_counts(people)
    assert (counts[0] == 1).all()
    assert (counts[:, 0] == counts[:, 2]).all()
    assert (counts[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert counts[1:].mean() == pytest.approx(1, abs=0.05)
    # The same people are drawn when each comes once, so that figures per image and per person go together.
    assert (person_counts(np.array(["a", "b", "c"])) == counts[:, [1, 0, 3]]).all()


def test_images_of_one_person_do_not_count_as_many() -> None:
    labels, scores, _ = cohort(60, 10**9)
    four_times = [np.repeat(each, 4) for each in (labels, scores)]
    single = interval(weighted_aurocs(labels, scores, person_counts(np.arange(60).astype(str))))
    people = np.repeat(np.arange(60), 4).astype(str)
    clustered = interval(weighted_aurocs(*four_times, person_counts(people)))
    assert clustered == single
    naive = interval(weighted_aurocs(*four_times, person_counts(np.arange(240).astype(str))))
    assert naive.high - naive.low < 0.7 * (single.high - single.low)


def test_what_has_no_value_is_nan_and_left_out() -> None:
    counts = np.array([[1, 1, 1], [2, 0, 1], [1, 2, 0]], np.uint16)
    values = weighted_aurocs(np.array([0.0, 1.0, 0.0]), np.array([0.2, 0.2, 0.1]), counts)
    assert values.tolist() == pytest.approx([0.75, math.nan, 0.5], nan_ok=True)
    # One resample, or a thousand that are alike, is no spread.
    assert interval(values).samples == 1
    assert f"{interval(values)}" == "0.750 [-]"
    assert interval(np.ones(9)).plain() == {"value": 1.0, "low": None, "high": None, "samples": 8}
    assert f"{interval(np.array([0.1, -0.1, 0.3])):+}" == "+0.100 [-0.090, +0.290]"
    nothing = weighted_aurocs(np.array([]), np.array([]), person_counts(np.array([], str)))
    assert np.isnan(nothing).all()
    assert interval(nothing).plain() == {"value": None, "low": None, "high": None, "samples": 0}
    assert f"{interval(nothing)}" == "-"
    assert np.isnan(weighted_aurocs(np.array([0.0, 1.0, 0.0]), np.array([np.nan, 1, 2]), counts)).all()
    assert weighted_means(np.array([1.0, 0.0, 1.0]), counts).tolist() == pytest.approx([2 / 3, 1.0, 1 / 3])
    assert np.isnan(weighted_means(np.array([1.0]), np.array([[0]], np.uint16))).all()
