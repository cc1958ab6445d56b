"""What moved a score, in log odds: the image cell by cell, age, sex, BMI, and what is left.

Exact for the image, whose side of the network is linear behind the encoder. The clinical branch is not
linear: its variables share what they do together by Shapley's values (Shapley 1953; Lundberg and Lee, NeurIPS
2017), of three variables over all eight sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Contributions:
    """The parts of one calibrated score; all of them together are its log odds.

    Comparable between images and between patients, as long as they come from the same weights.

    Attributes:
        cells: of the feature map (h, w), what each adds; positive raises the score.
        clinical: of ``age``, ``sex`` and ``bmi``, against the training's mean age and BMI, and against a man;
            empty for an image-only model.
        bias: what is left: the score's log odds without any of these.
        is_bmi_assumed: the BMI is not known, and was taken at the training's mean.
    """

    cells: Floats
    clinical: Mapping[str, float]
    bias: float
    is_bmi_assumed: bool = False

    @property
    def image(self) -> float:
        """What the image adds: the sum of its cells."""
        return float(self.cells.sum())

    @property
    def total(self) -> float:
        """The log odds of the score."""
        return self.image + sum(self.clinical.values()) + self.bias

    def parts(self) -> dict[str, float]:
        """Image, clinical variables and bias by name; their sum is ``total``."""
        return {"image": self.image, **self.clinical, "bias": self.bias}


def shapley(value: Callable[[Floats], Floats], variables: Floats) -> tuple[float, ...]:
    """What each of a few variables adds to a function, against zeros in their place.

    Args:
        value: of sets of variables (N, n): (N,).
        variables: (n,), of which each set keeps some and has zeros for the others.

    Returns:
        n numbers, whose sum is ``value`` of all variables less that of zeros.
    """
    count = len(variables)
    sets = [frozenset(each) for size in range(count + 1) for each in combinations(range(count), size)]
    rows = np.zeros((len(sets), count), np.float32)
    for row, kept in zip(rows, sets, strict=True):
        for index in kept:
            row[index] = variables[index]
    of = dict(zip(sets, np.asarray(value(rows), np.float64).tolist(), strict=True))
    weight = [factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)]
    return tuple(
        sum(weight[len(kept)] * (of[kept | {index}] - of[kept]) for kept in sets if index not in kept)
        for index in range(count)
    )
