"""What is known of the people whose images were scored."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from verte_core.results import OperatingPoints, Provenance

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.str_]

CLINICAL = "age, sex and BMI"
"""Name of the comparator that every report has: a logistic regression on the three."""
NOT_STATED = "not stated"


def simulated_words(provenance: str | None) -> str:
    """To be set before "people" or "validation split", by what the images are: ``simulated `` with its space.

    Args:
        provenance: of Provenance; of anything else nothing is said.
    """
    words = {Provenance.SIMULATED: "simulated ", Provenance.MIXED: "partly simulated "}
    return words.get(Provenance(provenance), "") if provenance in set(Provenance) else ""


@dataclass(frozen=True)
class Unit:
    """One person, all of whose images were combined by the cohort's rule.

    Attributes:
        person_id: of the manifest.
        images: how many of theirs were scored, at least one.
        age: years, at the first image.
        sex: ``F`` or ``M``.
        bmi: kg/m2, at the first image.
        labels: by task 0, 1 or NaN (unknown); 1 where any image has 1.
        scores: by task, calibrated probability 0..1.
        followup_years: to the event or the end of follow-up; NaN where unknown.
        fracture_event: 1 for an incident fracture, 0 for none, NaN where unknown.
        weight_kg: NaN where unknown.
        groups: by name of a grouping (``manufacturer``, ``protocol``, ``grade``, ``hardware``); a grouping
            that is not known of this person is absent; ``several`` where the images differ. ``grade`` is the
            highest Genant grade, ``0`` to ``3``.
        likeness: of the least like image, mean cosine; NaN where unknown.
        unlike: how many of the images the weights call unlike.
    """

    person_id: str
    images: int
    age: float
    sex: str
    bmi: float
    labels: dict[str, float]
    scores: dict[str, float]
    followup_years: float = float("nan")
    fracture_event: float = float("nan")
    weight_kg: float = float("nan")
    groups: dict[str, str] = field(default_factory=dict)
    likeness: float = float("nan")
    unlike: int = 0


@dataclass(frozen=True, eq=False)
class Labelled:
    """Those of P people who have both a label and a score, in their order.

    Attributes:
        index: (N,) of their places among the P.
        labels: (N,) of 0 and 1.
        scores: (N,) in 0..1.
    """

    index: npt.NDArray[np.intp]
    labels: Array
    scores: Array

    @classmethod
    def of(cls, labels: Array, scores: Array) -> Labelled:
        """From ``labels`` (P,) of 0, 1 or NaN and ``scores`` (P,), NaN where unknown."""
        index = np.flatnonzero(~np.isnan(labels) & ~np.isnan(scores))
        return cls(index, labels[index], scores[index])

    @property
    def positives(self) -> int:
        """Those with the condition."""
        return int(self.labels.sum())

    @property
    def both_classes(self) -> bool:
        """Whether there are people with and people without the condition."""
        return 0 < self.positives < len(self.labels)


@dataclass(frozen=True, eq=False)
class People:
    """The people of the evaluated split, in a fixed order, and what they are compared with.

    Attributes:
        units: sorted by person_id.
        tasks: those scored, of TASKS, in order.
        operating_points: by task, set on the weights' validation split.
        comparators: by task and name (``age, sex and BMI``; ``OSTA``): (P,) of scores in any unit, higher
            for the condition; NaN where unknown. The clinical model's are probabilities; those of OSTA not.
        provenance: of the images, as truth file and headers state it; None where neither states anything.
    """

    units: tuple[Unit, ...]
    tasks: tuple[str, ...]
    operating_points: dict[str, OperatingPoints]
    comparators: dict[str, dict[str, Array]]
    provenance: Provenance | None

    @property
    def stated(self) -> str:
        """The provenance in a word; a cohort that nothing is said of may be simulated all the same."""
        return self.provenance or NOT_STATED

    @property
    def notice(self) -> str:
        """The sentence that goes wherever the figures go; empty where no image is stated to be simulated."""
        if not self.provenance:
            return ""
        which = "The images" if self.provenance is Provenance.SIMULATED else "Some of the images"
        return f"{which} are simulated: the figures say nothing about patients."

    def labels(self, task: str) -> Array:
        """(P,) of 0, 1 or NaN."""
        return np.array([unit.labels.get(task, np.nan) for unit in self.units], np.float64)

    def scores(self, task: str) -> Array:
        """(P,) in 0..1."""
        return np.array([unit.scores[task] for unit in self.units], np.float64)

    def labelled(self, task: str) -> Labelled:
        """Those with a label and a score of ``task``."""
        return Labelled.of(self.labels(task), self.scores(task))

    def clinical(self, task: str) -> Array:
        """(P,): the probability in 0..1 of the comparator CLINICAL; NaN where unknown."""
        return self.comparators.get(task, {}).get(CLINICAL, np.full(len(self.units), np.nan))

    def values(self, name: str) -> Array:
        """(P,) of a number of Unit, such as ``age``."""
        return np.array([getattr(unit, name) for unit in self.units], np.float64)

    def words(self, name: str) -> Words:
        """(P,) of ``sex`` or one of ``groups``; empty where unknown."""
        return np.array(
            [unit.sex if name == "sex" else unit.groups.get(name, "") for unit in self.units], np.str_
        )

    @property
    def ids(self) -> Words:
        """(P,)."""
        return np.array([unit.person_id for unit in self.units], np.str_)
