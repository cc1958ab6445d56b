"""How like an image is to those that weights learned from, without a second forward.

The nearest neighbours of its pooled features among those of reference images know what is far from all of
them (deep nearest neighbours: Sun et al., ICML 2022:20827). A small linear head on the picture itself knows
what features hardly tell: turned, uninverted, blurred, frontal. Decided in docs/adr/0017.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le, MaxLen, MinLen

from verte_core.network import appearance
from verte_core.results import Likeness

Floats = npt.NDArray[np.float32]

PREFIX = "gate."
REFERENCES, WEIGHT, BIAS = f"{PREFIX}references", f"{PREFIX}looks.weight", f"{PREFIX}looks.bias"
MAX_REFERENCES = 2000
USUAL = "usual"
"""The first of the looks: that of the images that the weights are for."""


@dataclass(frozen=True)
class GateRules:
    """What weights record of their gate, beside its arrays.

    Attributes:
        neighbours: how many of the nearest references count.
        least_likeness: mean cosine to them below which an image is unlike.
        looks: what the head tells apart, the usual look first.
        least_usual: log odds of the usual look against all others below which an image is unlike.
        set_on: in a few words, on what both limits were set.
    """

    neighbours: Annotated[int, Ge(1), Le(100)]
    least_likeness: Annotated[float, Ge(-1), Le(1)]
    looks: Annotated[tuple[Annotated[str, MinLen(1), MaxLen(60)], ...], MinLen(2), MaxLen(30)]
    least_usual: Annotated[float, Ge(-1000), Le(1000)]
    set_on: Annotated[str, MaxLen(200)] = ""


def shapes(rules: GateRules, channels: int) -> dict[str, tuple[int, ...]]:
    """The shape of each array of a gate; that of the references has 0 where any number will do."""
    return {
        REFERENCES: (0, channels),
        WEIGHT: (len(rules.looks), appearance.LENGTH),
        BIAS: (len(rules.looks),),
    }


class Gate:
    """The gate of one weights file.

    Args:
        rules: as recorded.
        arrays: those of ``shapes``: the normalised references (N, C), and the head.
    """

    def __init__(self, rules: GateRules, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.rules = rules
        references, self._weight, self._bias = (
            np.asarray(arrays[name], np.float32) for name in (REFERENCES, WEIGHT, BIAS)
        )
        self._references = normalised(references)

    def likeness(self, pooled: Floats, images: Sequence[Floats]) -> list[Likeness]:
        """Of pooled features (N, C) and the prepared images (H, W) in [0, 1] that they are of."""
        cosines = self.cosines(normalised(pooled))
        margins, others = self.margins(np.stack([appearance.appearance(each) for each in images]))
        found = []
        for cosine, margin, other in zip(cosines.tolist(), margins.tolist(), others.tolist(), strict=True):
            is_far, is_other = cosine < self.rules.least_likeness, margin < self.rules.least_usual
            look = self.rules.looks[other] if is_other else ""
            found.append(Likeness(cosine, is_far or is_other, look))
        return found

    def cosines(self, unit: Floats) -> Floats:
        """Of normalised features (N, C): mean cosine to the nearest references."""
        cosines = np.minimum(unit @ self._references.T, 1)
        count = min(self.rules.neighbours, cosines.shape[1])
        return np.asarray(np.partition(cosines, -count, axis=1)[:, -count:].mean(1), np.float32)

    def margins(self, seen: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
        """Of ``appearance`` (N, LENGTH): log odds of the usual look, and the likeliest of the others."""
        logits = seen @ self._weight.T + self._bias
        others = logits[:, 1:]
        most = others.max(1)
        usual = logits[:, 0] - most - np.log(np.exp(others - most[:, None]).sum(1))
        return np.asarray(usual, np.float32), others.argmax(1) + 1


def normalised(pooled: Floats) -> Floats:
    """Features (N, C) of length 1; those of length 0 stay."""
    length = np.linalg.norm(pooled, axis=1, keepdims=True)
    return np.asarray(pooled / np.maximum(length, 1e-12), np.float32)
