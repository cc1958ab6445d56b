"""The report of evaluate, on pictures of noise with a truth beside them."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import metadata, tiny_model
from sklearn.metrics import roc_auc_score

from train.__main__ import main
from verte_core.cli import main as verte
from verte_core.network import saving, weights
from verte_core.reading import radiograph
from verte_core.results import OperatingPoints
from verte_core.scoring.scorer import Scorer
from verte_core.training import dataset

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
    saving.save(path, tiny_model().state_dict(), metadata(operating_points=points))
    return path


@pytest.fixture
def cohort(noise: Path, tmp_path: Path) -> Path:
    """A copy of the pictures to change."""
    shutil.copytree(noise.parent, tmp_path / "cohort")
    return tmp_path / "cohort" / "manifest.csv"


def run(model: Path, manifest: Path, out: Path, *more: str) -> int:
    options = ["--model", str(model), "--data", str(manifest), "--out", str(out), "--device", "cpu"]
    return main(["evaluate", *options, *more])


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


def figures_of(out: Path) -> Any:
    return json.loads((out / "report.json").read_text(), parse_constant=pytest.fail)


def rows_of(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "people.csv").open(encoding="utf-8-sig")))


def test_the_report(found: Path, noise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(found, noise, tmp_path) == 0
    words = capsys.readouterr().out
    assert "6 images of 3 people" in words
    assert "trained on simulated images" in words
    assert "The images are simulated" in words
    report = figures_of(tmp_path)
    assert (report["trained_on"], report["cohort"]) == ("simulated", "simulated")
    sections = "failures discrimination zones calibration decision subgroups heatmaps outcomes published"
    assert {*sections.split(), "checklists"} <= report.keys()
    page = (tmp_path / "report.html").read_text()
    assert all(each in page for each in ("Heatmaps", "TRIPOD+AI", "different data", report["weights_id"]))
    assert not (tmp_path / "images.jsonl.part").exists()

    scorer = Scorer(weights.load(found), "cpu")
    examples = dataset.read_manifest(noise).examples[6:]
    scores = [
        scorer.score(scorer.encode(radiograph.load(each.path)), each.inputs).scores["osteo"].value
        for each in examples
    ]
    people = np.reshape(scores, (3, 2)).mean(axis=1)
    rows = rows_of(tmp_path)
    assert [row["person_id"] for row in rows] == ["P3", "P4", "P5"]
    assert [float(row["osteo_score"]) for row in rows] == pytest.approx(people)
    auroc = report["discrimination"]["osteo"]["auroc"]["value"]
    assert auroc == pytest.approx(roc_auc_score([1, 0, 1], people))
    # Each has a fracture in one of two films.
    assert report["discrimination"]["pvf"]["positives"] == 3
    assert report["discrimination"]["pvf"]["auroc"]["value"] is None


def test_the_same_run_gives_the_same_bytes_and_the_greatest_score_if_wanted(
    found: Path, noise: Path, tmp_path: Path
) -> None:
    assert run(found, noise, tmp_path / "one") == run(found, noise, tmp_path / "two") == 0
    for name in ("report.html", "report.json", "people.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert run(found, noise, tmp_path / "max", "--combine", "max") == 0
    pairs = zip(rows_of(tmp_path / "one"), rows_of(tmp_path / "max"), strict=True)
    assert all(float(mean["pvf_score"]) < float(most["pvf_score"]) for mean, most in pairs)


def test_the_scores_of_verte_score_give_the_same_report(
    found: Path, noise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "scores.csv"
    clinical = ["--table", str(noise), "--out", str(table), "--device", "cpu"]
    assert verte(["score", str(noise.parent), "--model", str(found), *clinical]) == 0
    assert run(found, noise, tmp_path / "here") == 0
    assert run(found, noise, tmp_path / "there", "--scores", str(table)) == 0
    here, there = rows_of(tmp_path / "here"), rows_of(tmp_path / "there")
    # Those of a table are rounded.
    assert [float(row["pvf_score"]) for row in there] == pytest.approx(
        [float(row["pvf_score"]) for row in here], abs=1e-4
    )
    other = tmp_path / "other.safetensors"
    saving.save(other, tiny_model().state_dict(), metadata(name="other"))
    assert run(other, noise, tmp_path / "there", "--scores", str(table)) == 1
    assert "The scores of scores.csv are of the weights" in capsys.readouterr().err


def test_what_can_not_be_told_is_said(
    found: Path, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(cohort, pvf="0", osteo="")
    assert run(found, cohort, tmp_path / "one") == 0
    assert "nan" not in capsys.readouterr().out
    report = figures_of(tmp_path / "one")
    assert report["discrimination"]["pvf"]["auroc"]["value"] is None
    assert "labelled fractured" in report["heatmaps"]["pointing"]
    cohort.with_name("truth.jsonl").unlink()
    assert run(found, cohort, tmp_path / "two") == 0
    assert "images are simulated:" not in capsys.readouterr().out
    report = figures_of(tmp_path / "two")
    assert report["cohort"] == "not stated"
    assert "there is no truth.jsonl" in report["heatmaps"]["pointing"]


@pytest.mark.parametrize(("from_truth", "stated"), [(12, "simulated"), (9, "mixed"), (0, "not stated")])
def test_what_of_the_cohort_is_simulated_stands_everywhere(
    found: Path,
    cohort: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    from_truth: int,
    stated: str,
) -> None:
    truth = cohort.with_name("truth.jsonl")
    lines = truth.read_text().splitlines(keepends=True)
    truth.write_text(
        "".join(lines[:from_truth] + [each.replace('"simulator": 2, ', "") for each in lines[from_truth:]])
    )
    assert run(found, cohort, tmp_path / "out") == 0
    notices = {"simulated": "The images are simulated:", "mixed": "Some of the images are simulated:"}
    for text in (capsys.readouterr().out, (tmp_path / "out" / "report.html").read_text()):
        assert [kind for kind, said in notices.items() if said in text] == (
            [stated] if stated in notices else []
        )
    assert figures_of(tmp_path / "out")["cohort"] == stated
    assert {row["cohort"] for row in rows_of(tmp_path / "out")} == {stated}


def test_a_manifest_is_read_once(found: Path, cohort: Path, tmp_path: Path) -> None:
    reference = cohort.with_name("reference.csv")
    shutil.copy(cohort, reference)
    opened: list[str] = []
    listening = True

    def listen(event: str, given: tuple[Any, ...]) -> None:
        if listening and event == "open":
            opened.append(str(given[0]))

    # A hook stays for good, so it is deaf afterwards.
    sys.addaudithook(listen)
    try:
        assert run(found, cohort, tmp_path / "out") == 0
        assert opened.count(str(cohort)) == 1
        opened.clear()
        assert run(found, cohort, tmp_path / "out", "--reference", str(reference)) == 0
    finally:
        listening = False
    assert (opened.count(str(cohort)), opened.count(str(reference))) == (1, 1)


def test_without_people_to_fit_it_the_comparison_is_left_out(
    found: Path, cohort: Path, tmp_path: Path
) -> None:
    cohort.write_text(cohort.read_text().replace("train", "val"))
    assert run(found, cohort, tmp_path / "out") == 0
    assert (
        "osteo-score: age, sex and BMI alone are left out." in (tmp_path / "out" / "report.html").read_text()
    )
    osteo = figures_of(tmp_path / "out")["discrimination"]["osteo"]
    assert osteo["auroc"]["value"] is not None and not osteo["comparators"]


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
    assert "images.jsonl.part can't be written" in capsys.readouterr().err
    (tmp_path / "taken" / "report.json").mkdir(parents=True)
    assert run(found, noise, tmp_path / "taken") == 1
    assert "taken can't be written" in capsys.readouterr().err
    assert len((tmp_path / "taken" / "images.jsonl.part").read_text().splitlines()) == 7
