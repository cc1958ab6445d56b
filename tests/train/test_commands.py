"""simulate, fit on crops, cells and whole images, evaluate: the way of the shipped weights, in small."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from train.__main__ import main
from train.run import fit
from verte_core.cli import main as verte
from verte_core.network import weights
from verte_core.resources_folder import RESOURCES

TINY = ["architecture.backbone=test_efficientnet", "architecture.image_features=8", "optimization.epochs=1"]
CONFIGS = Path(__file__).parents[2] / "train" / "configs"


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cohort") / "sim"
    assert main(["simulate", str(out), "--people", "14", "--seed", "3", "--workers", "2"]) == 0
    manifest = out / "manifest.csv"
    with manifest.open() as file:
        rows = [row for row in csv.DictReader(file) if row["path"].endswith("_01.dcm")]
    # So few people can't be left to chance: every split gets both classes of both labels.
    for index, row in enumerate(rows):
        row["split"] = ("train", "val", "test")[index % 3]
        row["osteo"] = str(int(index // 3 % 2 == 0))
        row["pvf"] = str(int(index // 6 % 2 == 0))
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return manifest


def test_the_whole_way(cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patches, located, whole, report = (tmp_path / name for name in ("patches", "located", "whole", "report"))
    data = ["--data", str(cohort), "--device", "cpu"]
    config = str(CONFIGS / "verte_sim_patches.yaml")
    # Bodies are larger than in the films that these crops were made for.
    small = [*TINY, "optimization.epoch_examples=16"]
    crops = ["patches.size=256", "patches.jitter=16"]
    assert main(["fit", "--config", config, *data, "--out", str(patches), *small, *crops]) == 0
    start = f"init={patches / 'best.safetensors'}"
    config = str(CONFIGS / "verte_sim_located.yaml")
    assert main(["fit", "--config", config, *data, "--out", str(located), *small, start]) == 0
    start = f"init={located / 'best.safetensors'}"
    config = str(CONFIGS / "verte_sim_radiograph.yaml")
    assert main(["fit", "--config", config, *data, "--out", str(whole), *TINY, start]) == 0
    assert {path.name for path in whole.iterdir()} == {
        "config.yaml", "environment.json", "metrics.csv", "tensorboard", "checkpoint.pt",
        "learning_curves.png", "roc.png", "calibration.png", "best.safetensors", "last.safetensors",
    }  # fmt: skip

    best = whole / "best.safetensors"
    made = weights.load(best).metadata
    assert made.trained_on == "simulated"
    assert made.training["people"] == {"train": 5, "val": 5}
    five = "5 images of 5 people, all of them simulated"
    assert made.card["Training data"] == f"{five}; for validation {five}. {made.trained_on.notice}"
    assert made.training["images"]["train"] == {"simulated": 5, "other": 0}
    assert "trained on simulated images" in made.card["Starting weights"]
    assert 0.0 <= made.operating_points["osteo"].low <= 1.0
    assert main(["evaluate", "--model", str(best), *data, "--split", "all", "--out", str(report)]) == 0
    figures = json.loads((report / "report.json").read_text())
    assert figures["failures"]["evaluated"]["people"] == 14
    assert 0 <= figures["discrimination"]["pvf"]["auroc"]["value"] <= 1
    assert len((report / "people.csv").read_text().splitlines()) == 15

    test = tmp_path / "test"
    assert main(["evaluate", "--model", str(best), *data, "--out", str(test)]) == 0
    filled = tmp_path / "filled.safetensors"
    assert main(["card", str(best), str(test / "report.json"), "--out", str(filled)]) == 0
    assert (
        weights.load(filled)
        .metadata.card["Evaluation"]
        .startswith("4 simulated people, 4 images, split test")
    )
    capsys.readouterr()
    assert main(["card", str(best), str(report / "report.json"), "--out", str(filled)]) == 1
    assert "people that these weights learned from" in capsys.readouterr().err

    image = next((cohort.parent / "images").iterdir())
    assert verte(["score", str(image), "--model", str(best)]) == 0
    assert "trained on simulated images" in capsys.readouterr().out


def test_what_goes_wrong_is_a_sentence(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(CONFIGS / "verte_sim_radiograph.yaml")
    base = ["fit", "--config", config, "--data", str(cohort), "--out", str(tmp_path / "run")]
    for extra, says in (
        (["init=nowhere.safetensors"], "nowhere.safetensors can't be read"),
        (["optimization.speed=9"], "Unknown key in optimization"),
        (["patches.size=128", "cell_targets.logit=6"], "patches and cell_targets exclude each other"),
    ):
        assert main([*base, *extra]) == 1
        assert says in capsys.readouterr().err
    assert main(["evaluate", "--model", "none", "--data", "none.csv", "--out", str(tmp_path)]) == 1
    assert "none.csv can't be read" in capsys.readouterr().err


def test_a_published_configuration_on_simulated_people_makes_simulated_weights(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(CONFIGS / "verte_x_2023_radiograph.yaml")
    out = ["--out", str(tmp_path / "run"), "--device", "cpu"]
    assert main(["fit", "--config", config, "--data", str(cohort), *out, *TINY, "init=random"]) == 0
    capsys.readouterr()
    assert verte(["info", "--model", str(tmp_path / "run" / "best.safetensors")]) == 0
    said = capsys.readouterr().out
    assert said.count("These weights were trained on simulated images.") == 2, "above, and on the card"


@pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory.")])
def test_a_device_without_memory_is_a_sentence(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(fit, "fit", full)
    command = ["fit", "--config", str(CONFIGS / "smoke.yaml"), "--data", "m.csv", "--out", str(tmp_path)]
    assert main(command) == 1
    said = capsys.readouterr().err
    assert "memory" in said and "optimization.micro_batch" in said and "Traceback" not in said
    error = RuntimeError("a fault of the program")
    with pytest.raises(RuntimeError, match="a fault of the program"):
        main(command)


@pytest.mark.parametrize("missing", ["torch", "sklearn", "jinja2"])
def test_a_package_that_is_not_installed_is_named_with_its_extra(missing: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from train.__main__ import main; sys.exit(main())"
    model = RESOURCES / "models" / "verte-sim-vfa.safetensors"
    command = {
        "torch": ["upgrade", str(model), "--out", str(tmp_path / "x")],
        "sklearn": [
            "fit",
            "--config",
            str(CONFIGS / "verte_x_2023_radiograph.yaml"),
            "--data",
            "x",
            "--out",
            "y",
        ],
        "jinja2": ["evaluate", "--model", str(model), "--data", "x", "--out", str(tmp_path / "y")],
    }[missing]
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code, *command], cwd=root, capture_output=True, text=True)
    assert done.returncode == 1 and "'.[train]'" in done.stderr and missing in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
