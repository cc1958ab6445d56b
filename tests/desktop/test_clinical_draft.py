"""The form without a window: no text in any field is more than a marked field."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verte_core.batch.clinical_table import ClinicalValues
from verte_core.clinical import AGE_RANGE, BMI_RANGE, SEX_WORDS
from verte_core.reading.header import Header
from verte_desktop.session.clinical_draft import Draft

FIELDS = ("age", "sex", "bmi", "height", "weight")
NUMBERS = st.one_of(st.floats(), st.sampled_from([0.0, 1.7, 5.0, 60.0, 170.0, 900.0])).map(str)
WORDS = st.sampled_from(
    ["", " ", "F", "M", "f", "Female", "여", "2", "O", "22,5", "1,2,3", "nan", "1_0", "\0"]
)
TEXTS = st.one_of(st.text(), NUMBERS, WORDS)
VALUES = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 1.7, 22.0, 60.0, 170.0, 900.0]))


def check(draft: Draft) -> None:
    checked = draft.check()
    draft.bmi_text()
    assert checked.errors.keys() <= set(FIELDS)
    assert all(sentence.endswith(".") for sentence in checked.errors.values())
    assert (checked.inputs is None) == bool(checked.missing or checked.errors)
    if checked.inputs is not None:
        assert AGE_RANGE[0] <= checked.inputs.age <= AGE_RANGE[1] and checked.inputs.sex in ("F", "M")
        assert checked.inputs.bmi is None or BMI_RANGE[0] <= checked.inputs.bmi <= BMI_RANGE[1]
        assert (checked.inputs.bmi is None) == draft.bmi_unknown


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS)), st.booleans())
def test_no_text_in_any_field_raises(texts: dict[str, str], unknown: bool) -> None:
    check(Draft(**texts, bmi_unknown=unknown))  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS)))
def test_no_edit_raises(edits: list[tuple[str, str]]) -> None:
    draft = Draft()
    for name, text in edits:
        draft = draft.edited(name, text)
        check(draft)
        assert not (draft.bmi and (draft.height or draft.weight))


@given(VALUES, st.one_of(st.none(), WORDS, st.text()), VALUES, VALUES, VALUES)
def test_no_value_of_a_table_raises(
    age: float | None, sex: str | None, bmi: float | None, height: float | None, weight: float | None
) -> None:
    given = ClinicalValues(age, sex, bmi, height, weight)
    draft = Draft.from_sources(Header(), given)
    check(draft)
    assert not draft.is_edited()


@pytest.mark.parametrize(("word", "sex"), SEX_WORDS.items())
def test_a_word_for_a_sex_of_an_earlier_version_is_read(word: str, sex: str) -> None:
    draft = Draft.from_sources(Header(), ClinicalValues(60.0, word.upper(), 22.0))
    assert (draft.sex, draft.origin("sex")) == (sex, "from table")
    inputs = draft.check().inputs
    assert inputs is not None and inputs.sex == sex


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("age", "12", "Age 12 years is outside"),
        ("age", "old", "Age must be a number in years"),
        ("age", "nan", "Age must be a number in years"),
        ("sex", "2", "Sex must be F or M, not '2'"),
        ("bmi", "5", "BMI 5 kg/m2 is outside"),
        ("height", "1.7", "Height 1.7 cm is outside"),
        ("weight", "900", "Weight 900 kg is outside"),
    ],
)
def test_a_wrong_value_marks_its_field_alone(name: str, text: str, says: str) -> None:
    sound = Draft(age="60", sex="F", height="170", weight="60")
    draft = replace(sound, bmi=text) if name == "bmi" else sound.edited(name, text)
    checked = draft.check()
    assert checked.inputs is None and checked.missing == ()
    assert checked.errors.keys() == {name} and checked.errors[name].startswith(says)
    assert math.isclose(sound.check().inputs.bmi or 0, 20.76, abs_tol=0.01)  # type: ignore[union-attr]
