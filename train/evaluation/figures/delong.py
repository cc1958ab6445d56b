"""Whether two scores of the same people differ in AUROC.

Method: DeLong, DeLong & Clarke-Pearson, Biometrics 1988;44:837, computed from ranks as in Sun & Xu, IEEE
Signal Process Lett 2014;21:1389.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Two AUROCs of the same people, tested for no difference.

    Attributes:
        difference: the first less the second; NaN unless there are people with and without the condition.
        error: standard error of the difference; NaN with fewer than two people in either class.
        p: two-sided, 0..1; 1 where both scores order the people alike; NaN where the error is nought
            although they differ, for then the method does not apply.
    """

    difference: float
    error: float
    p: float


def compare(labels: Array, first: Array, second: Array) -> Comparison:
    """Compare two scores of the same people.

    Args:
        labels: (N,) of 0 and 1.
        first: (N,) scores without NaN, in any unit, higher for the condition.
        second: likewise.
    """
    has = labels == 1
    with_it, without = int(has.sum()), int((~has).sum())
    if not with_it or not without:
        return Comparison(math.nan, math.nan, math.nan)
    below, above = (a - b for a, b in zip(_pairs(has, first), _pairs(has, second), strict=True))
    difference = float(below.sum() / (with_it * without))
    if min(with_it, without) < 2:
        return Comparison(difference, math.nan, math.nan)
    error = math.sqrt(below.var(ddof=1) / without**2 / with_it + above.var(ddof=1) / with_it**2 / without)
    if error == 0:
        return Comparison(difference, error, 1.0 if difference == 0 else math.nan)
    return Comparison(difference, error, math.erfc(abs(difference) / error / math.sqrt(2)))


def _pairs(has: npt.NDArray[np.bool_], scores: Array) -> tuple[Array, Array]:
    """For each with the condition, how many without lie below; for each without, how many with lie above.

    Ties count as half. Kept as counts, which are exact: equal ones then have a variance of exactly nought.
    """
    ranks = rankdata(scores)
    below = ranks[has] - rankdata(scores[has])
    above = has.sum() - (ranks[~has] - rankdata(scores[~has]))
    return below, above
