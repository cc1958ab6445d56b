from __future__ import annotations

import math
import unicodedata

import pytest

from verte_core.clinical import (
    AGE,
    BMI,
    HEIGHT,
    WEIGHT,
    ClinicalInputs,
    Quantity,
    bmi_from,
    doubt,
    read_number,
    read_sex,
)
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


@pytest.mark.parametrize(
    ("sex", "words"),
    [("F", "F f Female FEMALE woman Woman 여 여성 여자"), ("M", "M m Male MALE man Man 남 남성 남자")],
)
def test_the_words_that_people_write_for_a_sex(sex: str, words: str) -> None:
    for word in words.split():
        for written in (word, f"  {word}\t", unicodedata.normalize("NFD", word)):
            assert read_sex(written) == sex


@pytest.mark.parametrize(
    "word", ["", " ", "1", "2", "0", "O", "U", "W", "femme", "F M", "F/M", "unknown", "\ud800"]
)
def test_any_other_word_says_what_to_write(word: str) -> None:
    with pytest.raises(ClinicalError) as caught:
        read_sex(word)
    assert str(caught.value).startswith(f"Sex must be F or M, not {word!r}; female, male, 여 and 남")
    assert caught.value.kind == "sex is neither F nor M"


def test_numbers_have_a_point_or_a_comma_and_are_finite() -> None:
    assert [read_number(text) for text in ("60", " 60.5 ", "60,5", "1e2", "-3")] == [60, 60.5, 60.5, 100, -3]
    for text in ("", "x", "1,2,3", "1.000,5", "nan", "inf", "-inf", "1e999", "60 y", "\ud800", "\0"):
        assert read_number(text) is None


@pytest.mark.parametrize("quantity", [AGE, BMI, HEIGHT, WEIGHT])
def test_a_quantity_is_read_within_its_range(quantity: Quantity) -> None:
    low, high = quantity.limits
    assert (quantity.read(f"{low:g}"), quantity.read(f"{high:g},0")) == (low, high)
    for text, says in (
        (f"{low - 1:g}", f"{low:g} to {high:g} {quantity.unit}"),
        ("x", f"must be a number in {quantity.unit}"),
    ):
        with pytest.raises(ClinicalError, match=f"^{quantity.name}.*{says}"):
            quantity.read(text)


@pytest.mark.parametrize(
    ("height", "weight", "asked"),
    [
        (160.0, 60.0, False),
        (160.0, 115.0, False),
        (160.0, 116.0, True),
        (160.0, 132.0, True),
        (None, 132.0, False),
        (160.0, None, False),
        (1.6, 60.0, False),  # out of range: refused, not doubted
    ],
)
def test_a_weight_that_may_be_in_pounds_is_asked_for(
    height: float | None, weight: float | None, asked: bool
) -> None:
    question = doubt(height, weight)
    assert (question is not None) == asked
    assert question is None or question.endswith("kg)?")
