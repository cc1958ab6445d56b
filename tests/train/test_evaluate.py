"""The report of evaluate, on pictures of noise with a truth beside them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import metadata, tiny_model
from sklearn.metrics import roc_auc_score

from train.__main__ import main
from train.evaluation.pointing import peak_of, points_at, read_truth
from verte_core import dataset, radiograph, weights
from verte_core.scoring import Scorer
from verte_core.weights import OperatingPoints

pytestmark = pytest.mark.usefixtures("one_thread")
NAMES = ("anterior_superior", "posterior_superior", "posterior_inferior", "anterior_inferior")


def truth_of(name: str, grades: list[int]) -> dict[str, object]:
    """Bodies of 8 x 20 pixels, one below the other, in a picture of 90 x 70."""
    vertebrae = []
    for index, grade in enumerate(grades):
        top = 10.0 + 12 * index
        corners = [[top, 40.0], [top, 20.0], [top + 8, 20.0], [top + 8, 40.0]]
        heights = dict.fromkeys(("ha_mm", "hm_mm", "hp_mm", "hp_before_mm"), 25.0)
        points = dict(zip(NAMES, corners, strict=True))
        vertebrae.append({"level": f"L{index + 1}", "points": points, "genant_grade": grade, **heights})
    size = {"height": 90, "width": 70, "t_score": -2.0}
    return {"simulator": 2, "path": name, **size, "vertebrae": vertebrae}


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures, two a person: three people to fit the comparator on, three to test."""
    folder = tmp_path_factory.mktemp("noise")
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [list(dataset.COLUMNS)]
    truths = []
    for index in range(12):
        cv2.imwrite(str(folder / f"{index}.png"), rng.integers(0, 255, (90, 70), dtype=np.uint8))
        person, split = index // 2, "train" if index < 6 else "test"
        fractured = index % 2
        inputs = [50 + 7 * index % 31, "FM"[person % 2], 20 + person]
        rows.append([f"{index}.png", f"P{person}", split, *inputs, fractured, person % 2])
        truths.append(truth_of(f"{index}.png", [0, 0, 1 + person % 3 if fractured else 0, 0]))
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "truth.jsonl").write_text("".join(json.dumps(each) + "\n" for each in truths))
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny weights for which every image is above the low operating point and none above the high one."""
    path = tmp_path_factory.mktemp("weights") / "found.safetensors"
    points = {task: OperatingPoints(0.0, 1.0, 1.0, 1.0) for task in ("pvf", "osteo")}
    weights.save(path, tiny_model().state_dict(), metadata(operating_points=points))
    return path


@pytest.fixture
def cohort(noise: Path, tmp_path: Path) -> Path:
    """A copy of the pictures to change."""
    shutil.copytree(noise.parent, tmp_path / "cohort")
    return tmp_path / "cohort" / "manifest.csv"


def run(model: Path, manifest: Path, out: Path) -> int:
    options = ["--model", str(model), "--data", str(manifest), "--out", str(out), "--device", "cpu"]
    return main(["evaluate", *options])


def change(manifest: Path, **cells: str) -> None:
    """Give every row of the test split these cells."""
    with manifest.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(cells if row["split"] == "test" else {})
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_the_report(found: Path, noise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(found, noise, tmp_path) == 0
    table = capsys.readouterr().out
    assert "6 images of 3 people" in table
    assert "trained on simulated images" in table
    assert "The images are simulated" in table
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["trained_on"], report["cohort"]) == ("simulated", "simulated")
    rows = list(csv.DictReader((tmp_path / "scores.csv").open()))
    assert [row["path"] for row in rows] == [f"{index}.png" for index in range(6, 12)]
    assert {row["trained_on"] for row in rows} == {"simulated"}

    labels, scores = ([float(row[name]) for row in rows] for name in ("pvf", "pvf_score"))
    per_image = report["pvf"]["per_image"]
    assert (per_image["count"], per_image["positive"]) == (6, 3)
    assert per_image["auroc"]["value"] == pytest.approx(roc_auc_score(labels, scores))
    assert per_image["auroc"]["low"] <= per_image["auroc"]["value"] <= per_image["auroc"]["high"]
    alone = per_image["auroc_age_sex_bmi"]["value"]
    assert per_image["difference"]["value"] == pytest.approx(per_image["auroc"]["value"] - alone)
    # Each has a fracture in one of two films.
    assert report["pvf"]["per_person"]["count"] == report["pvf"]["per_person"]["positive"] == 3
    assert report["pvf"]["per_person"]["auroc"]["value"] is None
    people = np.reshape([float(row["osteo_score"]) for row in rows], (3, 2)).mean(axis=1)
    expected = roc_auc_score([1, 0, 1], people)
    assert report["osteo"]["per_person"]["auroc"]["value"] == pytest.approx(expected)

    scorer = Scorer(weights.load(found), "cpu")
    examples = dataset.read_manifest(noise)
    outlines = read_truth(noise, examples, "radiograph").outlines
    assert outlines is not None
    hits = []
    for example, bodies, row in zip(examples[6:], outlines[6:], rows, strict=True):
        encoded = scorer.encode(radiograph.load(example.path))
        peak = peak_of(scorer.explain(encoded, example.inputs, "pvf"))
        assert (row["pvf_peak_row"], row["pvf_peak_column"]) == tuple(map(str, peak or ("", "")))
        hit = points_at(bodies, peak)
        assert row["pvf_peak_hit"] == ("" if hit is None else str(int(hit)))
        hits += [hit] if hit is not None else []
    low = report["pointing"]["low"]
    assert (low["all"]["images"], low["all"]["hits"]) == (3, sum(hits))
    assert low["all"]["chance_random_vertebra"] == 0.25
    assert {name for name in low if name.startswith("grade")} == {"grade 1", "grade 2", "grade 3"}
    assert set(report["pointing"]["high"]) == {"threshold"}
    assert "the high operating point (1.000): there is none." in table


def test_a_killed_evaluation_goes_on(
    weights_file: Path, found: Path, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(weights_file, noise, tmp_path / "whole") == 0
    out, part = tmp_path / "out", tmp_path / "out" / "scores.csv.part"
    load, opened = radiograph.load, []

    def dies_at_the_fourth(path: Path) -> radiograph.Radiograph:
        opened.append(path.name)
        if len(opened) == 4:
            raise KeyboardInterrupt
        return load(path)

    monkeypatch.setattr(radiograph, "load", dies_at_the_fourth)
    assert run(weights_file, noise, out) == 1
    # A line that was cut short is whole to no one: 0.5 could be the beginning of 0.51.
    part.write_bytes(part.read_bytes()[:-3])
    assert run(weights_file, noise, out) == 0
    assert opened == ["6.png", "7.png", "8.png", "9.png", "8.png", "9.png", "10.png", "11.png"]
    for name in ("scores.csv", "report.json"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not part.exists()

    part.write_text("another,manifest,pvf,osteo\r\n" + "".join(f"{row},1,1,0,0\r\n" for row in range(2, 14)))
    assert run(weights_file, noise, out) == 0
    assert (out / "scores.csv").read_bytes() == (tmp_path / "whole" / "scores.csv").read_bytes()


def test_what_can_not_be_told_is_said(
    found: Path, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(cohort, pvf="0", osteo="")
    assert run(found, cohort, tmp_path / "one") == 0
    table = capsys.readouterr().out
    assert "pVF-score: AUROC is left out. The split needs images with and without prevalent" in table
    assert "osteo-score: AUROC is left out." in table
    assert "Pointing is left out: No image of the split is both labelled fractured and has" in table
    report = json.loads((tmp_path / "one" / "report.json").read_text(), parse_constant=pytest.fail)
    assert report["pvf"]["per_image"]["auroc"]["value"] is None
    assert report["osteo"]["per_person"]["count"] == 0

    truth = cohort.with_name("truth.jsonl")
    lines = truth.read_text().splitlines(keepends=True)
    for text, says in (
        ("".join(lines[:-1]), "truth.jsonl does not know the image 11.png."),
        ("".join(lines)[:-9], "truth.jsonl is damaged"),
        ('{"path": "6.png"}\n', "truth.jsonl is damaged"),
        ("".join(lines).replace("hp_mm", "other"), "truth.jsonl is damaged"),
    ):
        truth.write_text(text)
        assert run(found, cohort, tmp_path / "two") == 0
        assert f"Pointing is left out: {says}" in capsys.readouterr().out
    truth.unlink()
    assert run(found, cohort, tmp_path / "three") == 0
    table = capsys.readouterr().out
    assert "Pointing is left out: there is no truth.jsonl beside the manifest." in table
    assert "images are simulated:" not in table
    assert json.loads((tmp_path / "three" / "report.json").read_text())["cohort"] == "not stated"


def test_without_people_to_fit_it_the_comparison_is_left_out(
    found: Path, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort.write_text(cohort.read_text().replace("train", "val"))
    assert run(found, cohort, tmp_path / "out") == 0
    assert "pVF-score: age, sex and BMI alone are left out. The training split of" in capsys.readouterr().out
    figures = json.loads((tmp_path / "out" / "report.json").read_text())["pvf"]["per_image"]
    assert figures["auroc"]["value"] is not None
    assert figures["auroc_age_sex_bmi"]["value"] is figures["difference"]["value"] is None


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"person_id": ""}, "line 8: person_id is empty."),
        ({"split": "val"}, "has no rows of the split test."),
    ],
)
def test_a_manifest_without_people_or_rows_is_a_sentence(
    found: Path,
    cohort: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    cells: dict[str, str],
    says: str,
) -> None:
    change(cohort, **cells)
    assert run(found, cohort, tmp_path / "out") == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_report_that_can_not_be_written_is_a_sentence(
    found: Path, noise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("a file")
    assert run(found, noise, tmp_path / "out") == 1
    assert "scores.csv.part can't be written" in capsys.readouterr().err
    (tmp_path / "taken" / "report.json").mkdir(parents=True)
    assert run(found, noise, tmp_path / "taken") == 1
    assert "taken can't be written" in capsys.readouterr().err
    assert len((tmp_path / "taken" / "scores.csv.part").read_text().splitlines()) == 7
