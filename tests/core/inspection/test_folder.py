"""verte inspect: a page, a table, pictures and maps of a folder with broken files in it; it goes on."""

import csv
import json
import re
from pathlib import Path
from urllib.parse import unquote

import cv2
import numpy as np
import pytest
from desktop.support import save_weights, write_dicom

from verte_core.cli import main
from verte_core.inspection import folder as inspection
from verte_core.inspection.folder import FolderInspection


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for seed in range(3):
        write_dicom(folder / f"{seed}.dcm", seed, StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.4")
    write_dicom(folder / "<b>&amp;.dcm", 7)
    (folder / "broken.dcm").write_bytes(b"not an image")
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_weights(tmp_path / "w.safetensors")


def table(out: Path) -> dict[str, dict[str, str]]:
    with (out / inspection.TABLE).open(newline="", encoding="utf-8-sig") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


def test_all_that_is_made(images: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["inspect", str(images), "--model", str(model), "--out", str(out), "--sc"]) == 1
    rows = table(out)
    assert rows["broken.dcm"]["status"] == "refused" and "not an image" in rows["broken.dcm"]["reason"]
    row = rows["1.dcm"]
    assert row["status"] == "scored" and not row["pvf_spread"]
    for task in ("pvf", "osteo"):
        shares = [
            float(row[f"{task}_{name}"])
            for name in ("upper_left", "upper_right", "lower_left", "lower_right")
        ]
        assert sum(shares) == pytest.approx(1, abs=1e-3) or sum(shares) == 0
        assert 0 <= float(row[f"{task}_deletion_area"]) <= 1
        assert float(row[f"{task}_agreement_hirescam"]) == pytest.approx(1, abs=1e-3)
    maps = np.load(out / row["maps"])
    assert {"pvf_grad-cam", "osteo_eigen-cam", "pvf_log_odds"} <= set(maps.files)
    picture = cv2.imread(str(out / row["thumbnail"]))
    assert picture is not None and picture.shape[0] == inspection.THUMBNAIL_HEIGHT
    assert (out / "contact-sheet-001.jpg").exists()
    assert len(list((out / "captures").iterdir())) == 3
    assert "No capture: The image is no DICOM file" in rows["<b>&amp;.dcm"]["notes"] or rows
    page = (out / inspection.PAGE).read_text()
    # It opens from the disk: nothing comes from elsewhere, and no file's name is markup.
    assert "http" not in page and "<b>&amp;" not in page and "&lt;b&gt;&amp;amp;.dcm" in page
    for source in re.findall(r'src="([^"]+)"', page):
        assert (out / unquote(source)).exists()
    assert page.count("<figure") == 5 and "not to be used to rule out" in page


def test_it_goes_on_where_it_was_ended(
    images: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    command = ["inspect", str(images), "--model", str(model), "--out", str(out), "--without-deletion"]
    made: list[str] = []
    look = FolderInspection._look

    def counted(self: FolderInspection, record: object, *rest: object) -> None:
        made.append(Path(record.path).name)  # type: ignore[attr-defined]
        if len(made) == 3:
            raise KeyboardInterrupt
        look(self, record, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderInspection, "_look", counted)
    assert main(command) == 1
    # As a kill leaves it: half a line.
    with (out / inspection.ROWS).open("a") as file:
        file.write('{"cells": {"pa')
    assert main(command) == 1
    assert len(made) == 3 + 2 and not table(out)["1.dcm"]["pvf_deletion_area"]
    assert main(command) == 1 and len(made) == 5
    # Another wish, and another image, are made anew.
    write_dicom(images / "1.dcm", 9)
    assert main(command) == 1
    assert made[5:] == ["1.dcm"]
    assert main(command[:-1]) == 1
    assert len(made) == 6 + 4


def test_a_folder_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], images: Path) -> None:
    (tmp_path / "file").write_text("")
    assert main(["inspect", str(images), "--out", str(tmp_path / "file")]) != 0
    assert "can't be made" in capsys.readouterr().err
    assert inspection.read(tmp_path) == []


def test_rows_that_are_damaged_are_passed_over(tmp_path: Path) -> None:
    good = json.dumps({"cells": {"path": "a"}, "known": {}})
    (tmp_path / inspection.ROWS).write_text(f"{good}\n[]\n{{\nnull\n")
    assert [row.cells["path"] for row in inspection.read(tmp_path)] == ["a"]
