"""Age, sex and BMI: how they are written, their units and ranges, and what "unknown" means.

Header, table and form take their values through these rules, so that a text means the same in each of them.
"""

from __future__ import annotations

import math
import unicodedata
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
DOUBTFUL_BMI = 45.0
"""kg/m2. Few people are above it, and most of those whose weight is in pounds."""
KG_PER_POUND = 0.45359237

SEX_WORDS: dict[str, Sex] = {
    **dict.fromkeys(("f", "female", "woman", "여", "여성", "여자"), "F"),
    **dict.fromkeys(("m", "male", "man", "남", "남성", "남자"), "M"),
}
"""What people write for a sex, in lower case."""


@dataclass(frozen=True)
class Quantity:
    """A number of a person: its name at the start of a sentence, its unit, and the inclusive range."""

    name: str
    unit: str
    limits: tuple[float, float]

    def check(self, value: float) -> None:
        """Raise ClinicalError, naming value and range, unless ``value`` is finite and within the range."""
        check_range(self.name, value, self.limits, self.unit)

    def read(self, text: str) -> float:
        """The number that a text gives.

        Raises:
            ClinicalError: when it gives none, or one out of range.
        """
        value = read_number(text)
        if value is None:
            raise ClinicalError(
                f"{self.name} must be a number in {self.unit}.", kind=f"{self.name} is not a number"
            )
        self.check(value)
        return value


AGE = Quantity("Age", "years", AGE_RANGE)
BMI = Quantity("BMI", "kg/m2", BMI_RANGE)
HEIGHT = Quantity("Height", "cm", HEIGHT_RANGE)
WEIGHT = Quantity("Weight", "kg", WEIGHT_RANGE)


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
        AGE.check(self.age)
        if self.sex not in get_args(Sex):
            raise ClinicalError(
                f"Sex must be F or M, not {self.sex!r}: the model was trained on these two only.",
                kind="sex is neither F nor M",
            )
        if self.bmi is not None:
            BMI.check(self.bmi)


def read_number(text: str) -> float | None:
    """A finite number with a decimal point or comma; ``None`` for any other text."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_sex(text: str) -> Sex:
    """The sex that a word means, by ``SEX_WORDS`` in any case.

    Raises:
        ClinicalError: for any other word. A 1 or 2 says nothing without its coding, and codings differ.
    """
    # Typed on a Mac, a Korean syllable may come in its parts.
    sex = SEX_WORDS.get(unicodedata.normalize("NFKC", text).strip().casefold())
    if sex is None:
        raise ClinicalError(
            f"Sex must be F or M, not {text!r}; female, male, 여 and 남 are read, too.",
            kind="sex is neither F nor M",
        )
    return sex


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
    HEIGHT.check(height_cm)
    WEIGHT.check(weight_kg)
    return weight_kg / (height_cm / 100.0) ** 2


def doubt(height_cm: float | None, weight_kg: float | None) -> str | None:
    """A question about units, when height and weight give a BMI over ``DOUBTFUL_BMI``; else ``None``.

    Nothing is converted: only a person knows. Values out of their ranges are not doubted, but refused.
    """
    try:
        if height_cm is None or weight_kg is None or bmi_from(height_cm, weight_kg) <= DOUBTFUL_BMI:
            return None
    except ClinicalError:
        return None
    return (
        f"Height {height_cm:g} cm and weight {weight_kg:g} kg give a BMI of"
        f" {bmi_from(height_cm, weight_kg):.1f}: is the weight in pounds ({weight_kg * KG_PER_POUND:.0f} kg)?"
    )
