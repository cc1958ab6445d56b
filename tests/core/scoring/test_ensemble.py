from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from batches import write_images
from builders import TINY, metadata, tiny_model

from verte_core.cli import main
from verte_core.clinical import ClinicalInputs
from verte_core.errors import WeightsError
from verte_core.network import saving, weights
from verte_core.network.fusion_net import FusionNet
from verte_core.network.metadata import Calibration
from verte_core.network.weights import Weights
from verte_core.reading import radiograph
from verte_core.reading.radiograph import Radiograph
from verte_core.results import OperatingPoints, Provenance
from verte_core.scoring.scorer import Scorer

INPUTS = ClinicalInputs(70, "F", 24)


@pytest.fixture
def folder(tmp_path: Path, spine: npt.NDArray[np.uint16], one_thread: None) -> Path:
    write_images(tmp_path / "images", spine, 2)
    return tmp_path


@pytest.fixture
def image(folder: Path) -> Radiograph:
    return radiograph.load(folder / "images" / "00.dcm")


def both(folder: Path, seed: int, **changes: object) -> Path:
    """Weights for both tasks."""
    path = folder / f"both{seed}.safetensors"
    saving.save(path, tiny_model(seed).state_dict(), metadata(name=f"tiny {seed}", **changes))
    return path


def only(folder: Path, task: str) -> Path:
    """Image-only weights of one task, as published in 2025."""
    architecture = dataclasses.replace(TINY, tasks=(task,), clinical_hidden=())
    torch.manual_seed(len(task))
    path = folder / f"{task}.safetensors"
    points, calibration = {task: OperatingPoints(0.4, 0.6, 0.9, 0.9)}, {task: Calibration()}
    described = metadata(architecture=architecture, operating_points=points, calibration=calibration)
    saving.save(path, FusionNet(architecture).state_dict(), described)
    return path


def load(*paths: Path) -> list[Weights]:
    return [weights.load(path) for path in paths]


def test_scores_of_one_task_are_averaged_with_their_spread(folder: Path, image: Radiograph) -> None:
    points = {task: OperatingPoints(0.2, 0.9, 0.8, 0.7) for task in ("pvf", "osteo")}
    files = load(
        both(folder, 0),
        both(folder, 1, operating_points=points, trained_on="clinical"),
        both(folder, 2, calibration={"pvf": Calibration(2, 1), "osteo": Calibration()}),
    )
    ensemble = Scorer(files, "cpu")
    found = ensemble.score(ensemble.encode(image), INPUTS)
    members = [Scorer(each, "cpu") for each in files]
    alone = [each.score(each.encode(image), INPUTS).scores for each in members]
    for task in ("pvf", "osteo"):
        values = [scores[task].value for scores in alone]
        score = found.scores[task]
        assert score.value == pytest.approx(np.mean(values), abs=1e-6)
        assert score.spread == pytest.approx(np.ptp(values), abs=1e-6)
        assert score.low == score.high == score.value
    assert found.weights_id == ensemble.weights_id == "+".join(each.id for each in files)
    assert found.trained_on is ensemble.metadata.trained_on is Provenance.MIXED
    assert "in part on simulated images" in found.trained_on.notice
    assert ensemble.metadata.operating_points["pvf"].low == pytest.approx((0.4 + 0.2 + 0.4) / 3)
    maps = [each.explain(each.encode(image), INPUTS, "osteo") for each in members]
    own = ensemble.explain(ensemble.encode(image), INPUTS, "osteo")
    mean = np.mean(maps, axis=0)
    assert np.abs(own - mean / max(mean.max(), 1e-7)).max() < 1e-5


def test_an_unknown_bmi_gives_a_range(folder: Path, image: Radiograph) -> None:
    ensemble = Scorer(load(both(folder, 0), both(folder, 1)), "cpu")
    score = ensemble.score(ensemble.encode(image), ClinicalInputs(70, "F", None)).scores["pvf"]
    assert score.low < score.value < score.high


def test_files_of_different_tasks_give_both_scores(folder: Path, image: Radiograph) -> None:
    ensemble = Scorer(load(only(folder, "pvf"), only(folder, "osteo")), "cpu")
    assert ensemble.tasks == ("pvf", "osteo")
    assert not ensemble.needs_clinical
    encoded = ensemble.encode(image)
    scores = ensemble.score(encoded, None).scores
    assert list(scores) == ["pvf", "osteo"]
    assert [score.spread for score in scores.values()] == [None, None]
    assert ensemble.explain(encoded, None, "osteo").shape == (1024, 512)
    mixed = Scorer(load(both(folder, 0), only(folder, "pvf")), "cpu")
    assert mixed.needs_clinical
    scores = mixed.score(mixed.encode(image), INPUTS).scores
    assert scores["pvf"].spread is not None
    assert scores["osteo"].spread is None


def test_files_that_do_not_go_together_are_refused(folder: Path) -> None:
    first, vfa = load(both(folder, 0), both(folder, 1, protocol="vfa"))
    with pytest.raises(WeightsError, match="for a spine radiograph and tiny 1 for a DXA VFA image"):
        Scorer([first, vfa], "cpu")
    with pytest.raises(WeightsError, match="given twice"):
        Scorer([first, first], "cpu")


def test_one_file_is_no_ensemble(folder: Path) -> None:
    (file,) = load(both(folder, 0))
    one, same = Scorer([file], "cpu"), Scorer(file, "cpu")
    assert one.metadata is same.metadata is file.metadata
    assert one.weights_ids == same.weights_ids == (file.id,)
    assert len(one.members) == len(same.members) == 1


def test_the_command_takes_several_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def rows(*files: Path) -> list[dict[str, str]]:
        models = [part for each in files for part in ("--model", str(each))]
        out = folder / f"{len(files)}.csv"
        maps = ["--heatmaps", str(folder / "maps")]
        assert main(["score", str(folder / "images"), *models, "--out", str(out), *maps]) == 0
        return list(csv.DictReader(out.open(encoding="utf-8-sig")))

    one = rows(both(folder, 0))
    assert {row["pvf_spread"] for row in one} == {row["osteo_spread"] for row in one} == {""}
    two = rows(both(folder, 0), both(folder, 1))
    assert all(0 < float(row["pvf_spread"]) < 1 for row in two)
    assert two[0]["model_id"].startswith(one[0]["model_id"] + "+")
    assert "(spread 0." in capsys.readouterr().out
