from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from train.__main__ import main
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.training import dataset


@pytest.fixture
def folder(tmp_path: Path, spine: npt.NDArray[np.uint16]) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    cv2.imwrite(str(images / "picture.png"), spine)
    for name, patient in (("a.dcm", "123-SECRET"), ("b.dcm", "123-SECRET"), ("c.dcm", "999-SECRET")):
        jane = Patient(patient, "DOE^JANE", 71.0, "F", 1.60, 60.0)
        write_image(images / name, jane, Pixels(spine, 0.2, orientation=("A", "F")))
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
