"""What a run leaves in its folder, through the command; and runs that go on or are refused."""

from __future__ import annotations

import csv
import dataclasses
import json
import platform
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml
from processes import ALONE
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from train.__main__ import main
from train.run import config, run_record
from train.run.fit import pace
from train.run.run_record import RunRecord
from verte_core.errors import OutputError
from verte_core.network import weights
from verte_core.training import dataset
from verte_core.training.loop import Epoch
from verte_core.training.prediction import Predictions

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve radiographs of noise, eight to train; all labels come in both classes."""
    folder = tmp_path_factory.mktemp("noise")
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [list(dataset.COLUMNS)]
    for index in range(12):
        cv2.imwrite(str(folder / f"{index}.png"), rng.integers(0, 255, (90, 70), dtype=np.uint8))
        split = "train" if index < 8 else "val"
        rows.append(
            [f"{index}.png", f"P{index}", split, 50 + index, "FM"[index % 2], 22, index % 2, index // 2 % 2]
        )
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(scope="module")
def base(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command but for its folder."""
    path = tmp_path_factory.mktemp("config") / "tiny.yaml"
    path.write_text(
        "name: tiny\ndescription: for tests\n"
        "architecture: {tasks: [pvf, osteo], backbone: test_efficientnet, image_features: 8}\n"
        "optimization: {epochs: 2, batch_size: 4}\n"
    )
    return ["fit", "--config", str(path), "--data", str(manifest), "--device", "cpu"]


def test_what_a_run_leaves_and_how_it_goes_on(
    base: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main([*base, "--out", str(run)]) == 0
    said = capsys.readouterr().out
    assert str(run / "best.safetensors") in said
    assert len(re.findall(r"[\d.]+ images/s; at most 0:\d\d:\d\d left", said)) == 2
    assert yaml.safe_load((run / "config.yaml").read_text())["optimization"]["batch_size"] == 4
    (start,) = json.loads((run / "environment.json").read_text())
    assert start["torch"] == torch.__version__
    assert start["processes"] == 1
    assert len(start["manifest_sha256"]) == 64
    assert platform.node() not in " ".join(str(path) for path in run.rglob("*")).replace(str(tmp_path), "")
    rows = list(csv.DictReader((run / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert scalars(run, "loss") == pytest.approx([float(row["loss"]) for row in rows], rel=1e-5)
    for picture in ("learning_curves.png", "roc.png", "calibration.png"):
        assert cv2.imread(str(run / picture)).std() > 5
    best = weights.load(run / "best.safetensors").metadata
    assert best.training["manifest_sha256"] == start["manifest_sha256"]

    last = (run / "last.safetensors").read_bytes()
    assert main([*base, "--out", str(run), "--resume", "optimization.workers=1"]) == 0
    assert len(json.loads((run / "environment.json").read_text())) == 2
    assert (run / "last.safetensors").read_bytes() == last

    assert main([*base, "--out", str(run), "--resume", "optimization.batch_size=3"]) == 1
    assert "optimization.batch_size (was 4, now 3)" in capsys.readouterr().err
    assert yaml.safe_load((run / "config.yaml").read_text())["optimization"]["batch_size"] == 4


def test_a_run_of_an_earlier_version_goes_on(
    base: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main([*base, "--out", str(run), "gate=null"]) == 0
    saved = torch.load(run / "checkpoint.pt", weights_only=True)
    del saved["configuration"]["optimization"]["optimizer"]
    torch.save(saved, run / "checkpoint.pt")
    assert main([*base, "--out", str(run), "--resume", "gate=null"]) == 0
    assert main([*base, "--out", str(run), "--resume", "gate=null", "optimization.optimizer=sgd"]) == 1
    assert "optimization.optimizer (was adam, now sgd)" in capsys.readouterr().err


def test_the_pace_of_a_run() -> None:
    row = {"seconds": 75.0, "train_seconds": 60.0}
    assert pace([row], 100, 600, "cpu") == "10.0 images/s; at most 2:03:45 left"
    assert pace([row] * 100, 100, 600, "cpu") == "10.0 images/s; at most 0:00:00 left"


def test_a_run_that_is_made_longer_is_the_same_as_a_long_one(
    base: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    assert main([*base, "--out", str(once), "gate=null", "optimization.epochs=3"]) == 0
    assert main([*base, "--out", str(twice), "gate=null"]) == 0
    capsys.readouterr()
    assert main([*base, "--out", str(twice), "--resume", "gate=null", "optimization.epochs=3"]) == 0
    said = capsys.readouterr().out
    assert "The run goes on to 3 epochs; it was begun for 2." in said
    assert "schedule" not in said, "the rate is constant"
    assert (once / "last.safetensors").read_bytes() == (twice / "last.safetensors").read_bytes()
    assert [row["epoch"] for row in csv.DictReader((twice / "metrics.csv").open())] == ["1", "2", "3"]
    assert yaml.safe_load((twice / "config.yaml").read_text())["optimization"]["epochs"] == 3


def test_epoch_and_thresholds_are_chosen_by_person(manifest: Path, base: list[str], tmp_path: Path) -> None:
    rows = list(csv.DictReader(manifest.open()))
    for row in rows[8:]:  # of four films of the validation split, three are of one person
        row["person_id"] = "P8" if row is not rows[9] else "P9"
        row["pvf"], row["osteo"] = ("0", "0") if row is rows[9] else ("1", "1")
    made = manifest.with_name("people.csv")
    with made.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run = tmp_path / "run"
    command = [str(made) if word == str(manifest) else word for word in base]
    assert main([*command, "--out", str(run)]) == 0
    metadata = weights.load(run / "best.safetensors").metadata
    assert metadata.training["chosen_on"] == "people"
    assert metadata.card["Operating points"].startswith("Set on the people of the validation split")
    assert all(value in (0.0, 1.0) for value in metadata.training["validation_auroc"].values()), "of two"
    for points in metadata.operating_points.values():
        assert points.low_sensitivity == 1.0 and points.high_specificity == 1.0


def scalars(run: Path, tag: str) -> list[float]:
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    return [event.value for event in events.Scalars(tag)]


def test_a_loss_that_is_not_finite_names_the_files(
    base: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sane = config.read(Path(base[2]), [])
    rate = dataclasses.replace(sane.optimization, learning_rate=1e30)
    monkeypatch.setattr(config, "read", lambda *_: dataclasses.replace(sane, optimization=rate))
    assert main([*base, "--out", str(tmp_path / "run")]) == 1
    said = capsys.readouterr().err
    assert "The loss is not finite at epoch 1, batch 2" in said
    assert said.count(".png") == 4


def epoch(number: int) -> Epoch:
    labels = np.array([[0, 1], [1, np.nan], [1, 0], [0, 1.0]])
    rows = [
        {
            "epoch": float(each),
            "loss": 1 / each,
            "val_loss": 1.0,
            "val_auroc_pvf": 0.5,
            "val_auroc_osteo": 0.6,
        }
        for each in range(1, number + 1)
    ]
    return Epoch(rows, True, {}, Predictions(labels - 0.5 if number else labels, labels))


def test_a_resumed_record_has_each_epoch_once(tmp_path: Path) -> None:
    def started() -> RunRecord:
        record = RunRecord(tmp_path / "run", ("pvf", "osteo"), "validation split")
        record.start({"name": "a"}, "0" * 64, ALONE, resumed=True)
        return record

    record = started()
    for number in (1, 2, 3):
        record.add(epoch(number))
    again = started()  # the checkpoint was of the first epoch
    again.add(epoch(2))
    again.add(epoch(3))
    assert scalars(tmp_path / "run", "loss") == pytest.approx([1, 1 / 2, 1 / 3])
    assert len((tmp_path / "run" / "metrics.csv").read_text().splitlines()) == 4
    assert len(json.loads((tmp_path / "run" / "environment.json").read_text())) == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can't be written"):
        RunRecord(tmp_path / "file", ("pvf",), "").start({}, "", ALONE, resumed=False)


def test_the_environment_names_no_one() -> None:
    text = json.dumps(run_record.environment(ALONE))
    assert platform.node() not in text
    assert str(Path.home()) not in text


def test_people_without_a_bmi_are_for_networks_that_read_the_image_alone(
    base: list[str], manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(csv.reader(manifest.open(newline="")))
    for row in rows[1:4]:
        row[0], row[5] = str(manifest.parent / row[0]), ""
    for row in rows[4:]:
        row[0] = str(manifest.parent / row[0])
    bare = tmp_path / "bare.csv"
    with bare.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    command = [str(bare) if word == str(manifest) else word for word in base]
    assert main([*command, "--out", str(tmp_path / "fused")]) == 1
    said = capsys.readouterr().err
    assert "3 rows of the manifest lack age, sex or bmi (the first is line 2)" in said
    assert "architecture.clinical_hidden" in said
    alone = [*command, "--out", str(tmp_path / "alone"), "architecture.clinical_hidden=[]", "gate=null"]
    assert main(alone) == 0
    assert weights.load(tmp_path / "alone" / "best.safetensors").metadata.gate is None
