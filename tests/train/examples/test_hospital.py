from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import openpyxl
import pydicom
import pytest

from train.__main__ import main
from train.examples.dates import read_date, read_span
from train.examples.expressions import name_of, parse
from train.examples.hospital_table import read
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.errors import DataError
from verte_core.training import dataset

TABLES = Path(__file__).parent / "hospital"
DAYS = {
    1: "20240120",
    2: "20240103",
    3: "20240528",
    4: "20240102",
    5: "20240303",
    6: "20240220",
    7: "20240401",
    8: "20240401",
}
RULES = ("--by", "patient_id", "--within", "12m", "--pvf", "genant>=1", "--osteo", "t_lowest<=-2.5")
MAPS = ("--map", "sex:여=F,남=M", "--map", "genant:경도=1,중등도=2,중증=3")


@pytest.fixture
def films(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    """Eight people, each with one film; of the last no table knows anything."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number, day in DAYS.items():
        path = folder / f"{number}.dcm"
        # Of whom the header says the number with the zeros that spreadsheets drop, and no more.
        who = Patient(f"000{10000 + number}", "", None, "", None, None)
        write_image(path, who, Pixels(spine + number, 0.2, orientation=("A", "F")))
        header = pydicom.dcmread(path)
        header.StudyDate, header.AccessionNumber = day, f"ACC{number}"
        header.save_as(path)
    return folder


def make(films: Path, *options: str) -> int:
    return main(["manifest", str(films), "--out", str(films.parent / "manifest.csv"), *options])


def tables(*names: str, folder: Path = TABLES) -> list[str]:
    return [word for name in names for word in ("--table", str(folder / name))]


def rows(films: Path, name: str = "manifest.csv") -> dict[str, dict[str, str]]:
    with (films.parent / name).open(newline="", encoding="utf-8") as file:
        return {Path(row["path"]).stem: row for row in csv.DictReader(file)}


def test_films_and_three_tables_become_a_manifest(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    follow_up = ("--follow-up", str(TABLES / "followup.csv"))
    given = tables("patients.csv", "readings.csv", "dxa.csv")
    assert make(films, *given, *RULES, *MAPS, *follow_up, "--exclude", "척추수술==1") == 0
    found = rows(films)
    labels = {name: (row["pvf"], row["osteo"]) for name, row in found.items()}
    assert labels == {
        "1": ("1", "1"),  # a mild fracture of one of two vertebrae; the lower of two sites
        "2": ("1", "1"),
        "3": ("0", "0"),  # Ward's triangle does not count
        "4": ("0", "0"),  # with the minus of a word processor; and a site that could not be measured
        "6": ("0", ""),  # DXA five years before
        "7": ("1", ""),  # by its word; the T-score is none
    }
    assert [found["1"][name] for name in ("age", "sex", "bmi")] == ["73", "F", "22.29"]
    assert found["3"]["sex"] == "M"
    assert found["1"]["joined"] == (
        "patients.csv, line 2; readings.csv, line 2 and 1 more (the same day); "
        "dxa.csv, line 2 and 1 more (21 days after)"
    )
    assert (found["1"]["followup_years"], found["1"]["fracture_event"]) == ("2.114", "1")
    assert (found["2"]["followup_years"], found["2"]["fracture_event"]) == ("2.004", "0")
    assert (found["4"]["followup_years"], found["4"]["fracture_event"]) == ("", "")
    said = capsys.readouterr().out
    for sentence in (
        "5.dcm: patients.csv, line 6; readings.csv, line 7 (the same day); dxa.csv, line 11 (the same day): "
        "it is excluded by 척추수술==1.",
        "8.dcm: patients.csv has no row for it.",
        "1 row of 8 in patients.csv joined nothing: 1 (no film has it).",
        "3 rows of 13 in dxa.csv joined nothing: 1 (the nearest, but further from the film than --within); "
        "1 (another row is nearer); 1 (no film has it).",
        "dxa.csv: t_lowest is the lowest of t_score; Ward's does not count for a diagnosis.",
        "1 T-score of dxa.csv can't be read as a number and counts as missing: 'artifact' in line 13.",
        "1 film had a fracture on the film's day or before, which is no incident one.",
        "patients.csv has no dates, so --within says nothing of it.",
    ):
        assert sentence in said, said
    assert len(dataset.read_manifest(films.parent / "manifest.csv").examples) == 6
    assert rows(films, "manifest-left-out.csv")["8"]["reason"] == "patients.csv has no row for it."


@pytest.mark.parametrize("kind", ["cp949", "utf-8-sig", "utf-16", "xlsx"])
def test_tables_as_offices_save_them(films: Path, kind: str) -> None:
    names = ("patients.csv", "readings.csv", "dxa.csv")
    for name in names:
        text = (TABLES / name).read_text(encoding="utf-8").replace("\u2212", "-")
        if kind == "xlsx":
            book = openpyxl.Workbook()
            for row in csv.reader(text.splitlines()):
                assert book.active is not None
                book.active.append([_cell(each) for each in row])
            book.save(films.parent / name)
        else:
            (films.parent / name).write_text(text, encoding=kind)
    assert make(films, *tables(*names), *RULES, *MAPS) == 0
    direct = rows(films)
    assert make(films, *tables(*names, folder=films.parent), *RULES, *MAPS) == 0
    assert rows(films) == direct


def _cell(text: str) -> object:
    """As Excel has them: numbers as numbers, dates as dates."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        day = read_date(text) if text[:4].isdigit() else None
        return day or text


def test_people_are_numbers_and_the_key_lies_apart(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tables("readings.csv", "patients.csv")
    beside = ("--key", str(tmp_path / "key.csv"))
    assert make(films, *given, *RULES[:6], *MAPS, *beside) == 1
    assert "into another folder" in capsys.readouterr().err
    (tmp_path / "apart").mkdir()
    apart = tmp_path / "apart" / "key.csv"
    assert make(films, *given, *RULES[:6], *MAPS, "--key", str(apart)) == 0
    assert "10001" not in (tmp_path / "manifest.csv").read_text(encoding="utf-8")
    with apart.open(newline="") as file:
        key = {row["person_id"]: row["patient_id"] for row in csv.DictReader(file)}
    assert key[rows(films)["1"]["person_id"]] == "00010001"
    assert apart.stat().st_mode & 0o077 == 0


def test_another_key_and_other_headings(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = films.parent / "fx.csv"
    table.write_text("Order,Fx,Years,Sex,BMI\nACC1,yes,70,F,25\nacc2,no,70,F,25\nACC9,no,70,F,25\n")
    options = (
        "--by",
        "accession",
        "--pvf",
        "fx == 'yes'",
        "--column",
        "accession=Order",
        "--column",
        "age=Years",
    )
    assert make(films, "--table", str(table), *options) == 0
    assert {name: row["pvf"] for name, row in rows(films).items()} == {"1": "1", "2": "0"}
    assert rows(films)["1"]["age"] == "70"
    assert make(films, "--table", str(table), *options[:4]) == 1
    assert "fx.csv has no column accession; name one of its headings" in capsys.readouterr().err
    assert make(films, "--table", str(table), *options, "--column", "bmi=Index") == 1
    assert "No table has the heading 'Index'" in capsys.readouterr().err


def test_rules_also_go_with_a_row_an_image(films: Path) -> None:
    table = films.parent / "labels.csv"
    table.write_text("path,grade,age,sex,bmi\n1.dcm,2,70,W,25\n2.dcm,0,70,W,25\n3.dcm,,70,W,25\n")
    assert make(films, "--table", str(table), "--pvf", "grade>=2", "--map", "sex:W=F") == 0
    assert {name: row["pvf"] for name, row in rows(films).items()} == {"1": "1", "2": "0"}
    assert "joined" not in rows(films)["1"]


def test_wrong_rules_are_told_before_anything_is_read(
    films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tables("readings.csv", "patients.csv")
    for options, sentence in (
        ((*RULES[:4], "--pvf", "genannt>=1"), "genannt>=1: no table has a column genannt; there are genant"),
        ((*RULES[:4], "--pvf", "__import__('os').system('true')"), "holds"),
        ((*RULES[:4], "--pvf", "genant >="), "is no expression"),
        ((*RULES[:2], "--within", "soon"), "'soon' is no span"),
        (RULES[:4], "No table has a column pvf or osteo"),
        ((*RULES[:6], "--map", "gender:여=F"), "no table has a column gender"),
        (("--pvf", "genant>=1", "--within", "12m"), "--within goes with --by"),
    ):
        assert make(films, *given[: None if "--by" in options else 2], *options) == 1
        assert sentence in capsys.readouterr().err


def test_what_can_not_be_told_apart_is_left_out_with_its_reason(
    films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = films.parent / "reads.csv"
    table.write_text(
        "patient_id,date,pvf,age,sex,bmi\n"
        "10001,2024-01-20,1,70,F,25\n10001,2024-01-20,0,70,F,25\n"
        "10002,03/04/2024,1,70,F,25\n"
        "10003,2024-05-28,1,70,F,25\n"
        "10004,,1,70,F,25\n"
    )
    assert make(films, "--table", str(table), "--by", "patient_id") == 0
    assert set(rows(films)) == {"3"}
    said = capsys.readouterr().out
    assert "1.dcm: reads.csv, line 3: pvf is 0, and 1 in another row of the same day." in said
    assert "2.dcm: reads.csv, line 4: date: '03/04/2024' may be two dates" in said
    assert "4.dcm: reads.csv has no row with a date for it." in said


def test_many_that_are_left_out_are_counted_by_reason(
    films: Path, capsys: pytest.CaptureFixture[str], spine: npt.NDArray[np.uint16]
) -> None:
    for number in range(25):
        cv2.imwrite(str(films / f"picture{number}.png"), spine[: 200 + number])
    given = tables("readings.csv", "patients.csv")
    assert make(films, *given, *RULES[:6], *MAPS) == 0
    said = capsys.readouterr().out
    assert "26 images were left out; manifest-left-out.csv names each with its reason:" in said
    assert "25: its header has no patient_id." in said
    assert len(rows(films, "manifest-left-out.csv")) == 26


def test_zeros_count_where_they_tell_people_apart(tmp_path: Path, films: Path) -> None:
    table = tmp_path / "zeros.csv"
    table.write_text("patient_id,pvf,age,sex,bmi\n10001,1,70,F,25\n010001,0,70,F,25\n0010002,1,70,F,25\n")
    assert make(films, "--table", str(table), "--by", "patient_id") == 0
    assert set(rows(films)) == {"2"}, "of 10001 and 010001, neither is 00010001 for sure"


def test_sites_that_count(tmp_path: Path) -> None:
    table = tmp_path / "wide.csv"
    table.write_text(
        "MRN,L1 T-score,L1-L4 T-score,Neck T-score,Ward T-score,Troch. T,BMD_T_L2-4,Z-score\n"
        "1,-4.0,-1.5,-1.9,-3.0,-3.0,-1.0,-5\n"
    )
    found = read(table, "patient_id", {}, dict)
    assert found.rows[0].cells["t_lowest"] == "-1.9"
    assert found.notes == (
        "wide.csv: t_lowest is the lowest of l1_l4_t_score, neck_t_score, bmd_t_l2_4; l1_t_score, troch_t, "
        "ward_t_score does not count for a diagnosis.",
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026.1.31.", "2026-01-31"),
        ("2026/01/31 09:30", "2026-01-31"),
        ("2026-01-31 00:00:00", "2026-01-31"),
        ("2026-01-31T09:30:00", "2026-01-31"),
        ("20260131", "2026-01-31"),
        ("20260131093000", "2026-01-31"),
        ("2026년 1월 31일", "2026-01-31"),
        ("31.01.2026", "2026-01-31"),
        ("1/31/2026", "2026-01-31"),
        ("31-Jan-2026", "2026-01-31"),
        ("5/5/2026", "2026-05-05"),
    ],
)
def test_dates(text: str, day: str) -> None:
    assert str(read_date(text)) == day


@pytest.mark.parametrize("text", ["3/4/2026", "2026-13-01", "soon", "31-Foo-2026", "45000", "2026"])
def test_no_dates(text: str) -> None:
    with pytest.raises(DataError):
        read_date(text)


def test_spans_and_empty_dates() -> None:
    assert read_date(" ") is None
    assert (read_span("90d"), read_span("2w"), read_span("12M"), read_span("1y")) == (90, 14, 365.25, 365.25)


CELLS = {"genant": "2", "t": "-2,5", "site": "Hip", "empty": "", "_1st": "1", "in_": "3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("genant>=1", True),
        ("genant >= 1 and t <= -2.5", True),
        ("1 < genant < 2", False),
        ("not site == 'Hip'", False),
        ("empty > 1", None),
        ("empty > 1 or genant > 1", True),
        ("empty > 1 and genant < 1", False),
        ("min(t, empty, genant) <= -2.5", True),
        ("abs(t) == 2.5", True),
        ("site != 2", True),
        ("_1st == 1 and in_ == 3", True),
        ("-t >= 2.5", True),
    ],
)
def test_expressions(text: str, expected: bool | None) -> None:
    assert parse(text).of(CELLS) is expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "1 < 2", "genant >=", "genant.real", "genant[0]", "f(genant)", "lambda: genant", "genant + 1"),
        *("min(*genant)", "min()", "abs(genant, t)", "genant is None", "genant == b'1'", "genant == True"),
        *("genant in (1, 2)", "[genant]", "genant := 1", "(" * 5000 + "genant" + ")" * 5000),
    ],
)
def test_what_is_no_expression(text: str) -> None:
    with pytest.raises(DataError):
        parse(text)


def test_a_text_is_no_number() -> None:
    with pytest.raises(DataError, match="compares a number with 'Hip'"):
        parse("site > 1").of(CELLS)
    with pytest.raises(DataError, match="needs a number"):
        parse("min(site, 1) > 1").of(CELLS)


def test_names_in_expressions() -> None:
    assert [name_of(each) for each in ("l1-l4_t-score", "1st", "in", "척추수술", "")] == [
        *("l1_l4_t_score", "_1st", "in_", "척추수술", "_"),
    ]
