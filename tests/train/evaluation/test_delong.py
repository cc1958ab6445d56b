from __future__ import annotations

import math

import numpy as np
import pytest

from train.evaluation.figures.bootstrap import person_counts, two_sided_p, weighted_aurocs
from train.evaluation.figures.delong import compare

# Of pROC 1.18.0 under R 4.2.2, for each of the four cases written as CSV with columns y, a and b:
#   d <- read.csv("case.csv")
#   a <- roc(d$y, d$a, direction="<"); b <- roc(d$y, d$b, direction="<"); p <- roc(d$y, d$y, direction="<")
#   c(auc(a), auc(b), sqrt(var(a) + var(b) - 2 * cov(a, b)))
#   roc.test(a, b, method="delong", paired=TRUE)$p.value
#   roc.test(p, b, method="delong", paired=TRUE)$p.value
#   roc.test(a, a, method="delong", paired=TRUE)$p.value  # 1
PROC = {
    (60, 1e9): (0.724537037037, 0.506944444444, 0.0729052891135, 0.00283956160066, 2.76182052636e-10),
    (60, 1): (0.706018518519, 0.53587962963, 0.0741549271542, 0.0217692171811, 7.30791651893e-10),
    (201, 2): (0.664556288572, 0.642902745265, 0.0382298426644, 0.571119042834, 1.54157907487e-19),
    (1000, 1e9): (0.722130723669, 0.66012802072, 0.0180668456174, 0.00059947917541, 1.7059100292e-80),
}  # fmt: skip


def paired(number: int, levels: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and two scores that go together; with few levels many are tied."""
    rng = np.random.default_rng(number)
    labels = (rng.random(number) < 0.35).astype(float)
    shared = rng.normal(size=number)
    first = labels * 1.1 + shared + rng.normal(size=number)
    second = labels * 0.7 + shared + rng.normal(size=number)
    return labels, np.round(first * levels) / levels, np.round(second * levels) / levels


@pytest.mark.parametrize("case", PROC)
def test_is_procs(case: tuple[int, float]) -> None:
    first_auroc, second_auroc, error, p, p_perfect = PROC[case]
    labels, first, second = paired(*case)
    found = compare(labels, first, second)
    assert found.difference == pytest.approx(first_auroc - second_auroc, abs=1e-12)
    assert found.error == pytest.approx(error, rel=1e-9)
    assert found.p == pytest.approx(p, rel=1e-8)
    assert compare(labels, labels, second).p == pytest.approx(p_perfect, rel=1e-6)
    # Another scale of the same order is the same score.
    same = compare(labels, first, np.exp(first / 3) / 7)
    assert (same.difference, same.error, same.p) == (0, 0, 1)


def test_the_bootstrap_agrees() -> None:
    labels, first, second = paired(201, 2)
    counts = person_counts(np.arange(201).astype(str))
    differences = weighted_aurocs(labels, first, counts) - weighted_aurocs(labels, second, counts)
    exact = compare(labels, first, second)
    assert differences[0] == pytest.approx(exact.difference)
    assert differences[1:].std() == pytest.approx(exact.error, rel=0.1)
    assert two_sided_p(differences) == pytest.approx(exact.p, abs=0.1)


@pytest.mark.filterwarnings("error")
def test_what_has_no_p() -> None:
    one_class = compare(np.zeros(4), np.arange(4.0), np.arange(4.0))
    assert all(math.isnan(each) for each in (one_class.difference, one_class.error, one_class.p))
    # One person with the condition has no spread.
    single = compare(np.array([1.0, 0, 0]), np.array([3.0, 1, 2]), np.array([1.0, 2, 3]))
    assert single.difference == 1
    assert math.isnan(single.error)
    assert math.isnan(single.p)
    # One parts the classes and the other knows nothing: neither has a variance, but they differ.
    labels = np.array([0.0, 0, 1, 1])
    apart = compare(labels, labels, np.ones(4))
    assert (apart.difference, apart.error) == (0.5, 0)
    assert math.isnan(apart.p)
    assert compare(labels, labels, labels * 9).p == 1
