"""The gate that fit adds: kinds of pictures that it never saw are told from those of the cohort."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import metadata, tiny_model

from train.examples.unlike import ALTERED, other
from train.run.gate import GateSettings, add_gate
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.network import saving
from verte_core.network.gate import USUAL
from verte_core.network.weights import load
from verte_core.preprocess import DEFAULT, placement_of
from verte_core.scoring.scorer import Prepared, Scorer
from verte_core.training.dataset import Example


@dataclass
class Split:
    """As a run reads it."""

    images: list[np.ndarray]
    examples: list[Example]


def column(seed: int) -> np.ndarray:
    """A drawn column of bodies, brighter below, uint8 (1024, 512)."""
    rng = np.random.default_rng(seed)
    image = np.zeros((1024, 512), np.float32)
    image += np.linspace(20, 160, 1024, dtype=np.float32)[:, None]
    x = int(rng.integers(180, 330))
    for top in range(60, 960, int(rng.integers(90, 120))):
        cv2.rectangle(image, (x, top), (x + 80, top + 60), 230.0, 4)
        image[top : top + 60, x : x + 80] += 40
    image[:, :60] = image[:, -60:] = 0
    image += 8 * rng.standard_normal(image.shape).astype(np.float32) * (image > 0)
    return np.clip(image, 0, 255).astype(np.uint8)


def split(first: int, count: int) -> Split:
    inputs = ClinicalInputs(65.0, "F", 24.0)
    examples = [
        Example(Path(f"{n}.png"), f"p{n // 2}", "train", inputs, {}) for n in range(first, first + count)
    ]
    return Split([column(n) for n in range(first, first + count)], examples)


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate")
    path = folder / "w.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata())
    settings = GateSettings(references=30, examples=60, held_out=40)
    add_gate(path, settings, split(0, 60), split(1000, 40), folder / "manifest.csv", "cpu")
    return path


def unlike(path: Path, pictures: list[np.ndarray]) -> float:
    """Share of pictures that the weights call unlike."""
    scorer = Scorer(load(path), "cpu")
    placement = placement_of((1024, 512), DEFAULT["vfa"])
    prepared = [Prepared(str(n), each.astype(np.float32) / 255, placement) for n, each in enumerate(pictures)]
    found = [scorer.likeness_all(scorer.encode_all([each]))[0] for each in prepared]
    assert all(each is not None for each in found)
    return float(np.mean([each.unlike for each in found if each]))


def test_unseen_people_pass_and_other_pictures_do_not(gated: Path) -> None:
    rng = np.random.default_rng(5)
    assert unlike(gated, [column(n) for n in range(2000, 2040)]) <= 0.2
    assert unlike(gated, [other(rng, "radiograph") for _ in range(30)]) >= 0.8
    for look in ("upside down", "inverted"):
        assert unlike(gated, [ALTERED[look](column(n), rng) for n in range(3000, 3020)]) >= 0.8, look


def test_the_file_says_how_its_limits_were_set(gated: Path) -> None:
    weights = load(gated)
    assert weights.metadata.gate is not None
    assert weights.metadata.gate.looks[0] == USUAL
    assert "40 images of 20 people of the validation split" in weights.metadata.card["Unlike images"]
    assert weights.gate_arrays["gate.references"].shape == (30, weights.arrays["image_head.weight"].shape[1])


def test_it_stays_when_only_the_description_changes(gated: Path, tmp_path: Path) -> None:
    before = load(gated)
    saving.rewrite(tmp_path / "w", before, before.metadata)
    after = load(tmp_path / "w")
    assert after.metadata.gate == before.metadata.gate
    np.testing.assert_array_equal(after.gate_arrays["gate.references"], before.gate_arrays["gate.references"])


def test_folders_of_looks_beside_the_manifest_are_learned(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    saving.save(path, tiny_model().state_dict(), metadata())
    folder = tmp_path / "unlike" / "frontal"
    folder.mkdir(parents=True)
    for number in range(12):
        cv2.imwrite(str(folder / f"{number}.png"), np.rot90(column(number)))
    settings = GateSettings(references=20, examples=30, held_out=20)
    add_gate(path, settings, split(0, 30), split(1000, 20), tmp_path / "manifest.csv", "cpu")
    rules = load(path).metadata.gate
    assert rules is not None and "frontal" in rules.looks
    (tmp_path / "unlike" / "sideways").mkdir()
    with pytest.raises(DataError, match=r"is of no known look; known: upside down"):
        add_gate(path, settings, split(0, 30), split(1000, 20), tmp_path / "manifest.csv", "cpu")
