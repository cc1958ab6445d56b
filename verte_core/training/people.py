"""From images to people, as the report counts: what figures, thresholds and the choice of an epoch go by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Rule = Literal["mean", "max"]
"""How the calibrated probabilities of one person's images become one."""


def score_of(scores: Sequence[float], rule: Rule = "mean") -> float:
    """A person's score, 0..1, of those of the images."""
    return max(scores) if rule == "max" else fmean(scores)


def label_of(labels: Iterable[float]) -> float:
    """1 where any image has 1, else 0 where any is known to have 0, else NaN."""
    return max((label for label in labels if not math.isnan(label)), default=math.nan)


def by_person(people: Sequence[str], scores: Array, labels: Array) -> tuple[Array, Array]:
    """Scores and labels of P people, in the order of their first images.

    Args:
        people: (N,), whose each image is.
        scores: (N, tasks) in 0..1.
        labels: (N, tasks) of 0, 1 or NaN.

    Returns:
        Scores and labels, each (P, tasks).
    """
    images: dict[str, list[int]] = {}
    for index, person in enumerate(people):
        images.setdefault(person, []).append(index)
    tasks = range(scores.shape[1])
    of_people = [[score_of(scores[own, task].tolist()) for task in tasks] for own in images.values()]
    known = [[label_of(labels[own, task].tolist()) for task in tasks] for own in images.values()]
    return np.array(of_people).reshape(-1, len(tasks)), np.array(known).reshape(-1, len(tasks))
