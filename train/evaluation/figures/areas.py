"""AUROC and AUPRC of a score, and of two scores of the same people with p of no difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from train.evaluation.figures import delong
from train.evaluation.figures.bootstrap import (
    Counts,
    Interval,
    interval,
    two_sided_p,
    weighted_aurocs,
    weighted_average_precisions,
)
from train.evaluation.figures.numbers import plain_number

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Areas:
    """Areas under both curves of one score.

    Attributes:
        people: with a label and a score.
        positives: those with the condition.
        auroc: 0..1.
        auprc: 0..1.
    """

    people: int
    positives: int
    auroc: Interval
    auprc: Interval

    @property
    def both_classes(self) -> bool:
        """Whether there are people with and people without the condition."""
        return 0 < self.positives < self.people

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "people": self.people,
            "positives": self.positives,
            "auroc": self.auroc.plain(),
            "auprc": self.auprc.plain(),
        }


@dataclass(frozen=True)
class PairedAreas:
    """Those of a score and a comparator on the same people.

    Attributes:
        own: of the score.
        other: of the comparator.
        auroc_difference: the score's less the comparator's.
        auprc_difference: likewise.
        p_delong: of no difference in AUROC.
        p_auroc: the same, from the resamples.
        p_auprc: of no difference in AUPRC, from the resamples.
    """

    own: Areas
    other: Areas
    auroc_difference: Interval
    auprc_difference: Interval
    p_delong: float
    p_auroc: float
    p_auprc: float

    def plain(self) -> dict[str, object]:
        """For JSON."""
        p = {"p_delong": self.p_delong, "p_auroc": self.p_auroc, "p_auprc": self.p_auprc}
        return {
            "score": self.own.plain(),
            "comparator": self.other.plain(),
            "auroc_difference": self.auroc_difference.plain(),
            "auprc_difference": self.auprc_difference.plain(),
            **{name: plain_number(value) for name, value in p.items()},
        }


def areas_of(labels: Array, scores: Array, counts: Counts) -> Areas:
    """AUROC and AUPRC of ``scores`` (N,) for ``labels`` (N,) of 0 and 1, with ``counts`` (S, N)."""
    return _summary(labels, *_areas(labels, scores, counts))


def compare(labels: Array, scores: Array, others: Array, counts: Counts) -> PairedAreas:
    """Two scores of the same people.

    Args:
        labels: (N,) of 0 and 1.
        scores: (N,) without NaN.
        others: (N,) of the comparator, without NaN, in any unit, higher for the condition.
        counts: (S, N) of bootstrap.person_counts, for all figures.
    """
    aurocs, auprcs = _areas(labels, scores, counts)
    other_aurocs, other_auprcs = _areas(labels, others, counts)
    return PairedAreas(
        own=_summary(labels, aurocs, auprcs),
        other=_summary(labels, other_aurocs, other_auprcs),
        auroc_difference=interval(aurocs - other_aurocs),
        auprc_difference=interval(auprcs - other_auprcs),
        p_delong=delong.compare(labels, scores, others).p,
        p_auroc=two_sided_p(aurocs - other_aurocs),
        p_auprc=two_sided_p(auprcs - other_auprcs),
    )


def _areas(labels: Array, scores: Array, counts: Counts) -> tuple[Array, Array]:
    return weighted_aurocs(labels, scores, counts), weighted_average_precisions(labels, scores, counts)


def _summary(labels: Array, aurocs: Array, auprcs: Array) -> Areas:
    return Areas(len(labels), int(labels.sum()), interval(aurocs), interval(auprcs))
