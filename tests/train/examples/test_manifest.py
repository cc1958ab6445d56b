from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pydicom
import pytest

from train.__main__ import main
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.reading import radiograph
from verte_core.training import dataset


def write(path: Path, patient: str, pixels: npt.NDArray[np.uint16], **elements: object) -> None:
    jane = Patient(patient, "DOE^JANE", 71.0, "F", 1.60, 60.0)
    write_image(path, jane, Pixels(pixels, 0.2, orientation=("A", "F")))
    if elements:
        header = pydicom.dcmread(path)
        for keyword, value in elements.items():
            setattr(header, keyword, value)
        header.save_as(path)


@pytest.fixture
def folder(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    cv2.imwrite(str(images / "picture.png"), spine)
    for level, patient in enumerate(("123-SECRET", "123-SECRET", "999-SECRET"), start=1):
        write(images / f"{'xabc'[level]}.dcm", patient, spine + level)
    return images


def make(folder: Path, table: str, *options: str) -> int:
    path = folder.parent / "labels.csv"
    path.write_text(table)
    out = folder.parent / "manifest.csv"
    return main(["manifest", str(folder), "--table", str(path), "--out", str(out), *options])


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder.parent / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_headers_fill_what_the_table_leaves_out(folder: Path) -> None:
    table = "path,pvf,osteo,age\na.dcm,1,,\nb.dcm,0,1,64\nc.dcm,0,0,\n"
    assert make(folder, table) == 0
    first, second, third = rows(folder)
    assert first["path"] == "images/a.dcm"
    assert (first["age"], first["sex"], first["bmi"]) == ("71", "F", "23.44")
    assert (first["pvf"], first["osteo"]) == ("1", "")
    assert second["age"] == "64"
    assert first["person_id"] == second["person_id"] != third["person_id"]
    assert first["split"] == second["split"]
    assert "SECRET" not in (folder.parent / "manifest.csv").read_text()
    assert len(dataset.read_manifest(folder.parent / "manifest.csv").examples) == 3


def test_what_is_left_out_is_named_with_its_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.dcm").write_bytes(b"")
    table = "path,pvf,person_id\na.dcm,1,A\nb.dcm,,A\npicture.png,0,B\nbroken.dcm,0,C\n"
    assert make(folder, table) == 0
    said = capsys.readouterr().out
    assert "1 images; people:" in said
    assert "4 images were left out" in said
    for reason in (
        "b.dcm: labels.csv, line 3: neither pvf nor osteo has a label.",
        "c.dcm: the table has no row for it.",
        "picture.png: Missing: age",
        "broken.dcm: ",
    ):
        assert reason in said


def test_a_picture_needs_its_person(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "path,pvf,age,sex,bmi\npicture.png,0,60,M,25\n"
    assert make(folder, table) == 1
    assert "picture.png: person_id is missing" in capsys.readouterr().err


def test_the_split_is_by_person_and_stratified(folder: Path) -> None:
    spine = cv2.imread(str(folder / "picture.png"), cv2.IMREAD_UNCHANGED)
    lines = ["path,person_id,split,pvf,osteo,age,sex,bmi,followup_years,fracture_event"]
    for person in range(60):
        for image in range(2):
            name = f"{person}-{image}.png"
            cv2.imwrite(str(folder / name), np.asarray(spine)[: 200 + 2 * person + image])
            pvf = int(person % 5 == 0)
            lines.append(f"{name},P{person},val,{pvf},{person % 3 and 1},60,F,25,5.5,1")
    table = "\n".join(lines) + "\n"
    assert make(folder, table) == 0
    assert {row["split"] for row in rows(folder)} == {"val"}, "the table's own split is kept"
    assert make(folder, table, "--split", "24/6/70") == 0
    found = rows(folder)
    split_of = {row["person_id"]: row["split"] for row in found}
    assert all(split_of[row["person_id"]] == row["split"] for row in found)
    counts = Counter(split_of.values())
    assert abs(counts["train"] - 0.24 * 60) <= 1
    assert abs(counts["test"] - 0.70 * 60) <= 1
    fractured = Counter(row["split"] for row in found if row["pvf"] == "1")
    assert abs(fractured["test"] - 0.70 * 24) <= 4
    assert found[0]["followup_years"] == "5.5"
    assert make(folder, table, "--split", "24/6/70") == 0
    assert rows(folder) == found, "the same seed draws the same split"
    assert make(folder, table, "--split", "24/6/70", "--seed", "2") == 0
    assert rows(folder) != found


@pytest.mark.parametrize("fractions", ["60/40", "a/b/c", "0/0/0", "-1/1/1", "nan/1/1", "1/1/nan", "inf/1/1"])
def test_wrong_fractions_are_a_usage_error(folder: Path, fractions: str) -> None:
    with pytest.raises(SystemExit) as caught:
        make(folder, "path,pvf\n", "--split", fractions)
    assert caught.value.code == 2


def test_unusable_tables(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert make(folder, "name,pvf\n") == 1
    assert "needs a column path or sop_instance_uid" in capsys.readouterr().err
    assert make(folder, "path,age\na.dcm,60\n") == 1
    assert "some of pvf, osteo" in capsys.readouterr().err
    assert make(folder, "path,pvf\nnowhere.dcm,1\n") == 1
    assert "No image can be used" in capsys.readouterr().err


def people(folder: Path) -> dict[str, str]:
    return {Path(row["path"]).name: row["person_id"] for row in rows(folder)}


def test_a_blank_person_id_is_that_of_the_same_patient(folder: Path) -> None:
    assert make(folder, "path,pvf,person_id\na.dcm,1,\nb.dcm,0,A\nc.dcm,0, \n") == 0
    assert people(folder) == {"a.dcm": "A", "b.dcm": "A", "c.dcm": "person-000001"}


def test_a_number_is_no_id_that_the_table_uses(folder: Path) -> None:
    assert make(folder, "path,pvf,person_id\na.dcm,1,\nc.dcm,0,person-000001\n") == 0
    assert people(folder) == {"a.dcm": "person-000002", "c.dcm": "person-000001"}


@pytest.mark.parametrize(
    ("patients", "elements", "number"),
    [
        (("X1", "X1"), {}, 1),
        (("X1", "X1"), {"IssuerOfPatientID": "North"}, 2),
        (("X1", "X2"), {"StudyInstanceUID": "1.2.3"}, 1),
        (("X1", "X2"), {"SOPInstanceUID": "1.2.4"}, 1),
        (("ANONYMOUS", "ANONYMOUS"), {}, 2),
        (("ANON1", "ANON2"), {}, 2),
    ],
)
def test_who_is_one_person(
    folder: Path,
    spine: npt.NDArray[np.uint16],
    patients: tuple[str, str],
    elements: dict[str, str],
    number: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for index, patient in enumerate(patients):
        only_one = index and "IssuerOfPatientID" in elements
        study = {"StudyInstanceUID": f"1.9.{index}"}
        write(
            folder / f"{index}.dcm", patient, spine + 10 + index, **(study | ({} if only_one else elements))
        )
    assert make(folder, "path,pvf,person_id\n0.dcm,1,P\n1.dcm,0,Q\n") == 0
    assert len(set(people(folder).values())) == number
    said = capsys.readouterr().out
    joined = (
        "One person by headers or pixels, though the table has several: P (0.dcm), Q (1.dcm); all go by P."
    )
    assert (joined in said) == (number == 1)
    assert len(dataset.read_manifest(folder.parent / "manifest.csv").examples) == 2


def test_a_picture_of_a_patients_image_is_no_person_of_its_own(
    folder: Path, spine: npt.NDArray[np.uint16], capsys: pytest.CaptureFixture[str]
) -> None:
    """The pixels of a.dcm as a PNG under another name: the twin goes, and its id joins the patient."""
    cv2.imwrite(str(folder / "z.png"), spine + 1)
    table = "path,pvf,person_id,age,sex,bmi\na.dcm,1,A,,,\nb.dcm,0,,,,\nz.png,0,Z,60,F,22\n"
    assert make(folder, table) == 0
    assert people(folder) == {"a.dcm": "A", "b.dcm": "A"}
    said = capsys.readouterr().out
    assert "z.png: it has the pixels of " in said and "a.dcm, which is kept." in said
    assert "Their labels differ: pvf is 0 here and 1 there." in said
    assert "A (a.dcm), Z (z.png); all go by A." in said


def test_table_ids_that_are_patient_ids_are_the_same_people(folder: Path) -> None:
    table = "path,pvf,person_id,age,sex,bmi\na.dcm,1,123-SECRET,,,\nb.dcm,0,,,,\nc.dcm,0,999-SECRET,,,\n"
    assert make(folder, table + "picture.png,0,999-SECRET,60,F,22\n") == 0
    found = people(folder)
    assert found["a.dcm"] == found["b.dcm"] != found["c.dcm"] == found["picture.png"]


def test_one_person_in_two_splits_of_the_table_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(folder, "path,pvf,person_id,split\na.dcm,1,P,train\nb.dcm,0,Q,test\n") == 1
    said = capsys.readouterr().err
    assert "No manifest was made, since fit would refuse it:" in said
    assert "b.dcm: person P is in two splits." in said
    assert not (folder.parent / "manifest.csv").exists()


def test_cells_that_fit_would_refuse_leave_their_image_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = "path,pvf,split\na.dcm,yes,train\nb.dcm,1,holdout\nc.dcm,0,val\n"
    assert make(folder, table) == 0
    said = capsys.readouterr().out
    assert "a.dcm: labels.csv, line 2: pvf must be 0, 1 or empty, not 'yes'." in said
    assert "b.dcm: labels.csv, line 3: split must be train, val or test, not 'holdout'." in said
    assert [*people(folder)] == ["c.dcm"]


def test_notes_are_listed_and_unfit_images_can_be_left_out(
    folder: Path, spine: npt.NDArray[np.uint16], capsys: pytest.CaptureFixture[str]
) -> None:
    plain = {
        "ImageComments": "",
        "DerivationDescription": "",
        "Manufacturer": "Clinic",
        "SeriesDescription": "",
    }
    write(folder / "c.dcm", "999", spine, BodyPartExamined="KNEE", **plain)
    knee = radiograph.load(folder / "c.dcm").unfit
    assert knee and "KNEE" in knee
    table = "path,pvf\na.dcm,1\nb.dcm,0\nc.dcm,0\n"
    assert make(folder, table) == 0
    said = capsys.readouterr().out
    assert f"  {knee} (1: c.dcm)" in said
    assert "the body is magnified. (3: a.dcm, b.dcm, c.dcm)" in said
    assert make(folder, table, "--leave-out-unfit") == 0
    assert f"c.dcm: {knee}" in capsys.readouterr().out
    assert [*people(folder)] == ["a.dcm", "b.dcm"]


@pytest.mark.parametrize("heading", ["patient_id", "PersonID", "splits", "followup_year"])
def test_a_column_that_looks_like_one_of_ours_is_refused(
    folder: Path, heading: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(folder, f"path,pvf,{heading}\na.dcm,1,x\n") == 1
    assert f"The column '{heading}' of labels.csv looks like " in capsys.readouterr().err


def test_cells_are_no_formulas_and_read_back_equal(folder: Path) -> None:
    names = ["=1+1.dcm", "-x, y.dcm", '@"a".dcm', "'=b.dcm"]
    for index, name in enumerate(names):
        write(
            folder / name, f"P{index}", np.asarray(cv2.imread(str(folder / "picture.png"), -1)) + 20 + index
        )
    lines = [f'"{name.replace(chr(34), chr(34) * 2)}",1,"=cmd|{index}"' for index, name in enumerate(names)]
    table = folder.parent / "labels.csv"
    table.write_text("\n".join(["path,pvf,person_id", *lines]) + "\n")
    out = folder / "manifest.csv"
    assert main(["manifest", str(folder), "--table", str(table), "--out", str(out)]) == 0
    with out.open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    examples = dataset.read_manifest(out).examples
    assert sorted(each.path.name for each in examples) == sorted(names)
    assert {each.person_id for each in examples} == {f"=cmd|{index}" for index in range(4)}
