"""Headings as people write them: which are read, and which only look like it."""

import pytest

from verte_core.batch.headings import canonical, like


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Age (years)", "age"), ("AGE_YEARS", "age"), ("나이(세)", "age"), ("나이", "age"), ("연령", "age"),
        (" Sex ", "sex"), ("성별", "sex"), ("Gender (F/M)", "sex"), ("성", "sex"),
        ("BMI [kg/m2]", "bmi"), ("BMI (kg/m\u00b2)", "bmi"), ("체질량지수(㎏/㎡)", "bmi"),
        ("Body Mass Index (BMI)", "bmi"),
        ("Height(cm)", "height_cm"), ("키", "height_cm"), ("Height ㎝", "height_cm"), ("HEIGHT", "height_cm"),
        ("Weight, kg", "weight_kg"), ("몸무게/체중", "weight_kg"), ("체중 (kg)", "weight_kg"),
        ("File name", "path"), ("파일명", "path"), ("SOP Instance UID", "sop_instance_uid"),
        ("Person ID", "person_id"), ("pvf", "pvf"),
    ],
)  # fmt: skip
def test_case_blanks_units_and_korean_make_no_difference(heading: str, column: str) -> None:
    assert canonical(heading) == column


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("agee", "age"), ("patient_age", "age"), ("Age (months)", "age"), ("환자나이", "age"),
        ("weight_lb", "weight_kg"), ("Weigth", "weight_kg"), ("weight (lb)", "weight_kg"),
        ("height_m", "height_cm"), ("Height (m)", "height_cm"), ("hight", "height_cm"),
        ("gendre", "sex"), ("sex_at_birth", "sex"), ("bmi_2020", "bmi"),
    ],
)  # fmt: skip
def test_what_looks_like_a_column_is_known_for_it_and_not_read(heading: str, column: str) -> None:
    assert canonical(heading) != column and like(heading) == column


@pytest.mark.parametrize(
    "heading", ["page", "stage", "bmd", "person_id", "remark", "image", "set", "pvf_score", "키키"]
)
def test_other_headings_look_like_none(heading: str) -> None:
    assert like(heading) is None
