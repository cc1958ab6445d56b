"""Clinical values of a table: which texts are read, and what is said of the others."""

from __future__ import annotations

import time
import unicodedata
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from verte_core.batch import sheet
from verte_core.batch.clinical_table import ClinicalTable, ClinicalValues, TableValues, contradictions
from verte_core.errors import ClinicalError
from verte_core.reading.header import Header
from verte_core.reading.image_files import find_images


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


def values_of(path: Path, *images: str) -> TableValues:
    return ClinicalTable(path).match([path.parent / image for image in images])


def content(folder: Path, data: bytes | str) -> Path:
    path = folder / "t.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


WANTED = ClinicalValues(80.0, "M", 30.5)


def workbook(rows: list[list[object]], formats: dict[str, str] | None = None) -> bytes:
    book, data = openpyxl.Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    book.save(data)
    return data.getvalue()


TABLES = {
    "UTF-8 with its mark": "\ufeffpath,age,sex,bmi\n영상.dcm,80,M,30.5\n".encode(),
    "cp949": "path,나이,성별,bmi\n영상.dcm,80,남,30.5\n".encode("cp949"),
    "UTF-16": "path\tage\tsex\tbmi\r\n영상.dcm\t80\tM\t30,5\r\n".encode("utf-16"),
    "semicolons": "path;age;sex;bmi\n영상.dcm;80;M;30,5\n".encode(),
    "tabs": "path\tage\tsex\tbmi\n영상.dcm\t80\tM\t30.5\n".encode(),
    "quoted comma": 'path,age,sex,bmi\n영상.dcm,80,M,"30,5"\n'.encode(),
    "sep=": "sep=|\r\npath|age|sex|bmi\r\n영상.dcm|80|M|30.5\r\n".encode(),
    "blank lines and cells": "\n\npath,age,sex,bmi,,\n,,,,,\n영상.dcm, 80 ,M,30.5,,\n".encode(),
    "old Mac": "path,age,sex,bmi\r영상.dcm,80,M,30.5\r".encode(),
    "decomposed": unicodedata.normalize("NFD", "path,나이,성별,bmi\n영상.dcm,80,남,30.5\n").encode(),
    "workbook": workbook([["path", "Age", "성별", "BMI"], ["영상.dcm", 80, "남", 30.5]]),
    "capitals": "path,age,sex,bmi\n영상.DCM,80,M,30.5\n".encode(),
    "Windows": "path,age,sex,bmi\nC:\\data\\in\\영상.dcm,80,M,30.5\n".encode(),
    "backslashes": "path,age,sex,bmi\n.\\in\\영상.dcm,80,M,30.5\n".encode(),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_as_offices_save_them_give_the_same(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    image = tmp_path / "in" / "영상.dcm"
    values = ClinicalTable(content(tmp_path, TABLES[kind])).match([image])
    assert values(image, "1.2") == WANTED
    korean = kind == "cp949"
    assert values.said() == (
        ("The table t.csv is not in UTF-8 and was read as Korean text (cp949).",) if korean else ()
    )


REFUSED = {
    "unquoted decimal comma": (
        "path,age,sex,bmi\na,80,M,30,5\nb,80,M,31,5\n",
        r"line 2 \(and 1 more such lines\): 5 cells stand under 4 headings",
    ),
    "agee": ("path,agee,sex\na,80,M\n", r"'agee' of t\.csv looks like age \(years\), but is not read"),
    "pounds": ("path,weight_lb,height_cm\na,80,170\n", r"'weight_lb' of t\.csv looks like weight_kg"),
    "metres": ("path,Height (m),weight\na,1.7,70\n", r"'Height \(m\)' of t\.csv looks like height_cm"),
    "twice": ("path,age,나이\na,80,81\n", "has the column age twice: age, 나이"),
    "two of a name": ("path,age\nin/a,80\nin\\a,81\n", "in/a stands in the table twice"),
    "zero bytes": (b"path,age\na\0,80\n", "holds zero bytes"),
    "open quote": ('path,age\n"a,80\nb,81\n', r"line 3: unexpected end of data"),
    "cut UTF-16": ("path,age\na,80".encode("utf-16")[:-1], "UTF-16 text is cut"),
    "xls": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
        r"old kind \(\.xls\), or one with a password; save it",
    ),
    "broken workbook": (b"PK\x03\x04" + bytes(600), r"is no Excel workbook \(\.xlsx\) that can be read"),
    "half a workbook": (TABLES["workbook"][:3000], "is no Excel workbook"),
    "formula": (
        workbook([["path", "age"], ["a", "=40+40"]]),
        "line 2: B2 is a formula whose value was not saved",
    ),
    "empty": ("", "it has no columns"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_table_that_may_be_misread_is_refused_with_a_sentence(tmp_path: Path, kind: str) -> None:
    data, sentence = REFUSED[kind]
    with pytest.raises(ClinicalError, match=sentence):
        ClinicalTable(content(tmp_path, data))


def test_a_folder_a_device_and_a_large_file_are_no_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ClinicalError, match="is a folder"):
        ClinicalTable(tmp_path)
    with pytest.raises(ClinicalError, match="is a device or a pipe"):
        ClinicalTable(Path("/dev/zero"))
    with pytest.raises(ClinicalError, match="can't be read: File name too long"):
        ClinicalTable(tmp_path / ("n" * 300))
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(ClinicalError, match="is larger than 64 MiB, the limit"):
        ClinicalTable(large)
    monkeypatch.setattr(sheet, "MAX_CELLS", 3)
    with pytest.raises(ClinicalError, match="more than 3 cells"):
        ClinicalTable(content(tmp_path, TABLES["workbook"]))


def test_zeros_that_excel_shows_are_kept(tmp_path: Path) -> None:
    book = workbook([["path", "age"], [123, 80.0]], {"A2": "00000"})
    values = values_of(content(tmp_path, book), "00123")
    assert values(tmp_path / "00123", None).age == 80


def test_one_row_does_not_serve_two_patients(tmp_path: Path) -> None:
    path = content(tmp_path, "path,sop_instance_uid,age\nIM0001,,80\nB/IM0002,,60\n,1.5,50\n")
    images = ("A/IM0001", "B/IM0001", "A/IM0002", "B/IM0002")
    values = values_of(path, *images)
    for image in images[:2]:
        with pytest.raises(
            ClinicalError, match=r"line 2: IM0001 fits 2 images; give a longer path"
        ) as caught:
            values(tmp_path / image, "1.2")
        assert caught.value.kind == "several images fit one row"
    # What the row of its UID says may contradict the one of its name.
    with pytest.raises(ClinicalError, match="Several rows"):
        values(tmp_path / images[0], "1.5")
    assert values(tmp_path / images[3], "1.3").age == 60
    assert values(tmp_path / images[2], "1.4").notes == (
        "No row of t.csv fits this image, so its header was asked for age, sex and BMI.",
    )
    assert values.said()[-1] == ("1 image fits no row of t.csv, and only the header was asked: IM0002.")


def test_a_row_with_the_uid_of_another_image_is_not_of_this_one(tmp_path: Path) -> None:
    path = content(tmp_path, "path,sop_instance_uid,age\nIM1,1.1,80\n,1.2,60\nIM3,1.9,50\n")
    values = values_of(path, "A/IM1", "B/IM1", "IM3")
    assert values(tmp_path / "A/IM1", "1.1").age == 80
    assert values(tmp_path / "B/IM1", "1.2").age == 60
    assert values(tmp_path / "IM3", "1.3").age is None
    assert values.said() == (
        "1 row of t.csv fits no image: line 4 (IM3).",
        "1 image fits no row of t.csv, and only the header was asked: IM3.",
    )


def test_a_longer_path_and_capitals_tell_images_apart(tmp_path: Path) -> None:
    path = content(tmp_path, "path,age\nIM1,50\nB/IM1,60\na.dcm,70\n")
    values = values_of(path, "A/IM1", "B/IM1", "a.dcm", "A.DCM")
    ages = [values(tmp_path / name, None).age for name in ("A/IM1", "B/IM1", "a.dcm", "A.DCM")]
    assert ages == [50, 60, 70, None]


def test_an_absolute_path_of_another_machine_fits_by_most_of_its_end(tmp_path: Path) -> None:
    path = content(
        tmp_path, "path,age\nC:\\x\\p1\\IM1,50\n\\\\pacs\\p2\\IM1,60\nD:\\y\\IM7,70\nD:\\y\\IM8,80\n"
    )
    values = values_of(path, "p1/IM1", "p2/IM1", "z/IM7", "a/IM8", "b/IM8")
    assert values(tmp_path / "p1/IM1", None) == ClinicalValues(50.0)
    assert values(tmp_path / "p2/IM1", None) == ClinicalValues(60.0)
    by_name = values(tmp_path / "z/IM7", None)
    assert by_name.age == 70
    assert by_name.notes == ("t.csv, line 4 was taken by the file name alone; it says D:\\y\\IM7.",)
    with pytest.raises(ClinicalError, match="fits 2 images"):
        values(tmp_path / "a/IM8", None)


def test_rows_without_an_image_and_lost_zeros_and_short_rows_are_counted(tmp_path: Path) -> None:
    lines = "".join(f"x{index}.dcm,6{index},F\n" for index in range(7))
    path = content(tmp_path, f"path,age,sex,agee\n12.dcm,80\n{lines}")
    values = values_of(path, "0012.dcm")
    note = (
        "No row of t.csv fits this image, so its header was asked for age, sex and BMI. (t.csv, line 2 says "
        "12.dcm: a spreadsheet may have taken zeros from a name.)"
    )
    assert values(tmp_path / "0012.dcm", None) == ClinicalValues(notes=(note,))
    assert values.said() == (
        "8 rows of t.csv have fewer cells than there are headings, and what is lacking counts as empty: "
        "line 2, line 3, line 4, line 5, line 6, and 3 more.",
        "The column 'agee' of t.csv is not read.",
        "8 rows of t.csv fit no image: line 2 (12.dcm), line 3 (x0.dcm), line 4 (x1.dcm), line 5 (x2.dcm), "
        "line 6 (x3.dcm), and 3 more.",
        "1 image fits no row of t.csv, and only the header was asked: 0012.dcm.",
    )


def test_images_that_a_table_names_are_found_however_their_letters_are_composed(tmp_path: Path) -> None:
    for name in (unicodedata.normalize("NFD", "환자.dcm"), "B.DCM"):
        (tmp_path / name).touch()
    path = content(tmp_path, f"path,age\n환자.dcm,60\nb.dcm,70\n{'n' * 300},80\n")
    table = ClinicalTable(path)
    images = find_images(table.images())
    assert [unicodedata.normalize("NFC", image.name) for image in images] == ["환자.dcm", "B.DCM", "n" * 300]
    values = table.match(images)
    assert [values(image, None).age for image in images] == [60, 70, 80]


def test_values_that_contradict_the_header_are_notes() -> None:
    header = Header(age=62.0, sex="F")
    assert contradictions(ClinicalValues(63.0, "F", 25.0), header) == ()
    assert (
        contradictions(ClinicalValues(), header) == contradictions(ClinicalValues(80.0, "M"), Header()) == ()
    )
    assert contradictions(ClinicalValues(80.0, "M"), header) == (
        "The age that was given is 80, but the header says 62 years; the one given is used.",
        "The sex that was given is M, but the header says F; the one given is used.",
    )


def test_many_rows_of_one_name_are_matched_in_no_time(tmp_path: Path) -> None:
    rows = "".join(f"C:\\in\\p{index}\\IM0001,60\n" for index in range(4000))
    images = [f"q{index}/IM0001" for index in range(4000)]
    start = time.process_time()
    values = values_of(content(tmp_path, "path,age\n" + rows), *images)
    with pytest.raises(ClinicalError, match="Several rows"):
        values(tmp_path / images[0], None)
    assert time.process_time() - start < 10
