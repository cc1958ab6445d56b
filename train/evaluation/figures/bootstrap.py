"""AUROC, AUPRC and shares with 95 % intervals from a bootstrap that draws people, each with all their images.

Images of one person resemble each other; drawing single images would make the intervals too narrow.
Method: the cluster bootstrap (Field & Welsh, J R Stat Soc B 2007;69:369), percentile intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.numbers import plain_number

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint16]
PersonIds = npt.NDArray[np.str_]

SAMPLES = 2000
SEED = 1111
_AT_ONCE = 100
_ALIKE = 1e-9


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval; NaN where the data give none, or the resamples do not differ.

    Attributes:
        value: on the data themselves.
        low: 2.5th percentile over the resamples.
        high: 97.5th percentile.
        samples: resamples that gave a value; those of one class have no AUROC.
    """

    value: float
    low: float
    high: float
    samples: int

    def __format__(self, sign: str) -> str:
        """``+`` shows the sign of a positive figure, as a difference wants."""
        if math.isnan(self.value):
            return "-"
        if math.isnan(self.low):
            return f"{self.value:{sign}.3f} [-]"
        return f"{self.value:{sign}.3f} [{self.low:{sign}.3f}, {self.high:{sign}.3f}]"

    def plain(self) -> dict[str, float | int | None]:
        """For JSON, which has no NaN."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        known = {name: plain_number(number) for name, number in numbers.items()}
        return {**known, "samples": self.samples}


def person_counts(people: PersonIds) -> Counts:
    """How often each image comes in the data and in every resample of people with replacement.

    Args:
        people: (N,), the person of each image.

    Returns:
        (1 + SAMPLES, N). The first row is all ones, the data themselves. The draws are the same for the same
        set of people, so that figures from one array of counts, or from its people alone, are paired.
    """
    names, person = np.unique(people, return_inverse=True)
    return _draws(len(names))[:, person]


@lru_cache(maxsize=2)
def _draws(people: int) -> Counts:
    """For so many people; the analyses of a report share it."""
    if not people:
        return np.ones((1 + SAMPLES, 0), np.uint16)
    drawn = np.random.default_rng(SEED).multinomial(people, np.full(people, 1 / people), size=SAMPLES)
    return np.concatenate([np.ones((1, people), np.uint16), drawn.astype(np.uint16)])


def weighted_aurocs(labels: Array, scores: Array, counts: Counts) -> Array:
    """AUROC for each row of weights; a tie counts as half (Hanley & McNeil, Radiology 1982;143:29).

    Args:
        labels: (N,) of 0 and 1.
        scores: (N,); one that is NaN leaves no AUROC.
        counts: (S, N), how often each image counts.

    Returns:
        (S,), NaN where a row leaves only one class.
    """

    def aurocs(with_it: Array, without: Array) -> Array:
        below = np.cumsum(without, axis=1) - without
        area = (with_it * (below + without / 2)).sum(axis=1)
        return ratios(area, with_it.sum(axis=1) * without.sum(axis=1))

    return _by_row(labels, scores, counts, aurocs)


def weighted_average_precisions(labels: Array, scores: Array, counts: Counts) -> Array:
    """Area under the precision-recall curve for each row of weights, as average precision.

    The sum over the thresholds of precision times the step in recall, without interpolation, which would
    flatter (Davis & Goadrich, Proc ICML 2006:233). Equal scores are one threshold. Arguments and result are
    those of ``weighted_aurocs``.
    """

    def average_precisions(with_it: Array, without: Array) -> Array:
        found, mistaken = np.cumsum(with_it, axis=1), np.cumsum(without, axis=1)
        called = found + mistaken
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        both = mistaken[:, -1] > 0
        return ratios((precision * with_it).sum(axis=1), found[:, -1] * both)

    return _by_row(labels, -scores, counts, average_precisions)


def _by_row(labels: Array, scores: Array, counts: Counts, figures: Callable[[Array, Array], Array]) -> Array:
    """(S,): ``figures`` of all parts of ``tied_sums``; NaN without people, or where a score is NaN."""
    if not len(labels) or np.isnan(scores).any():
        return np.full(len(counts), np.nan)
    return np.concatenate([figures(*sums) for sums in tied_sums(labels, scores, counts)])


def tied_sums(labels: Array, scores: Array, counts: Counts) -> Iterator[tuple[Array, Array]]:
    """How many have each score, lowest first, with the label and without, for each row of weights.

    Args:
        labels: (N,) of 0 and 1, N at least one.
        scores: (N,) without NaN, of D different values.
        counts: (S, N), how often each image counts.

    Yields:
        Two arrays (part of S, D) at a time, the parts in order: all rows at once take gigabytes on a large
        cohort.
    """
    order = np.argsort(scores, kind="stable")
    ranked, positive = scores[order], labels[order] == 1
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] > ranked[:-1]]))
    for first in range(0, len(counts), _AT_ONCE):
        weights = counts[first : first + _AT_ONCE, order].astype(np.float64)
        with_it = np.add.reduceat(weights * positive, starts, axis=1)
        yield with_it, np.add.reduceat(weights, starts, axis=1) - with_it


def weighted_means(values: Array, counts: Counts) -> Array:
    """Mean of ``values`` (N,) for each row of ``counts`` (S, N); NaN where a row leaves nothing."""
    return ratios(counts @ values, counts.sum(axis=1).astype(np.float64))


def interval(values: Array) -> Interval:
    """From the figures of all rows of ``person_counts``, the data's first."""
    samples = values[1:][~np.isnan(values[1:])]
    # Resamples that are all alike, of one person or where every image is a hit, tell nothing of the spread:
    # an interval without width would look like certainty.
    if math.isnan(values[0]) or not len(samples) or np.ptp(samples) < _ALIKE:
        return Interval(float(values[0]), math.nan, math.nan, len(samples))
    low, high = np.percentile(samples, [2.5, 97.5])
    return Interval(float(values[0]), float(low), float(high), len(samples))


def two_sided_p(differences: Array) -> float:
    """p value of no difference, from the differences in all rows of ``person_counts``, the data's first.

    Twice the smaller share of resamples on either side of zero, which is below 0.05 where the percentile
    interval leaves out zero; one is added to both counts, so that it is never nought (Davison & Hinkley,
    Bootstrap Methods and their Application, 1997, chapter 4).

    Returns:
        0..1; 1 where no resample differs; NaN where there are none, or all differ by the same.
    """
    samples = differences[1:][~np.isnan(differences[1:])]
    if math.isnan(differences[0]) or not len(samples):
        return math.nan
    if np.ptp(samples) < _ALIKE:
        return 1.0 if abs(samples[0]) < _ALIKE else math.nan
    fewer = min((samples <= 0).sum(), (samples >= 0).sum())
    return min(1.0, float(2 * (1 + fewer) / (1 + len(samples))))


def ratios(part: Array, whole: Array) -> Array:
    """``part`` by ``whole``, which is broadcast to its shape; NaN where ``whole`` is not above 0."""
    result = np.full(part.shape, np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
