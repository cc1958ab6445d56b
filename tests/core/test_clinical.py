from __future__ import annotations

import math

import pytest

from verte_core.clinical import ClinicalInputs, bmi_from
from verte_core.errors import ClinicalError


def test_accepts_the_ends_of_the_ranges() -> None:
    assert ClinicalInputs(18, "F", 10).bmi == 10
    assert ClinicalInputs(110, "M", None).bmi is None


@pytest.mark.parametrize(
    ("age", "sex", "bmi", "says"),
    [
        (7, "F", 22, r"Age 7 years.*18 to 110"),
        (200, "F", 22, r"Age 200 years.*18 to 110"),
        (math.nan, "F", 22, "Age nan"),
        (60, "O", 22, "Sex must be F or M, not 'O'"),
        (60, "F", 3, r"BMI 3 kg/m2.*10 to 70"),
        (60, "F", math.inf, "BMI inf"),
    ],
)
def test_refuses_with_the_value_and_the_range(age: float, sex: str, bmi: float, says: str) -> None:
    with pytest.raises(ClinicalError, match=says):
        ClinicalInputs(age, sex, bmi)  # type: ignore[arg-type]


def test_bmi_from_height_and_weight() -> None:
    assert bmi_from(170, 65) == pytest.approx(22.49, abs=0.01)
    with pytest.raises(ClinicalError, match=r"Height 1\.7 cm"):
        bmi_from(1.7, 65)
    with pytest.raises(ClinicalError, match="Weight 900 kg"):
        bmi_from(170, 900)
