"""Clinical values of a table: which texts are read, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from verte_core.batch.clinical_table import ClinicalTable, ClinicalValues
from verte_core.errors import ClinicalError


def table(folder: Path, *lines: str) -> Path:
    path = folder / "t.csv"
    path.write_text("\n".join(("path,age,sex,bmi,height_cm,weight_kg", *lines)), "utf-8")
    return path


@pytest.mark.parametrize(
    ("written", "read"),
    [("F", "F"), ("m", "M"), ("Female", "F"), (" MALE ", "M"), ("여", "F"), ("남성", "M"), ("", None)],
)
def test_a_sex_is_read_as_people_write_it(tmp_path: Path, written: str, read: str | None) -> None:
    values = ClinicalTable(table(tmp_path, f"a.dcm,60,{written},22")).match([Path("/x/a.dcm")])(
        Path("/x/a.dcm"), None
    )
    assert values == ClinicalValues(60.0, read, 22.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["1", "2", "O", "W", "unknown", "N/A", "0"])
def test_another_word_names_its_line_and_what_to_write(tmp_path: Path, word: str) -> None:
    with pytest.raises(ClinicalError) as caught:
        ClinicalTable(table(tmp_path, "a.dcm,60,F,22,,", f"b.dcm,60,{word},22,,"))
    assert str(caught.value).startswith(f"t.csv, line 3: Sex must be F or M, not {word!r};")


@pytest.mark.parametrize("column", ["age", "bmi", "height_cm", "weight_kg"])
def test_numbers_are_finite_with_a_point_or_a_comma(tmp_path: Path, column: str) -> None:
    at = ["age", "sex", "bmi", "height_cm", "weight_kg"].index(column)

    def with_cell(text: str) -> Path:
        return table(tmp_path, "a.dcm" + "," * at + "," + text)

    for text in ("61.5", '"61,5"'):
        assert (
            getattr(ClinicalTable(with_cell(text)).match([Path("a.dcm")])(Path("a.dcm"), None), column)
            == 61.5
        )
    for text in ("nan", "inf", "NA", "6o", "1e999"):
        with pytest.raises(ClinicalError, match=f"line 2: {column} is '{text}', which is not a number"):
            ClinicalTable(with_cell(text))
