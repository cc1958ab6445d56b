from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import box

from train.evaluation.people import image_scores
from train.evaluation.people.heatmap_facts import DRAWS, HeatmapFacts, measure, shuffled
from train.evaluation.people.image_scores import ImageResult, from_table, score
from train.evaluation.people.truth import CohortTruth, Facts
from train.simulator.dicom import Patient, Pixels, write_image
from verte_core.batch.columns import COLUMNS
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError, OutputError
from verte_core.network import weights
from verte_core.reading import radiograph
from verte_core.scoring import Scorer
from verte_core.training.dataset import Example

TASKS = ("pvf", "osteo")
TRUTH = CohortTruth([[box(300, 250, each % 3)] for each in range(5)], "", facts=(Facts(),) * 5, sha256="abc")

Run = Callable[..., list[ImageResult]]


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    """Five rows from line 3 on; the image of line 5 is no image."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(3, 8):
        path = tmp_path / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 255, (90, 70), dtype=np.uint8))
        inputs = ClinicalInputs(60.0 + number, "F", 24.0)
        labels = {"pvf": 1.0, "osteo": 0.0}
        found.append(Example(path, f"P{number // 2}", "test", inputs, labels, number))
    found[2].path.write_text("no image")
    return found


@pytest.fixture
def run(weights_file: Path, examples: list[Example], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Score the examples; the first two are compared with shuffled weights."""
    monkeypatch.setattr(image_scores, "CHECKED", 2)
    files = [weights.load(weights_file)]
    scorer, networks = Scorer(files, "cpu"), shuffled(files)

    def score_them(part: Path, truth: CohortTruth = TRUTH) -> list[ImageResult]:
        return score(scorer, networks, TASKS, examples, truth, "123", part)

    return score_them


@pytest.mark.usefixtures("one_thread")
def test_scores_heatmaps_and_refusals(
    run: Run, weights_file: Path, examples: list[Example], tmp_path: Path
) -> None:
    results = run(tmp_path / "new" / "part")
    assert [each.number for each in results] == [3, 4, 5, 6, 7]
    assert results[2].scores == {}
    assert (results[2].kind, results[2].heatmap) == ("not an image", None)
    assert "not an image that can be opened here" in results[2].reason

    scorer = Scorer([weights.load(weights_file)], "cpu")
    example = examples[4]
    encoded = scorer.encode(radiograph.load(example.path))
    expected = {task: each.value for task, each in scorer.score(encoded, example.inputs).scores.items()}
    assert results[4].scores == pytest.approx(expected, abs=1e-7)
    alone = measure(scorer, encoded, example.inputs, TRUTH.outlines[4], place=4)  # type: ignore[index]
    assert results[4].heatmap == alone
    assert alone.confidence_drop is not None and 0 <= alone.confidence_drop <= 1
    assert alone.road is None or -1 <= alone.road <= 1
    assert (results[4].protocol, results[4].manufacturer) == ("radiograph", "")
    draws = [len(each.heatmap.shuffled) for each in results if each.heatmap]
    assert draws == [DRAWS, DRAWS, 0, 0]

    without = run(tmp_path / "without", CohortTruth(None, "There is none."))
    assert [each.scores for each in without] == [each.scores for each in results]
    assert without[0].heatmap is not None
    assert without[0].heatmap.area_bodies is None


@pytest.mark.usefixtures("one_thread")
def test_a_killed_run_goes_on(
    run: Run, examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(tmp_path / "whole")
    part, measured = tmp_path / "part", []

    def dies_at_the_fourth(*given: object) -> HeatmapFacts:
        measured.append(given)
        if len(measured) == 4:
            raise KeyboardInterrupt
        return measure(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(image_scores, "measure", dies_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        run(part)
    assert len(part.read_text().splitlines()) == 5
    part.write_bytes(part.read_bytes()[:-3])
    # Lines 6 and 7 are missing, and the refused line 5 may be an image by now.
    cv2.imwrite(str(examples[2].path), np.random.default_rng(1).integers(0, 255, (90, 70), dtype=np.uint8))
    results = run(part)
    assert len(measured) == 4 + 3
    assert [results[index] for index in (0, 1, 3, 4)] == [whole[index] for index in (0, 1, 3, 4)]
    assert results[2].scores

    # Nothing is left to do; then another truth, under which all of it is another.
    assert run(part) == results
    assert len(measured) == 7
    run(part, dataclasses.replace(TRUTH, sha256="def"))
    assert len(measured) == 12
    key = part.read_bytes().splitlines(keepends=True)[0]
    part.write_bytes(key + b'{"number": 3}\n[]\n\x00\xff\n')
    run(part, dataclasses.replace(TRUTH, sha256="def"))
    assert len(measured) == 17

    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be written"):
        run(tmp_path / "file" / "part")


@pytest.mark.usefixtures("one_thread")
def test_a_header_that_says_so_makes_an_image_simulated(weights_file: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    dicom, picture = tmp_path / "a.dcm", tmp_path / "b.png"
    write_image(dicom, Patient("X", "SIMULATED^X"), Pixels(rng.integers(0, 4096, (90, 70), np.uint16), 0.2))
    cv2.imwrite(str(picture), rng.integers(0, 255, (90, 70), dtype=np.uint8))
    inputs = ClinicalInputs(60.0, "F", 24.0)
    examples = [Example(path, "P", "test", inputs, {}, line) for line, path in ((2, dicom), (3, picture))]
    scorer = Scorer([weights.load(weights_file)], "cpu")
    for _ in range(2):  # the second time from the part that the first left
        results = score(
            scorer, (), TASKS, examples, CohortTruth(None, "There is none."), "123", tmp_path / "part"
        )
        assert [each.is_simulated for each in results] == [True, False]


def write_table(path: Path, rows: list[dict[str, object]]) -> Path:
    common = {"status": "scored", "model_id": "abc", "trained_on": "simulated", "osteo_score": 0.25}
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(common | row for row in rows)
    return path


def rows_of(examples: list[Example]) -> list[dict[str, object]]:
    return [{"path": str(each.path), "pvf_score": 0.1 * each.line} for each in examples]


def test_scores_from_a_table(
    examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of(examples)
    rows[1]["path"] = "images/4.png"
    rows[2] |= {"path": "../elsewhere\\5.png", "status": "refused", "reason": "No.", "pvf_score": ""}
    rows[2]["osteo_score"] = ""
    rows[3]["path"] = "'-6.png"
    examples[3] = dataclasses.replace(examples[3], path=Path("-6.png"))
    monkeypatch.chdir(tmp_path)
    rows.append({"path": "another.png", "pvf_score": 0.9})
    table = from_table(write_table(tmp_path / "scores.csv", rows[::-1]), examples)
    assert (table.tasks, table.model_id, table.trained_on) == (TASKS, "abc", "simulated")
    assert [each.scores.get("pvf") for each in table.images] == pytest.approx([0.3, 0.4, None, 0.6, 0.7])
    assert table.images[0] == ImageResult(3, {"pvf": 0.1 * 3, "osteo": 0.25})
    assert table.images[2] == ImageResult(5, {}, "No.", "refused")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"path": "gone.png"}, r"scores.csv has no row for 1 of the 5 images \(3.png\)."),
        ({"path": "images/4.png"}, "the image 4.png has two rows"),
        ({"pvf_score": "high"}, "line 2: pvf_score is 'high', which is not a number."),
        ({"pvf_score": 1.5}, "line 2: pvf_score is 1.5, which is not in 0 to 1."),
        ({"pvf_score": "nan"}, "line 2: pvf_score is 'nan', which is not a number."),
        ({"pvf_score": ""}, "line 2: pvf_score is empty, though the image is scored."),
        ({"status": "maybe"}, "line 2: status must be scored or refused, not 'maybe'."),
        ({"model_id": "def"}, r"several models \(abc, def\)"),
    ],
)
def test_a_table_that_does_not_do_is_a_sentence(
    examples: list[Example], tmp_path: Path, change: dict[str, object], says: str
) -> None:
    rows = rows_of(examples)
    rows[0] |= change
    with pytest.raises(DataError, match=says):
        from_table(write_table(tmp_path / "scores.csv", rows), examples)


def test_tables_of_another_kind(examples: list[Example], tmp_path: Path) -> None:
    refused = [row | {"status": "refused", "pvf_score": "", "osteo_score": ""} for row in rows_of(examples)]
    with pytest.raises(DataError, match="has no score of any image"):
        from_table(write_table(tmp_path / "scores.csv", refused), examples)
    (tmp_path / "old.csv").write_text("path,pvf_score\n3.png,0.5\n")
    with pytest.raises(DataError, match="lacks these columns: status, model_id, trained_on"):
        from_table(tmp_path / "old.csv", examples)
    with pytest.raises(DataError, match="can't be read"):
        from_table(tmp_path / "none.csv", examples)
    # Which 3.png of the two it is, a bare name does not tell.
    twin = dataclasses.replace(examples[0], path=tmp_path / "again" / "3.png", line=8)
    rows = [row | {"path": Path(str(row["path"])).name} for row in rows_of(examples)]
    with pytest.raises(DataError, match=r"line 2: 3\.png may be any of several images"):
        from_table(write_table(tmp_path / "names.csv", rows), [*examples, twin])
    rows = [row | {"path": f"/old/{row['path']}x.png"} for row in rows_of(examples)]
    with pytest.raises(DataError, match=r"5 of the 5 images \(3.png, 4.png, 5.png, 6.png, 7.png\)"):
        from_table(write_table(tmp_path / "moved.csv", rows), examples)


def test_the_journal_is_json(tmp_path: Path) -> None:
    result = ImageResult(
        2, {"pvf": 0.1}, heatmap=HeatmapFacts((3, 4), 0.1, 0.2, 0.3, 0.4, 0.5, -0.1, (-0.5, 0.5))
    )
    line = json.dumps(dataclasses.asdict(result), allow_nan=False)
    assert image_scores._parse(json.loads(line)) == result
