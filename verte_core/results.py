"""What a score is and what is said beside it, for terminal, batch, window, reports and training alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Annotated, Literal

from annotated_types import Ge, Le

from verte_core.clinical import ClinicalInputs

Zone = Literal["low", "indeterminate", "high"]

NOT_TO_RULE_OUT = "An aid, not a diagnosis, and not to be used to rule out."
RESEARCH_NOTICE = "For research. Not a medical device."


@dataclass(frozen=True)
class Task:
    """One score.

    Attributes:
        title: its published name.
        short: for where there is little room.
        meaning: what it is the probability of.
        finding: what a high score recommends an assessment for.
    """

    title: str
    short: str
    meaning: str
    finding: str


TASKS = {
    "pvf": Task("pVF-score", "pVF", "prevalent vertebral fracture", "vertebral fracture"),
    "osteo": Task("osteo-score", "osteo", "osteoporosis", "osteoporosis"),
}
"""The scores, by the name of a network's output. One of any other name only teaches, and is not shown."""


def title(task: str) -> str:
    """The title of a score; an output that only teaches has none but its name."""
    return TASKS[task].title if task in TASKS else task


EVALUATION = "Evaluation"
"""The heading of a model card below which stand the figures of people that the weights have not seen."""


def evaluation_of(task: str) -> str:
    """The heading of a model card below which stand those figures of one task."""
    return f"{EVALUATION}: {title(task)}"


class Provenance(StrEnum):
    """What kind of images weights learned from."""

    CLINICAL = "clinical"
    SIMULATED = "simulated"
    MIXED = "mixed"
    """Of both kinds."""

    @classmethod
    def of(cls, text: str | None) -> Provenance:
        """As a weights file, a journal or a table has it; whatever is not plainly clinical is simulated."""
        return next((each for each in (cls.CLINICAL, cls.MIXED) if each == text), cls.SIMULATED)

    @classmethod
    def together(cls, parts: Iterable[Provenance]) -> Provenance:
        """That of several parts, at least one."""
        kinds = set(parts)
        return kinds.pop() if len(kinds) == 1 else cls.MIXED

    @property
    def short_notice(self) -> str:
        """For where there is little room; empty for clinical images."""
        if self is Provenance.CLINICAL:
            return ""
        return f"Trained {'' if self is Provenance.SIMULATED else 'in part '}on simulated images."

    @property
    def notice(self) -> str:
        """The sentence that goes wherever a score goes; empty for clinical images."""
        if self is Provenance.CLINICAL:
            return ""
        part = "" if self is Provenance.SIMULATED else "in part "
        return (
            f"These weights were trained {part}on simulated images. The scores show how the program works; "
            "they say nothing about a patient."
        )


Fraction = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True)
class OperatingPoints:
    """Two thresholds of one score, set on the validation split; they part the scores into three zones.

    Attributes:
        low: scores below it are in the zone "low"; at it, sensitivity is ``low_sensitivity``.
        high: scores at or above it are in the zone "high"; at it, specificity is ``high_specificity``.
        low_sensitivity: reached at least on the validation split, 0..1.
        high_specificity: reached on the validation split, 0..1.
    """

    low: Fraction
    high: Fraction
    low_sensitivity: Fraction
    high_specificity: Fraction

    def __post_init__(self) -> None:
        """Thresholds that cross, as a score that separates well may give them, leave no zone between."""
        object.__setattr__(self, "low", min(self.low, self.high))

    def zone(self, value: float) -> Zone:
        """The zone of a score: low below ``low``, high from ``high`` up."""
        return "high" if value >= self.high else "low" if value < self.low else "indeterminate"

    def zone_over(self, low: float, high: float) -> Zone | None:
        """The zone of a score that is anywhere from ``low`` to ``high``; None where its ends disagree."""
        zones = {self.zone(low), self.zone(high)}
        return zones.pop() if len(zones) == 1 else None

    def sentence(self, task: str) -> str:
        """What the thresholds of a task are, and what they reach."""
        return (
            f"{title(task)}: low below {self.low:.3f} (sensitivity {self.low_sensitivity:.2f}), "
            f"high from {self.high:.3f} (specificity {self.high_specificity:.2f}), on the validation split."
        )


@dataclass(frozen=True)
class Score:
    """One task's score, a calibrated probability in 0..1, with its zone.

    With an unknown BMI, ``low`` and ``high`` are the least and greatest score over the training cohort's
    5th to 95th BMI percentile, ``value`` is their middle and ``zone`` is None where they disagree;
    otherwise all three are equal. ``spread`` is the greatest minus the least of several scores whose mean it
    is, None for one.
    """

    value: float
    low: float
    high: float
    zone: Zone | None
    spread: float | None = None


def mean_score(scores: Sequence[Score], points: OperatingPoints) -> Score:
    """Of several for one task, by several weights files or of several images: the mean, and their spread."""
    value, low, high = (fmean(getattr(each, name) for each in scores) for name in ("value", "low", "high"))
    values = [each.value for each in scores]
    spread = max(values) - min(values) if len(values) > 1 else None
    return Score(value, low, high, points.zone_over(low, high), spread)


UNLIKE = (
    "This picture is unlike those that the weights learned from. Its scores and heatmap may mean nothing."
)
LOOKS = {
    "upside down": "It looks as if it were upside down.",
    "turned": "It looks as if it lay on its side.",
    "inverted": "It looks as if dark and bright were exchanged.",
    "blurred": "It looks blurred.",
    "frontal": "It looks like a frontal image.",
    "vfa": "It looks like a DXA VFA image.",
    "radiograph": "It looks like a radiograph.",
}
"""What is said of an unlike picture, by the name of its look; of any other name nothing is."""


@dataclass(frozen=True)
class Likeness:
    """How like an image is to those that the weights learned from.

    Attributes:
        value: mean cosine of its features to those of the nearest reference images, at most 1.
        unlike: whether it is below what the weights allow, or of another look.
        look: which, if that is known; empty otherwise.
    """

    value: float
    unlike: bool
    look: str = ""

    @property
    def notice(self) -> str:
        """The sentences that go wherever the scores of an unlike picture go; empty for a like one."""
        return " ".join(filter(None, [UNLIKE, LOOKS.get(self.look)])) if self.unlike else ""


@dataclass(frozen=True)
class Result:
    """The scores by task, with the ids of all they were made from.

    ``likeness`` is None where the weights know nothing of it.
    """

    image_id: str
    weights_id: str
    inputs: ClinicalInputs | None
    trained_on: Provenance
    scores: dict[str, Score]
    likeness: Likeness | None = None


def cautions(trained_on: Provenance) -> list[str]:
    """The sentences that go wherever a score goes."""
    return [NOT_TO_RULE_OUT, RESEARCH_NOTICE, *filter(None, [trained_on.notice])]


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)) without overflow."""
    return 0.5 * (1.0 + math.tanh(0.5 * logit))
