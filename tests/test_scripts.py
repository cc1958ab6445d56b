"""The maintainers' scripts start, say how they are run, and do what takes seconds."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path
from typing import Any

import cv2
import nibabel
import numpy as np
import pytest

from scripts import draw_simulator, draw_spectra, draw_transfer, make_volumes
from train.simulator.ct.collection import Collection

SCRIPTS = sorted(
    path.stem
    for path in Path(draw_transfer.__file__).parent.glob("*.py")
    if "def main(" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_starts_and_says_how_it_is_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = importlib.import_module(f"scripts.{name}")
    how = f"python -m scripts.{name}"
    assert script.__doc__ and script.__doc__.splitlines()[2].strip().startswith(how)
    with pytest.raises(SystemExit) as stopped:
        script.main(["--help"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {how}")


def report_in(folder: Path, person_ids: list[str], auroc: float) -> Path:
    """The parts of a report that draw_transfer reads; scores are the better, the higher ``auroc`` is."""
    area = {"value": auroc, "low": auroc - 0.05, "high": auroc + 0.05}
    task = {
        "people": len(person_ids),
        "auroc": area,
        "comparators": {"age, sex and BMI": {"comparator": {"auroc": area}}},
    }
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps({"discrimination": {"pvf": task, "osteo": task}}))
    rng = np.random.default_rng(0)
    with (folder / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["person_id", "pvf", "pvf_score", "osteo", "osteo_score"])
        for index, person in enumerate(person_ids):
            has = index % 2
            score = round(auroc * has + rng.random(), 3)
            writer.writerow([person, has, score, has, score])
    return folder


def test_the_picture_of_the_transfer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = [f"P{index}" for index in range(40)]
    folders = [
        str(report_in(tmp_path / name, people, area)) for name, area in (("a", 0.6), ("b", 0.9), ("c", 0.7))
    ]
    out = tmp_path / "transfer.svg"
    assert draw_transfer.main([*folders, "--out", str(out)]) == 0
    # The line at chance is no curve: it is grey and dotted.
    assert "stroke-dasharray" in out.read_text()
    assert "stroke: #999999" in out.read_text()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("fine-tuned on 30 % less" in line and ": +0." in line for line in lines)

    other = str(report_in(tmp_path / "d", people[::-1], 0.7))
    assert draw_transfer.main([*folders[:2], other, "--out", str(out)]) == 1
    assert "not of the same people" in capsys.readouterr().err


def test_the_pictures_of_the_simulator(tmp_path: Path) -> None:
    sheet, figure = tmp_path / "sheet.jpg", tmp_path / "cohort.png"
    draw_simulator.contact_sheet(sheet, Collection(), radiographs=6, vfa=2)
    image = cv2.imread(str(sheet), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    tiles = np.hsplit(image, 8)
    assert all(tile.std() > 10 for tile in tiles)
    draw_simulator.cohort_figure(figure, people=1000)
    assert cv2.imread(str(figure)) is not None


def test_the_spectra_of_simulated_films_and_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0).integers(1, 255, (900, 500)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "real.png"), noise)
    monkeypatch.setattr(draw_spectra, "OUT", tmp_path / "spectra.svg")
    monkeypatch.setattr(draw_spectra, "FILMS", 1)
    draw_spectra.main([str(tmp_path)])
    assert "real projections (n = 1)" in (tmp_path / "spectra.svg").read_text()
    lines = capsys.readouterr().out.splitlines()
    power = {line.partition(":")[0]: float(line.rpartition(" ")[2]) for line in lines}
    assert power["real projections"] > 10 * power["drawn people"], "noise is fine"


def test_a_volume_is_cut_out_of_a_ct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A body 140 mm wide with a column of bone, and a table behind it, which goes.
    volume = np.full((140, 50, 30), -1000, np.float32)
    volume[:, 10:45] = 40
    volume[50:66, 15:25] = 400
    volume[:, 2:4] = 200

    def save(name: str, array: Any) -> None:
        nibabel.Nifti1Image(array, np.diag([1.0, 2.0, 3.0, 1.0])).to_filename(tmp_path / name)

    save(make_volumes.SOURCES["totalsegmentator"], volume)
    around, step, origin = make_volumes._totalsegmentator(tmp_path)
    assert around.shape == (115, 30, 50)
    assert step.tolist() == [1.0, 3.0, 2.0]
    assert origin.tolist() == [-57.0, 1.5, 1.0]
    assert (around[:, :, 2:4] == -1000).all()
    assert around.max() == 400
