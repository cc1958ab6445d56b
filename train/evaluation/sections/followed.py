"""The people whose follow-up is known, and what the model says of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from train.evaluation.figures.logistic import logit
from train.evaluation.people.cohort import People
from train.evaluation.sections.section import Picture, Table

Array = npt.NDArray[np.float64]

FEWEST_EVENTS = 10
"""With fewer no model of several covariates is fitted; so many to a covariate are wanted."""
MEASURES = {
    "high": "at or above the high operating point",
    "low": "at or above the low operating point",
    "per_sd": "per standard deviation of the logit",
}
"""How a score enters a model, and the words for it."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The people with follow-up above 0 and a known outcome.

    Attributes:
        ids: (P,) of persons.
        years: (P,), above 0.
        event: (P,) of 0 and 1.
        clinical: by name (P,): age, sex (1 for F) and bmi, of those that differ between people.
        scores: by task (P,) in 0..1.
        thresholds: by ``high`` and ``low``, then by task.
    """

    ids: npt.NDArray[np.str_]
    years: Array
    event: Array
    clinical: dict[str, Array]
    scores: dict[str, Array]
    thresholds: dict[str, dict[str, float]]

    @classmethod
    def of(cls, people: People) -> Followed:
        """Those followed for some time, with all that the models need."""
        sex = people.words("sex")
        clinical = {
            "age": people.values("age"),
            "sex": np.where(sex == "F", 1.0, np.where(sex == "M", 0.0, np.nan)),
            "bmi": people.values("bmi"),
        }
        scores = {task: people.scores(task) for task in people.tasks}
        years, event = people.values("followup_years"), people.values("fracture_event")
        known = np.isfinite(np.stack([years, event, *clinical.values(), *scores.values()])).all(axis=0)
        chosen = np.flatnonzero(known & (years > 0))
        points = people.operating_points
        return cls(
            people.ids[chosen],
            years[chosen],
            event[chosen],
            {name: each[chosen] for name, each in clinical.items() if len(np.unique(each[chosen])) > 1},
            {task: each[chosen] for task, each in scores.items()},
            # Thresholds can cross when a score separates well; the zones then meet at the high one.
            {
                "high": {task: points[task].high for task in people.tasks},
                "low": {task: points[task].low for task in people.tasks},
            },
        )

    def states(self, measure: str) -> dict[str, Array]:
        """By task (P,): 1 for detected at the point ``high`` or ``low``, else 0, or the logit in its SD.

        Args:
            measure: of MEASURES.
        """
        if measure in self.thresholds:
            points = self.thresholds[measure]
            return {task: (each >= points[task]).astype(np.float64) for task, each in self.scores.items()}
        return {task: each / (float(each.std()) or 1.0) for task, each in self.logits.items()}

    @property
    def events(self) -> int:
        """How many had an incident fracture."""
        return int(self.event.sum())

    @property
    def logits(self) -> dict[str, Array]:
        """By task (P,)."""
        return {task: logit(each) for task, each in self.scores.items()}


@dataclass(frozen=True)
class Part:
    """What one module adds to the section; as in Section, with ``plain`` under keys of its own."""

    words: list[str]
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    plain: dict[str, object] = field(default_factory=dict)
