"""Sensitivity, specificity and predictive values, with Wilson's intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.bootstrap import Counts, Interval, interval, ratios, weighted_means

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Proportion:
    """A share of people with its 95 % interval; NaN where there is nobody to share.

    Attributes:
        hits: 0..total.
        total: people.
        value: hits / total, 0..1.
        low: lower end of the interval, 0..1.
        high: upper end, 0..1.
    """

    hits: int
    total: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """As ``0.900 [0.699, 0.972] 18/20``; ``-`` of nobody."""
        if not self.total:
            return "-"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] {self.hits}/{self.total}"

    def plain(self) -> dict[str, float | int | None]:
        """For JSON, which has no NaN."""
        figures = {"value": self.value, "low": self.low, "high": self.high}
        known = {name: number if self.total else None for name, number in figures.items()}
        return {"hits": self.hits, "total": self.total, **known}


def wilson(hits: int, total: int) -> Proportion:
    """A share with the score interval of Wilson (J Am Stat Assoc 1927;22:209).

    Unlike the usual interval it keeps a width, and its bounds, where all or none are hits.

    Args:
        hits: 0..total.
        total: people; nought gives NaN.
    """
    if not total:
        return Proportion(0, 0, math.nan, math.nan, math.nan)
    share, weight = hits / total, _Z**2 / total
    middle = (share + weight / 2) / (1 + weight)
    half = _Z / (1 + weight) * math.sqrt(share * (1 - share) / total + weight / (4 * total))
    return Proportion(int(hits), int(total), share, max(middle - half, 0.0), min(middle + half, 1.0))


def share(mask: Mask) -> Proportion:
    """The share of True in ``mask`` (N,)."""
    return wilson(int(mask.sum()), len(mask))


@dataclass(frozen=True)
class Accuracy:
    """How a yes or no agrees with the labels.

    Attributes:
        sensitivity: called positive, of those with the condition.
        specificity: called negative, of those without.
        ppv: with the condition, of those called positive.
        npv: without it, of those called negative.
    """

    sensitivity: Proportion
    specificity: Proportion
    ppv: Proportion
    npv: Proportion

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {name: getattr(self, name).plain() for name in ("sensitivity", "specificity", "ppv", "npv")}


def accuracy(labels: Array, called: Mask) -> Accuracy:
    """Of the people ``called`` (N,) positive, against ``labels`` (N,) of 0 and 1."""
    has = labels == 1
    return Accuracy(
        sensitivity=share(called[has]),
        specificity=share(~called[~has]),
        ppv=share(has[called]),
        npv=share(~has[~called]),
    )


def predictive_values(sensitivity: Array, specificity: Array, prevalence: float) -> tuple[Array, Array]:
    """PPV and NPV among people of another prevalence, by Bayes' theorem.

    Takes it that sensitivity and specificity are the same there.

    Args:
        sensitivity: (S,) in 0..1 or NaN.
        specificity: (S,) in 0..1 or NaN.
        prevalence: between 0 and 1, both left out.

    Returns:
        (S,) each; NaN where nobody would be called positive, or negative.
    """
    true, false = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    right, missed = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    return ratios(true, true + false), ratios(right, right + missed)


def at_prevalence(
    labels: Array, positive: Mask, counts: Counts, prevalence: float
) -> tuple[Interval, Interval]:
    """PPV and NPV at another prevalence than that of these people.

    Args:
        labels: (N,) of 0 and 1.
        positive: (N,), who is called positive.
        counts: (S, N) of bootstrap.person_counts: sensitivity and specificity vary over the resamples.
        prevalence: between 0 and 1, both left out.
    """
    has = labels == 1
    sensitivity = weighted_means(positive[has].astype(np.float64), counts[:, has])
    specificity = weighted_means(1.0 - positive[~has], counts[:, ~has])
    ppv, npv = predictive_values(sensitivity, specificity, prevalence)
    return interval(ppv), interval(npv)
