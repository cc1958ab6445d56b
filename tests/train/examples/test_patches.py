from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from builders import STATISTICS, box

from train.examples.patches import Outline, Patches, VertebraCrops, read_outlines
from verte_core.clinical import ClinicalInputs
from verte_core.errors import DataError
from verte_core.preprocess import DEFAULT, placement_of
from verte_core.training.dataset import Example


def crops(
    bodies: list[Outline],
    learning: bool,
    images: np.ndarray | None = None,
    reduction: int = 1,
    jitter: int = 24,
) -> VertebraCrops:
    example = Example(Path("a"), "A", "train", ClinicalInputs(65, "F", 24), {"pvf": 1.0, "osteo": 1.0})
    if images is None:
        images = np.zeros((1, 1024, 512), np.uint8)
    patches = Patches(128, reduction, jitter)
    return VertebraCrops(
        [example], images, [bodies], STATISTICS, ("pvf", "osteo", "density"), patches, learning
    )


def test_a_crop_shows_its_vertebra() -> None:
    images = np.zeros((1, 1024, 512), np.uint8)
    images[0, 470:530, 170:230] = 255
    image, clinical, labels, _ = crops([box(500, 200, 2)], learning=False, images=images)[0]
    assert image.shape == (1, 128, 128)
    assert image.sum() == 60 * 60
    assert image[0, 34:94, 34:94].min() == 1.0
    assert labels.tolist() == [1.0, 1.0, 0.25]
    reduced, _, _, _ = crops([box(500, 200, 2)], learning=False, images=images, reduction=2)[0]
    assert reduced.shape == (1, 64, 64)
    assert reduced.sum() == 30 * 30
    assert clinical.tolist() == [0.0, 1.0, 0.0]


def test_labels_follow_what_the_crop_holds() -> None:
    data = crops([box(200, 200, 0), box(290, 200, 2), box(600, 200, 0)], learning=True, jitter=0)
    found = {}
    for index in range(len(data)):
        crop = data._crops[index]
        found[tuple(crop.center) if crop.body else index] = data[index][2]
    assert found[(290.0, 200.0)][0] == 1.0
    assert torch.isnan(found[(200.0, 200.0)][0])  # the edge of its fractured neighbour is in view
    assert found[(600.0, 200.0)][0] == 0.0
    background = [labels for key, labels in found.items() if isinstance(key, int)]
    assert background
    # Density is not to be seen beside the spine.
    assert all(torch.isnan(labels[1:]).all() for labels in background)


def test_the_balance_is_a_third_for_learning_and_validation() -> None:
    bodies = [box(60 + 80 * index, 250, int(index == 0)) for index in range(12)]
    images = np.random.default_rng(0).integers(0, 255, (1, 1024, 512), np.uint8)
    learning, validation = crops(bodies, True, images), crops(bodies, False, images)
    assert len(learning) > len(validation)
    for data in (learning, validation):
        positive = sum(crop.body is bodies[0] for crop in data._crops)
        assert 0.2 < positive / len(data) < 0.45
    assert torch.equal(validation[0][0], validation[0][0])
    assert not torch.equal(learning[0][0], learning[0][0]), "its crops are shifted at every reading"


def test_crops_reach_over_the_edge() -> None:
    images = np.full((1, 1024, 512), 255, np.uint8)
    for corner in (box(0, 0, 1), box(1023, 511, 1)):
        image, *_ = crops([corner], learning=False, images=images)[0]
        assert image.shape == (1, 128, 128)
        assert image.mean() == pytest.approx(0.25, abs=0.01)


def test_outlines_come_onto_the_canvas(tmp_path: Path) -> None:
    names = ("anterior_superior", "posterior_superior", "posterior_inferior", "anterior_inferior")
    points = {name: [500.0 + index, 300.0] for index, name in enumerate(names)}
    truth = {
        "path": "images/a.dcm", "height": 2000, "width": 1200, "t_score": -2.5,
        "vertebrae": [{
            "level": "L1", "points": points, "genant_grade": 2,
            "ha_mm": 18.0, "hm_mm": 30.0, "hp_mm": 30.0, "hp_before_mm": 40.0,
        }],
    }  # fmt: skip
    (tmp_path / "truth.jsonl").write_text(json.dumps(truth) + "\n")
    manifest = tmp_path / "manifest.csv"
    inputs, labels = ClinicalInputs(65, "F", 24), {"pvf": 1.0, "osteo": 0.0}
    known = Example(tmp_path / "images" / "a.dcm", "A", "train", inputs, labels)
    ((outline,),) = read_outlines(manifest, [known], DEFAULT["radiograph"])
    placement = placement_of((2000, 1200), DEFAULT["radiograph"])
    assert outline.grade == 2
    assert outline.shape == pytest.approx({"anterior": 1.0, "middle": 0.5, "crush": 0.875, "density": 0.5})
    assert np.allclose(placement.to_source(outline.center), [501.5, 300.0])
    unknown = Example(tmp_path / "images" / "b.dcm", "B", "train", inputs, labels)
    with pytest.raises(DataError, match=r"does not know the image b\.dcm"):
        read_outlines(manifest, [unknown], DEFAULT["radiograph"])
    with pytest.raises(DataError, match=r"need .*elsewhere/truth\.jsonl, which simulate writes"):
        read_outlines(tmp_path / "elsewhere" / "manifest.csv", [known], DEFAULT["radiograph"])
