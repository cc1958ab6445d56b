"""Discrimination and operating points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score, roc_curve

from verte_core.results import OperatingPoints

Array = npt.NDArray[np.float64]


def auroc(labels: Array, scores: Array) -> float:
    """Area under the ROC curve of ``scores`` (N,) for ``labels`` (N,) of 0, 1 or NaN (left out).

    NaN where only one class is present.
    """
    known = ~np.isnan(labels)
    if len(np.unique(labels[known])) < 2:
        return float("nan")
    return float(roc_auc_score(labels[known], scores[known]))


def operating_points(
    labels: Array, scores: Array, sensitivity: float = 0.9, specificity: float = 0.9
) -> OperatingPoints:
    """The highest threshold of at least ``sensitivity`` and the lowest of at least ``specificity``.

    Where the first lies above the second, the second is both: nobody is indeterminate, and both hold.

    Args:
        labels: (N,) of 0, 1 or NaN (left out), with both classes present.
        scores: (N,) in 0..1.
        sensitivity: wanted at the lower point, 0..1.
        specificity: wanted at the upper point, 0..1.
    """
    known = ~np.isnan(labels)
    false_positive_rate, true_positive_rate, thresholds = roc_curve(
        labels[known], scores[known], drop_intermediate=False
    )
    # Thresholds descend, so the greater index is the lower one.
    high = int(np.flatnonzero(1.0 - false_positive_rate >= specificity)[-1])
    low = max(int(np.flatnonzero(true_positive_rate >= sensitivity)[0]), high)
    # roc_curve begins with an infinite threshold, which no JSON holds: above every score serves as well.
    finite = np.minimum(thresholds, 1.0)
    return OperatingPoints(
        low=float(finite[low]),
        high=float(finite[high]),
        low_sensitivity=float(true_positive_rate[low]),
        high_specificity=float(1.0 - false_positive_rate[high]),
    )
