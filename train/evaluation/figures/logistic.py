"""Logistic regression of a label on the logit of a score, by itself and in every resample at once.

Its intercept and slope say how well a score is calibrated: Cox, Biometrika 1958;45:562.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.special import logit as exact_logit

from train.evaluation.figures.bootstrap import Counts

Array = npt.NDArray[np.float64]

CLIP = 1e-6
"""Scores nearer to 0 or 1 than this are moved there before their logit is taken."""
_STEPS = 100
_LAST_STEP = 1e-6
_AT_ONCE = 200_000


def logit(scores: Array) -> Array:
    """log(p / (1 - p)) of scores (N,) in 0..1, clipped to ``CLIP`` from either end."""
    return np.asarray(exact_logit(np.clip(scores, CLIP, 1 - CLIP)), np.float64)


def recalibration_lines(labels: Array, logits: Array, counts: Counts) -> Array:
    """Maximum-likelihood logistic regression of the label on the logit for each row of weights.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,), finite.
        counts: (S, N), how often each person counts.

    Returns:
        (S, 2) of intercept and slope. NaN where a row leaves one class, or where the logits of the two
        classes do not overlap, for then the slope has no finite maximum (Albert & Anderson, Biometrika
        1984;71:1).
    """
    order = np.argsort(logits)
    ends = []
    for one in (0, 1):
        members = order[labels[order] == one]
        present = counts[:, members] > 0
        if not len(members):
            return np.full((len(counts), 2), np.nan)
        lowest = logits[members[present.argmax(axis=1)]]
        highest = logits[members[len(members) - 1 - present[:, ::-1].argmax(axis=1)]]
        none = ~present.any(axis=1)
        ends.append((np.where(none, np.inf, lowest), np.where(none, -np.inf, highest)))
    (low_without, high_without), (low_with, high_with) = ends
    overlap = (high_without > low_with) & (high_with > low_without)
    return _fits(labels, logits, counts, overlap, slope_free=True)


def intercepts_in_the_large(labels: Array, logits: Array, counts: Counts) -> Array:
    """Intercepts (S,) of ``recalibration_lines`` with the slope held at 1; NaN where one class is left."""
    events = counts @ labels
    both = (events > 0) & (events < counts.sum(axis=1))
    return _fits(labels, logits, counts, both, slope_free=False)[:, 0]


def _fits(
    labels: Array, logits: Array, counts: Counts, solvable: npt.NDArray[np.bool_], slope_free: bool
) -> Array:
    """(S, 2) of intercept and slope, NaN where not ``solvable`` (S,)."""
    lines = np.full((len(counts), 2), np.nan)
    rows = np.flatnonzero(solvable)
    if not len(rows):
        return lines
    # Centred, because the determinant of scores that lie close together far from 0 would cancel.
    centre = logits.mean()
    start = np.array([centre, 1.0])
    lines[rows[:1]] = _newton(labels, logits - centre, counts[rows[:1]], start, slope_free)
    # The data themselves come first; their resamples begin where they ended and need few steps.
    at_once = 1 + _AT_ONCE // len(logits)
    for part in (rows[first : first + at_once] for first in range(1, len(rows), at_once)):
        lines[part] = _newton(labels, logits - centre, counts[part], lines[rows[0]], slope_free)
    lines[:, 0] -= lines[:, 1] * centre
    return lines


def _newton(labels: Array, x: Array, counts: Counts, start: Array, slope_free: bool) -> Array:
    """(S, 2) of intercept and slope at the greatest likelihood; NaN where it is not found."""
    weights = counts.astype(np.float64)
    lines = np.tile(start, (len(weights), 1))
    powers = np.stack([np.ones_like(x), x, x * x], axis=1)
    observed = weights @ (labels[:, None] * powers[:, :2])
    ends = np.array([[1.0, x.min()], [1.0, x.max()]]).T
    reach = np.full(len(weights), np.inf)
    # Near separation the curvature vanishes; what is not finite then is left out below.
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_STEPS):
            expected = lines[:, 1:] * x
            expected += lines[:, :1]
            expit(expected, out=expected)
            curvature = weights * expected
            gradient = observed - curvature @ powers[:, :2]
            curvature -= np.multiply(curvature, expected, out=expected)
            (g0, g1), (w0, w1, w2) = gradient.T, (curvature @ powers).T
            if slope_free:
                steps = np.stack([w2 * g0 - w1 * g1, w0 * g1 - w1 * g0], axis=1)
                steps /= (w0 * w2 - w1 * w1)[:, None]
            else:
                steps = np.stack([g0 / w0, np.zeros_like(g0)], axis=1)
            # A whole step can overshoot where the scores are saturated. This damping always converges, and
            # is a whole step in the end (Sun & Tran-Dinh, Math Program 2019;178:145).
            reach = abs(steps @ ends).max(axis=1)
            lines += steps * (np.log1p(reach) / np.maximum(reach, 1e-300))[:, None]
            # Each step squares the distance that is left.
            if not (reach > _LAST_STEP).any():
                break
    lines[~(reach <= _LAST_STEP)] = np.nan
    return lines
