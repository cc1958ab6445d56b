"""Weights whose scores agree with the validation split's labels: Platt scaling, written into the file.

Platt, in Advances in Large Margin Classifiers, MIT Press 2000, page 61; by plain maximum likelihood. His
smoothed labels guard against separation; here that is refused instead, so that on the same people the
calibration slope is 1 and the intercept 0 afterwards.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import logit as exact_logit

from train.evaluation.figures.logistic import logit, recalibration_lines
from train.evaluation.people.cohort import Labelled, simulated_words
from verte_core.errors import DataError
from verte_core.network import saving
from verte_core.network.metadata import Calibration, Metadata
from verte_core.network.weights import Weights
from verte_core.results import TASKS, Provenance, sigmoid

Array = npt.NDArray[np.float64]

_ROUNDING = 1e-15


def recalibrated(
    weights: Weights,
    labels: Mapping[str, Array],
    scores: Mapping[str, Array],
    provenance: Provenance | None = None,
) -> Metadata:
    """The metadata of ``weights`` with their scores recalibrated.

    The map grows with the score, so that thresholds move with it and no image changes its zone. Nothing else
    changes but the card, which says so under "Calibration".

    Args:
        weights: that gave ``scores``.
        labels: of the validation split by task, (P,) of 0, 1 or NaN (left out), a row a person. A task that
            is missing keeps its calibration.
        scores: by task, (P,) in 0..1, of the same people; a NaN is left out.
        provenance: of their images, as in People.

    Raises:
        DataError: when a task's people are of one class, are separated by the score, all have one score, or
            the score falls where the condition is more frequent.
    """
    metadata = weights.metadata
    calibration, points = dict(metadata.calibration), dict(metadata.operating_points)
    notes = []
    for task in (each for each in metadata.architecture.tasks if each in labels):
        slope, intercept, note = _fitted(task, labels[task], scores[task])
        old, moved = calibration[task], points[task]
        calibration[task] = Calibration(slope * old.slope, slope * old.intercept + intercept)
        points[task] = dataclasses.replace(
            moved, low=_moved(moved.low, slope, intercept), high=_moved(moved.high, slope, intercept)
        )
        notes.append(note)
    split = f"{simulated_words(provenance)}validation split"
    text = (
        f"Platt scaling on the {split}, one score a person: {'; '.join(notes)}. Slope "
        "and intercept apply to the logit of the score before. The operating points moved with the scores: "
        "no image changes its zone."
    )
    return dataclasses.replace(
        metadata, calibration=calibration, operating_points=points, card=metadata.card | {"Calibration": text}
    )


def write(
    path: Path,
    weights: Weights,
    labels: Mapping[str, Array],
    scores: Mapping[str, Array],
    provenance: Provenance | None = None,
) -> None:
    """Write ``weights`` with the metadata of ``recalibrated`` to ``path``; the tensors stay as they are.

    Raises:
        DataError: as ``recalibrated``.
        OutputError: when the file can't be written.
    """
    saving.rewrite(path, weights, recalibrated(weights, labels, scores, provenance))


def _fitted(task: str, labels: Array, scores: Array) -> tuple[float, float, str]:
    """Slope, intercept, and what the card says of them."""
    title, meaning = TASKS[task].title, TASKS[task].meaning
    known = Labelled.of(labels, scores)
    if not known.both_classes:
        raise DataError(
            f"{title}: to recalibrate, the validation split needs people with and without {meaning}."
        )
    alone = np.ones((1, len(known.labels)), np.uint16)
    intercept, slope = recalibration_lines(known.labels, logit(known.scores), alone)[0].tolist()
    if np.isnan(slope):
        raise DataError(
            f"{title}: the validation split can't recalibrate it. All its people have the same score, or the "
            f"score separates those with {meaning} perfectly from those without; more people are needed."
        )
    if slope <= 0:
        raise DataError(
            f"{title}: the validation split can't recalibrate it. People with {meaning} have lower scores "
            f"there than those without (slope {slope:.3f})."
        )
    note = (
        f"{title} slope {slope:.3f}, intercept {intercept:.3f}, fitted on {len(known.labels)} people, "
        f"{known.positives} with {meaning}"
    )
    return slope, intercept, note


def _moved(threshold: float, slope: float, intercept: float) -> float:
    """Where a threshold on the old score lies on the new one; 0 and 1 stay."""
    if threshold in (0, 1):
        return threshold
    # A threshold is often the very score of an image; rounding must not lift it above that.
    old = float(exact_logit(max(threshold - _ROUNDING, 0.0)))
    return max(sigmoid(slope * old + intercept) - _ROUNDING, 0.0)
