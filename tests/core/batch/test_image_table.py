"""Tables as spreadsheets of a hospital save them, and which row an image has."""

from pathlib import Path

import pytest

from verte_core.batch.image_table import ImageTable, TableRow
from verte_core.errors import ClinicalError


def found_in(table: ImageTable, path: Path) -> TableRow | None:
    return table.match([path]).find(path, None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"path,sex\nM\xfcller.dcm,F\n", r"t\.csv is not in UTF-8; save it again as CSV in UTF-8\."),
        (b"path|age\na.dcm|60\n", r"parted by commas; it has path\|age"),
        (b"path,age,age\na.dcm,60,61\n", "has the column age twice"),
        (b"path,path,age\na.dcm,b.dcm,60\n", "has the column path twice"),
        (None, r"can't be read: No such file or directory\."),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    table = tmp_path / "t.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(ClinicalError, match=sentence):
        ImageTable(table, ("age", "sex"))


def test_a_column_that_is_not_used_may_stand_twice(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("path,age,note,note,,\na.dcm,60,x,y,,\n")
    row = found_in(ImageTable(table, ("age", "sex")), Path("/images/a.dcm"))
    assert row is not None and row.number("age") == 60


def test_an_image_beside_the_tables_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    table = tmp_path / "tables" / "t.csv"
    table.write_text("path,age\n../in/a.dcm,60\n")
    found = ImageTable(table, ("age",))
    for path in (tmp_path / "in" / "a.dcm", tmp_path / "tables" / ".." / "in" / "a.dcm"):
        row = found_in(found, path)
        assert row is not None and row.number("age") == 60
    assert found_in(found, tmp_path / "other" / "a.dcm") is None
