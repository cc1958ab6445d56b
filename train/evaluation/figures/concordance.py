"""How often of two people the one with the earlier fracture has the higher risk, with a bootstrap.

Harrell's C-index (Harrell et al., JAMA 1982;247:2543).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.bootstrap import Counts, ratios

Array = npt.NDArray[np.float64]

_AT_ONCE = 256


def weighted_concordances(years: Array, event: Array, risks: Array, counts: Counts) -> Array:
    """C-index of each predictor for each row of weights.

    Two people are compared when one had an event while the other was still followed: the other's time is
    longer, or as long but without an event. Two events at one time are not compared. A tie of the predictor
    counts as half. This is what lifelines.utils.concordance_index does with each person repeated as often as
    it counts.

    Args:
        years: (P,), follow-up.
        event: (P,), 1 where the follow-up ended with an event, else 0.
        risks: (K, P), finite, K predictors, higher for an earlier event.
        counts: (S, P), how often each person counts.

    Returns:
        (K, S), NaN where a row leaves no pair to compare.
    """
    # Single precision is exact here: sums of halves and whole numbers, far below 2**23 people.
    weights = np.ascontiguousarray(counts.T, np.float32)
    pairs, agreeing = np.zeros(len(counts)), np.zeros((len(risks), len(counts)))
    # In parts, because a row of all people for every event takes gigabytes on a large cohort.
    with_event = np.flatnonzero(event == 1)
    for first in range(0, len(with_event), _AT_ONCE):
        own = with_event[first : first + _AT_ONCE]
        compared = (years > years[own, None]) | ((years == years[own, None]) & (event == 0))
        pairs += _total(compared.astype(np.float32), weights, own)
        for risk, sums in zip(risks, agreeing, strict=True):
            order = np.float32(0.5) * (1 + np.sign(risk[own, None] - risk).astype(np.float32))
            sums += _total(compared * order, weights, own)
    return ratios(agreeing, pairs)


def _total(
    values: npt.NDArray[np.float32], weights: npt.NDArray[np.float32], own: npt.NDArray[np.intp]
) -> Array:
    """(S,): the values (E, P) of pairs of the people ``own`` (E,) with all, by both their weights (P, S)."""
    sums = np.einsum("es,es->s", values @ weights, weights[own], dtype=np.float64)
    return np.asarray(sums, np.float64)
