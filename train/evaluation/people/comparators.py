"""What is known without the image, as scores to beat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from train.evaluation.people.cohort import CLINICAL, Unit
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.network.metadata import ClinicalStatistics
from verte_core.results import TASKS
from verte_core.training import dataset
from verte_core.training.dataset import Example

Array = npt.NDArray[np.float64]

OSTA = "OSTA"
"""Name of the comparator of the osteo-score where the weight is known."""


@dataclass(frozen=True)
class ClinicalModel:
    """A logistic regression on age, sex and BMI.

    Attributes:
        statistics: of the people it was fitted on, to standardise the three.
        coefficients: of age, sex and BMI, standardised.
        intercept: log odds.
    """

    statistics: ClinicalStatistics
    coefficients: tuple[float, ...]
    intercept: float

    def predict(self, people: Sequence[ClinicalInputs]) -> Array:
        """Probabilities (N,) in 0..1; NaN where BMI is unknown."""
        unknown = [math.nan] * len(self.coefficients)
        rows = [unknown if each.bmi is None else self.statistics.standardize(each) for each in people]
        values = np.array(rows, np.float64).reshape(len(people), len(self.coefficients))
        return np.asarray(expit(values @ np.array(self.coefficients) + self.intercept), np.float64)


def clinical_model(known: Sequence[Example], task: str) -> ClinicalModel:
    """Fit the comparator that every report has, without a penalty.

    A person counts once: with the inputs of the first labelled image, and with the condition where any image
    has it, as in People.

    Args:
        known: rows of a manifest, of the training split; those without the label are passed over.
        task: ``pvf`` or ``osteo``.

    Raises:
        DataError: when not both people with and without the condition are known.
    """
    first: dict[str, Example] = {}
    labels: dict[str, float] = {}
    for each in known:
        if not math.isnan(each.labels[task]):
            first.setdefault(each.person_id, each)
            labels[each.person_id] = max(each.labels[task], labels.get(each.person_id, 0.0))
    if len(set(labels.values())) < 2:
        raise DataError(
            f"The training split of the reference needs people with and without {TASKS[task].meaning}."
        )
    statistics = dataset.clinical_statistics(list(first.values()))
    rows = [dataset.standardized(each, statistics) for each in first.values()]
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(rows, list(labels.values()))
    return ClinicalModel(statistics, tuple(map(float, fitted.coef_[0])), float(fitted.intercept_[0]))


def osta(ages: Array, weights_kg: Array) -> Array:
    """The osteoporosis self-assessment tool for Asians (Koh et al., Osteoporos Int 2001;12:699).

    A fifth of weight less age, truncated to an integer; the lower, the likelier is osteoporosis. It was made
    for postmenopausal women.

    Args:
        ages: (P,) years.
        weights_kg: (P,), NaN where unknown.

    Returns:
        (P,), NaN where a value is unknown.
    """
    # Rounded because 60.3 - 55.3 is a little less than 5.
    return np.trunc(np.round(weights_kg - ages, 6) / 5)


def of_people(
    units: Sequence[Unit], tasks: Sequence[str], known: Sequence[Example]
) -> tuple[dict[str, dict[str, Array]], tuple[str, ...]]:
    """The comparators of People.

    Args:
        units: the people.
        tasks: those scored.
        known: rows to fit the clinical model on, of a training split.

    Returns:
        By task and name, (P,), higher for the condition; and a sentence for each that had to be left out.
    """
    inputs = [
        ClinicalInputs(unit.age, "F" if unit.sex == "F" else "M", None if math.isnan(unit.bmi) else unit.bmi)
        for unit in units
    ]
    found: dict[str, dict[str, Array]] = {task: {} for task in tasks}
    reasons = []
    for task in tasks:
        try:
            found[task][CLINICAL] = clinical_model(known, task).predict(inputs)
        except DataError as error:
            reasons.append(f"{TASKS[task].title}: {CLINICAL} alone are left out. {error}")
    ages, weights_kg = (np.array([getattr(each, name) for each in units]) for name in ("age", "weight_kg"))
    if "osteo" in tasks and not np.isnan(weights_kg).all():
        found["osteo"][OSTA] = -osta(ages, weights_kg)
    return found, tuple(reasons)
