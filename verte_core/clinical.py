"""Age, sex and BMI: their units, their ranges, and what "unknown" means."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from verte_core.errors import ClinicalError

Sex = Literal["F", "M"]

AGE_RANGE = (18.0, 110.0)
"""Years. The method is for adults; nobody older than 110 is expected."""
BMI_RANGE = (10.0, 70.0)
"""kg/m2."""
HEIGHT_RANGE = (100.0, 230.0)
"""cm."""
WEIGHT_RANGE = (20.0, 300.0)
"""kg."""


@dataclass(frozen=True)
class ClinicalInputs:
    """The three clinical variables of one person, checked on construction.

    Attributes:
        age: years, within ``AGE_RANGE``.
        sex: ``"F"`` or ``"M"``; the published model knows no other value.
        bmi: kg/m2, within ``BMI_RANGE``; ``None`` says that it is unknown. It is never filled in:
            a score of an unknown BMI is a range over the training cohort's 5th to 95th percentile.

    Raises:
        ClinicalError: naming the variable, its value and the range.
    """

    age: float
    sex: Sex
    bmi: float | None

    def __post_init__(self) -> None:
        check_range("Age", self.age, AGE_RANGE, "years")
        if self.sex not in get_args(Sex):
            raise ClinicalError(
                f"Sex must be F or M, not {self.sex!r}: the model was trained on these two only.",
                kind="sex is neither F nor M",
            )
        if self.bmi is not None:
            check_range("BMI", self.bmi, BMI_RANGE, "kg/m2")


def check_range(name: str, value: float, limits: tuple[float, float], unit: str) -> None:
    """Raise ClinicalError unless ``value`` is finite and within the inclusive ``limits``."""
    low, high = limits
    if not math.isfinite(value) or not low <= value <= high:
        raise ClinicalError(
            f"{name} {value:g} {unit} is outside the accepted range of {low:g} to {high:g} {unit}.",
            kind=f"{name} is out of range",
        )


def bmi_from(height_cm: float, weight_kg: float) -> float:
    """Body mass index in kg/m2 from height in cm and weight in kg.

    Raises:
        ClinicalError: when height or weight is out of range, for instance height given in metres.
    """
    check_range("Height", height_cm, HEIGHT_RANGE, "cm")
    check_range("Weight", weight_kg, WEIGHT_RANGE, "kg")
    return weight_kg / (height_cm / 100.0) ** 2
