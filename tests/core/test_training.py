from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from builders import TINY
from torch import Tensor
from torch.utils.data import TensorDataset

from verte_core.errors import DataError
from verte_core.metrics import auroc, operating_points
from verte_core.model import FusionNet
from verte_core.training import Optimization, Predictions, augment, fit, masked_loss

QUICK = Optimization(epochs=2, batch_size=8, learning_rate=1e-3, rotation=0, scaling=0, noise=0, seed=5)


def blobs(number: int, seed: int) -> TensorDataset:
    """Images whose label pvf is a bright block, and whose label osteo is in the clinical variables."""
    generator = torch.Generator().manual_seed(seed)
    images = 0.3 * torch.rand(number, 1, 64, 64, generator=generator)
    labels = (torch.rand(number, 2, generator=generator) < 0.5).float()
    images[labels[:, 0] == 1, :, 20:40, 20:40] += 0.6
    clinical = torch.randn(number, 3, generator=generator)
    clinical[:, 0] = 2 * labels[:, 1] - 1
    return TensorDataset(images, clinical, labels)


def test_it_learns_and_leaves_what_it_says(tmp_path: Path) -> None:
    saved: dict[str, Predictions] = {}
    torch.manual_seed(0)
    model = FusionNet(TINY)
    settings = dataclasses.replace(QUICK, epochs=6, learning_rate=5e-3)
    fit(
        model,
        blobs(96, 1),
        blobs(48, 2),
        settings,
        tmp_path,
        lambda which, _, p: saved.update({which: p}),
        "cpu",
    )
    rows = list(csv.DictReader((tmp_path / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    best = max((float(row["val_auroc_pvf"]) + float(row["val_auroc_osteo"])) / 2 for row in rows)
    assert np.mean(saved["best"].auroc()) == pytest.approx(best, abs=1e-3)
    assert saved["best"].auroc()[1] > 0.9
    assert saved.keys() == {"best", "last"}


def run(out: Path, epochs: int, resume: bool, seed: int = 0) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    model = FusionNet(TINY)
    out.mkdir(exist_ok=True)
    settings = dataclasses.replace(QUICK, epochs=epochs, noise=0.05, rotation=5, flip=True)
    fit(model, blobs(32, 1), blobs(16, 2), settings, out, lambda *_: None, "cpu", resume)
    return model.state_dict()


def test_resumed_ends_like_uninterrupted(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", 4, resume=False)
    run(tmp_path / "parts", 2, resume=False)
    resumed = run(tmp_path / "parts", 4, resume=True, seed=99)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert len((tmp_path / "parts" / "metrics.csv").read_text().splitlines()) == 5


def test_micro_batches_add_up_to_the_batch(tmp_path: Path) -> None:
    logits = torch.randn(7, 2, requires_grad=True)
    labels = torch.tensor([[1, 0], [0, float("nan")], [1, 1], [0, 0], [float("nan")] * 2, [1, 0], [0, 1]])
    known = (~labels.isnan()).sum()
    (whole,) = torch.autograd.grad(masked_loss(logits, labels, known), logits)
    parts = zip(logits.split(3), labels.split(3), strict=True)
    (summed,) = torch.autograd.grad(sum(masked_loss(a, b, known) for a, b in parts), logits)
    assert torch.allclose(whole, summed)
    mask = ~labels.isnan()
    plain = torch.nn.functional.binary_cross_entropy_with_logits(logits[mask], labels[mask])
    assert torch.allclose(masked_loss(logits, labels, known), plain)
    assert not whole[4].any()


def test_frozen_stages_keep_weights_and_statistics(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = FusionNet(TINY)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    settings = dataclasses.replace(QUICK, epochs=1, frozen_stages=2)
    fit(model, blobs(16, 1), blobs(16, 2), settings, tmp_path, lambda *_: None, "cpu")
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    frozen = ("backbone.conv_stem", "backbone.bn1", "backbone.blocks.0.", "backbone.blocks.1.")
    assert not any(name.startswith(frozen) for name in changed)
    assert any(name.startswith("backbone.blocks.2.") for name in changed)
    assert "head.1.weight" in changed


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path) -> None:
    data = blobs(8, 1)
    data.tensors[1][3] = float("nan")
    with pytest.raises(DataError, match="not finite"):
        fit(FusionNet(TINY), data, blobs(8, 2), QUICK, tmp_path, lambda *_: None, "cpu")


def test_augmentation_turns_scales_and_mirrors_without_shearing() -> None:
    image = torch.zeros(64, 1, 200, 100)
    image[:, :, 90:110, 40:60] = 1  # a square of 20 x 20 in the middle
    torch.manual_seed(0)
    moved = augment(image, Optimization(rotation=45, scaling=0, noise=0))
    areas = moved.sum(dim=(1, 2, 3))
    assert (areas - 400).abs().max() < 8
    grown = augment(image, Optimization(rotation=0, scaling=0.2, noise=0)).sum(dim=(1, 2, 3))
    assert 240 < grown.min() < 330
    assert 470 < grown.max() < 600
    left = torch.zeros(64, 1, 20, 20)
    left[..., :5] = 1
    flipped = augment(left, Optimization(rotation=0, scaling=0, noise=0, flip=True))
    on_right = flipped[:, 0, 10, 18] > 0.5
    assert 15 < on_right.sum() < 49
    assert torch.equal(augment(left, Optimization(rotation=0, scaling=0, noise=0)), left)


def test_auroc_leaves_missing_labels_out() -> None:
    labels = np.array([0, 1, np.nan, 1, 0.0])
    assert auroc(labels, np.array([0.1, 0.9, 0.5, 0.4, 0.4])) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert np.isnan(auroc(np.array([1.0, 1.0]), np.array([0.1, 0.2])))


def test_operating_points_reach_what_they_promise() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(500) < 0.3).astype(float)
    scores = 1 / (1 + np.exp(-(rng.normal(0, 1, 500) + 1.5 * labels)))
    points = operating_points(labels, scores)
    sensitivity = (scores[labels == 1] >= points.low).mean()
    specificity = (scores[labels == 0] < points.high).mean()
    assert sensitivity == pytest.approx(points.low_sensitivity)
    assert specificity == pytest.approx(points.high_specificity)
    assert sensitivity >= 0.9
    assert specificity >= 0.9
    # One step further and the promise breaks.
    assert (scores[labels == 1] > points.low).mean() < 0.9
    below = scores[scores < points.high].max()
    assert (scores[labels == 0] < below).mean() < 0.9
