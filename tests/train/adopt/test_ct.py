"""VerSe and the TotalSegmentator dataset: films of real people's spines, with the grades that the table
gives."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import volumes

from train.adopt import totalsegmentator, verse
from train.examples.patches import read_outlines
from verte_core.errors import DataError
from verte_core.preprocess import DEFAULT
from verte_core.training.dataset import read_manifest


def table(path: Path, rows: list[dict[str, object]]) -> None:
    frame = pd.DataFrame(rows)
    frame.to_excel(path, index=False) if path.suffix == ".xlsx" else frame.to_csv(path, index=False)


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_grades_reach_the_films(tmp_path: Path, ending: str) -> None:
    volumes.verse(tmp_path, "sub-verse004", turned=True)
    volumes.verse(tmp_path, "sub-gl003_dir-ax")
    volumes.verse(tmp_path, "sub-verse500_split-verse010")
    volumes.verse(tmp_path, "sub-verse777")
    grades = {f"{level}_fx-g": 0 for level in volumes.LEVELS}
    table(
        tmp_path / f"verse{ending}",
        [
            {"subject_ID": 4, "verse_ID": 4, "N_Fx": 1, **grades, "L2_fx-g": 2, "bmd": 61.5},
            {"subject_ID": "gl003", "verse_ID": "", "N_Fx": 0, **grades, "bmd": 120},
            {"subject_ID": 500, "verse_ID": 10, "N_Fx": 0, **grades, "T12_fx-g": "", "bmd": ""},
        ],
    )
    said = verse.adopt(tmp_path, tmp_path / "out", density="bmd", films=2)
    assert "6 images of 3 people" in said
    assert "sub-verse777: the table does not name it" in said
    manifest = read_manifest(tmp_path / "out" / "manifest.csv")
    outlines = read_outlines(manifest.path, manifest.examples, DEFAULT["radiograph"])
    labels = {}
    for example, bodies in zip(manifest.examples, outlines, strict=True):
        assert example.labels["pvf"] == any(body.grade for body in bodies)
        labels[example.person_id] = example.labels["osteo"]
    assert any(body.grade == 2 for bodies in outlines for body in bodies)
    assert labels["verse004"] == 1 and labels["gl003"] == 0 and np.isnan(labels["verse500"])
    splits: dict[str, set[str]] = {}
    for example in manifest.examples:
        splits.setdefault(example.person_id, set()).add(example.split)
    assert all(len(each) == 1 for each in splits.values())


def test_tables_that_do_not_fit_are_named(tmp_path: Path) -> None:
    volumes.verse(tmp_path, "sub-verse004")
    with pytest.raises(DataError, match="No table with grades"):
        verse.adopt(tmp_path, tmp_path / "out")
    table(tmp_path / "a.csv", [{"subject_ID": 4, "L1_fx-g": 7}])
    with pytest.raises(DataError, match="the grade '7' at L1; it must be 0 to 3"):
        verse.adopt(tmp_path, tmp_path / "out")
    with pytest.raises(DataError, match="has no column 'bmd'"):
        verse.adopt(tmp_path, tmp_path / "out", density="bmd")
    table(tmp_path / "b.csv", [{"subject_ID": 4, "L1_fx-g": 0}])
    with pytest.raises(DataError, match="There are 2 tables with grades"):
        verse.adopt(tmp_path, tmp_path / "out")


def test_the_dataset_without_labels(tmp_path: Path) -> None:
    volumes.totalsegmentator(tmp_path, "s0001", volumes.hounsfield())
    volumes.totalsegmentator(tmp_path, "s0002")
    (tmp_path / "meta.csv").write_text("image_id;age;gender\ns0001;71;f\ns0002;44;m\n")
    said = totalsegmentator.adopt(tmp_path, tmp_path / "out", films=1)
    assert "1 images of 1 people" in said and "pvf: 0 with, 0 without, 1 unknown" in said
    assert "s0002: it has no CT file beside its masks" in said
    (example,) = read_manifest(tmp_path / "out" / "manifest.csv").examples
    assert (example.cells["age"], example.cells["sex"]) == ("71.0", "F")
