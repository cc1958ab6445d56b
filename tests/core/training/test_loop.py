from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from builders import TINY
from processes import ALONE, QUICK, blobs, run
from torch import Tensor
from torch.utils.data import TensorDataset

from verte_core.errors import DataError
from verte_core.network.fusion_net import FusionNet
from verte_core.ranks import Ranks
from verte_core.training.augmentation import augment
from verte_core.training.loop import Epoch, Trainer
from verte_core.training.losses import masked_loss
from verte_core.training.metrics import auroc, operating_points
from verte_core.training.prediction import predict
from verte_core.training.sampling import Order
from verte_core.training.settings import Optimization, Precision, Schedule, schedule_of

pytestmark = pytest.mark.usefixtures("one_thread")


def test_it_learns_and_reports_what_it_says(tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    torch.manual_seed(0)
    settings = dataclasses.replace(QUICK, epochs=6, learning_rate=5e-3)
    run(tmp_path, settings, FusionNet(TINY), blobs(96, 1), blobs(48, 2), report=epochs.append)
    rows = epochs[-1].history
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1]["loss"] < rows[0]["loss"]
    best = [epoch for epoch in epochs if epoch.best][-1]
    assert np.mean(best.predictions.auroc()) == max(row["val_auroc_mean"] for row in rows)
    assert best.predictions.auroc()[1] > 0.9
    assert best.history[-1]["val_auroc_osteo"] == best.predictions.auroc()[1]


def trained(out: Path, settings: Optimization, resume: bool = False, seed: int = 0) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    model = FusionNet(TINY)
    run(out, settings, model, blobs(32, 1), blobs(16, 2), resume=resume)
    return model.state_dict()


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"optimizer": "sgd", "learning_rate": 0.01},
        {"warm_up": 0.5},
        {"gradient_clip": 0.01},
        {"label_smoothing": 0.2},
        {"focal_gamma": 2.0},
    ],
    ids=lambda changes: ",".join(changes),
)
def test_each_key_changes_what_is_learned_and_comes_again(tmp_path: Path, changes: dict[str, object]) -> None:
    settings = dataclasses.replace(QUICK, epochs=2, **changes)  # type: ignore[arg-type]
    whole = trained(tmp_path / "whole", settings)
    assert not same(whole, trained(tmp_path / "plain", dataclasses.replace(QUICK, epochs=2)))
    assert same(whole, trained(tmp_path / "again", settings))


def test_a_long_gradient_is_cut_and_a_short_one_stays() -> None:
    def steps(clip: float | None) -> list[Tensor]:
        torch.manual_seed(0)
        # Of plain SGD, a step is the rate times the gradient.
        settings = dataclasses.replace(
            QUICK, optimizer="sgd", momentum=0.0, weight_decay=0.0, learning_rate=1.0, gradient_clip=clip
        )
        trainer = Trainer(FusionNet(TINY), blobs(8, 1), blobs(8, 2), settings, ALONE)
        before = [each.detach().clone() for each in trainer.model.parameters()]
        trainer.train_step(next(iter(trainer.loader)))
        return [one - other for one, other in zip(before, trainer.model.parameters(), strict=True)]

    def norm(tensors: list[Tensor]) -> float:
        return float(torch.cat([each.flatten() for each in tensors]).norm())

    free = steps(None)
    assert norm(steps(norm(free) / 10)) == pytest.approx(norm(free) / 10, rel=1e-4)
    assert norm(steps(norm(free) * 10)) == pytest.approx(norm(free), rel=1e-6)


def test_smoothing_and_focal_loss_by_their_formulas() -> None:
    logits = torch.tensor([[2.0, -1.0], [0.5, 3.0]], dtype=torch.float64)
    labels = torch.tensor([[1.0, 0.0], [math.nan, 0.0]], dtype=torch.float64)
    known = torch.tensor(3)
    told = [1 / (1 + math.exp(-each)) for each in (2.0, 1.0, -3.0)]  # the probability of the true class
    focal = sum(-((1 - p) ** 2) * math.log(p) for p in told) / 3
    smooth = sum(-(0.95 * math.log(p) + 0.05 * math.log(1 - p)) for p in told) / 3
    assert masked_loss(logits, labels, known, gamma=2.0).item() == pytest.approx(focal)
    assert masked_loss(logits, labels, known, smoothing=0.1).item() == pytest.approx(smooth)


def test_warm_up_before_either_schedule() -> None:
    constant, cosine = (schedule_of(name, 100, 0.1) for name in get_args(Schedule))
    assert [constant(step) for step in (0, 4, 9, 10, 99)] == [0.1, 0.5, 1.0, 1.0, 1.0]
    assert [cosine(step) for step in (0, 9, 10)] == [0.1, 1.0, 1.0]
    assert cosine(99) < 0.02
    assert schedule_of("constant", 100)(0) == 1.0
    assert schedule_of("cosine", 100)(0) == 0.2, "a twentieth by default"
    assert schedule_of("cosine", 100, 0.0)(0) == 1.0


VARIED = dataclasses.replace(QUICK, noise=0.05, rotation=5, flip=True)


def test_workers_change_nothing(tmp_path: Path) -> None:
    one = trained(tmp_path / "0", dataclasses.replace(VARIED, epochs=1))
    two = trained(tmp_path / "2", dataclasses.replace(VARIED, epochs=1, workers=2))
    assert same(one, two)


def test_a_finished_run_is_left_alone(tmp_path: Path) -> None:
    # Of one class there is no AUROC: the lowest validation loss decides, and a rate of 0 never lowers it.
    settings = dataclasses.replace(QUICK, epochs=9, patience=2, learning_rate=0.0)
    images, clinical, labels, cell_targets = blobs(8, 2).tensors
    one_class = TensorDataset(images, clinical, torch.ones_like(labels), cell_targets)
    model, epochs = FusionNet(TINY), list[Epoch]()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.momentum = 0.0
    run(tmp_path, settings, model, blobs(8, 1), one_class, report=epochs.append)
    assert [epoch.best for epoch in epochs] == [True, False, False]
    run(tmp_path, settings, FusionNet(TINY), blobs(8, 1), one_class, report=epochs.append, resume=True)
    assert len(epochs) == 3


def test_another_configuration_is_not_resumed(tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, epochs=1)
    trained(tmp_path, settings)
    other = dataclasses.replace(settings, learning_rate=2e-3, flip=False)
    with pytest.raises(
        DataError, match=r"flip \(was True, now False\), learning_rate \(was 0.001, now 0.002\)"
    ):
        trained(tmp_path, other, resume=True)
    (tmp_path / "checkpoint.pt").write_bytes(b"cut short")
    with pytest.raises(DataError, match=r"checkpoint .* can't be read"):
        trained(tmp_path, settings, resume=True)


@functools.cache
def learned(precision: Precision) -> tuple[list[float], Tensor]:
    """The losses of four epochs, and the gradient of the first step."""
    settings = dataclasses.replace(QUICK, epochs=4, learning_rate=5e-3, precision=precision)

    def trainer() -> Trainer:
        torch.manual_seed(0)
        return Trainer(FusionNet(TINY), blobs(96, 1), blobs(48, 2), settings, ALONE)

    whole, step = trainer(), trainer()
    whole.train(lambda epoch: None)
    assert all(parameter.dtype == torch.float32 for parameter in whole.model.parameters())
    step.train_step(next(iter(step.loader)))
    return [row["loss"] for row in whole.progress.history], step.gradients.flat[:-1]


@pytest.mark.parametrize("precision", get_args(Precision))
def test_precisions_learn_alike(precision: Precision) -> None:
    (losses, gradient), (expected, direction) = learned(precision), learned("float32")
    assert expected[0] < 0.6 and expected[-1] < 0.3, "an untrained network stays at 0.7"
    # Absolute: after some steps, rounding decides on the last hundredths, and differently on each processor.
    assert losses == pytest.approx(expected, abs=0.06)
    assert (gradient - direction).norm() < 0.1 * direction.norm()


def test_a_last_batch_of_one_example(tmp_path: Path) -> None:
    model = FusionNet(TINY)
    run(tmp_path, dataclasses.replace(QUICK, epochs=1), model, blobs(9, 1), blobs(8, 2))
    assert all(parameter.isfinite().all() for parameter in model.parameters())


def test_a_batch_is_split_as_evenly_as_it_can_be() -> None:
    settings = Optimization(batch_size=30)
    parts = [list(Order(62, settings, Ranks("cpu", rank, 4))) for rank in range(4)]
    assert [[len(batch) for batch in part] for part in parts] == [
        [8, 8, 1], [8, 8, 1], [7, 7, 0], [7, 7, 0],
    ]  # fmt: skip
    drawn = sorted(index for part in parts for batch in part for index, _ in batch)
    assert drawn == list(range(62))
    seeds = {seed for part in parts for batch in part for _, seed in batch}
    assert len(seeds) == 62


def test_predictions_are_in_order(tmp_path: Path) -> None:
    data = blobs(11, 2)
    model = FusionNet(TINY)
    predictions = predict(model, data, ALONE, batch_size=4)
    assert np.array_equal(predictions.labels, data.tensors[2].double().numpy())
    with torch.no_grad():
        logits = model.eval()(*data.tensors[:2])
    assert np.allclose(predictions.logits, logits.numpy(), atol=1e-6)


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


def test_cell_targets_teach_where_a_label_is(tmp_path: Path) -> None:
    """With the label of the image withheld, what cells should add is enough to tell the images apart."""
    images, clinical, labels, _ = blobs(96, 1).tensors
    cell_targets = torch.full((96, 2, 2, 2), torch.nan)
    cell_targets[:, 0] = labels[:, 0, None, None] * torch.tensor([[2.0, 1.0], [1.0, 0.0]])
    unlabelled = torch.full_like(labels, torch.nan)
    torch.manual_seed(0)
    settings = dataclasses.replace(QUICK, epochs=8, learning_rate=5e-3)
    epochs: list[Epoch] = []
    train = TensorDataset(images, clinical, unlabelled, cell_targets)
    run(tmp_path, settings, FusionNet(TINY), train, blobs(48, 2), report=epochs.append)
    fracture, osteoporosis = epochs[-1].predictions.auroc()
    assert fracture > 0.9
    assert osteoporosis < 0.8


def test_frozen_stages_keep_weights_and_statistics(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = FusionNet(TINY)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    settings = dataclasses.replace(QUICK, epochs=1, frozen_stages=2)
    run(tmp_path, settings, model, blobs(16, 1), blobs(16, 2))
    changed = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    frozen = ("backbone.conv_stem", "backbone.bn1", "backbone.blocks.0.", "backbone.blocks.1.")
    assert not any(name.startswith(frozen) for name in changed)
    assert any(name.startswith("backbone.blocks.2.") for name in changed)
    assert "head.1.weight" in changed


def test_a_loss_that_is_not_finite_stops_before_the_step_and_names_the_batch(tmp_path: Path) -> None:
    data = blobs(24, 1)
    data.tensors[1][3] = float("nan")
    torch.manual_seed(0)
    model = FusionNet(TINY)
    with pytest.raises(DataError, match="not finite at epoch 1, batch") as caught:
        run(tmp_path, QUICK, model, data, blobs(8, 2))
    assert "example 3," in f"{caught.value},".replace(".,", ",")
    assert str(caught.value).count("example") == 8
    assert all(parameter.isfinite().all() for parameter in model.parameters())


NOWHERE = torch.empty(64, 1, 0, 0)


def test_augmentation_turns_scales_and_mirrors_without_shearing() -> None:
    image = torch.zeros(64, 1, 200, 100)
    image[:, :, 90:110, 40:60] = 1  # a square of 20 x 20 in the middle
    seeds = torch.arange(64)
    moved, _ = augment(image, NOWHERE, Optimization(rotation=45, scaling=0, noise=0, flip=False), seeds)
    areas = moved.sum(dim=(1, 2, 3))
    assert (areas - 400).abs().max() < 8
    grown = augment(image, NOWHERE, Optimization(rotation=0, scaling=0.2, noise=0, flip=False), seeds)[0].sum(
        dim=(1, 2, 3)
    )
    assert 240 < grown.min() < 330
    assert 470 < grown.max() < 600
    left = torch.zeros(64, 1, 20, 20)
    left[..., :5] = 1
    cell_targets = torch.tensor([1.0, 0.0]).expand(64, 1, 2, 2)
    flipped, moved_targets = augment(
        left, cell_targets, Optimization(rotation=0, scaling=0, noise=0, flip=True), seeds
    )
    on_right = flipped[:, 0, 10, 18] > 0.5
    assert 15 < on_right.sum() < 49
    assert torch.equal(moved_targets[:, 0, 1, 1] > 0.5, on_right)
    assert torch.equal(
        augment(left, NOWHERE, Optimization(rotation=0, scaling=0, noise=0, flip=False), seeds)[0], left
    )


def test_the_look_changes_but_not_where_things_are() -> None:
    image = torch.zeros(12, 1, 128, 64)
    image[:, :, 20:100, 10:50] = 0.5
    image[:, :, 50:60, 20:30] = 0.9
    settings = Optimization(rotation=0, scaling=0, noise=0, flip=False, appearance=1.0)
    seeds = torch.arange(12)
    changed, _ = augment(image, NOWHERE, settings, seeds)
    assert torch.equal(changed, augment(image, NOWHERE, settings, seeds)[0]), "the seed decides"
    assert changed.min() >= 0 and changed.max() <= 1
    assert not changed[:, :, :20].any(), "the padding stays black"
    apart = (changed - image)[:, :, 20:100, 10:50].abs().mean(dim=(1, 2, 3))
    assert (apart > 0.01).all() and apart.std() > 0.01
    brighter = changed[:, 0, 52:58, 22:28].mean(dim=(1, 2)) - changed[:, 0, 52:58, 34:44].mean(dim=(1, 2))
    assert (brighter > 0).float().mean() > 0.8


def test_augmentation_follows_the_seed_and_not_the_batch() -> None:
    images, seeds = torch.rand(6, 1, 20, 10), torch.tensor([5, 6, 7, 8, 9, 5])
    settings = Optimization(noise=0.1, flip=True)

    def moved(images: Tensor, settings: Optimization, seeds: Tensor) -> Tensor:
        return augment(images, NOWHERE, settings, seeds)[0]

    whole = moved(images, settings, seeds)
    assert torch.allclose(moved(images[2:4], settings, seeds[2:4]), whole[2:4], atol=1e-6)
    assert not torch.allclose(whole[1], moved(images[1:2], settings, seeds[:1])[0], atol=1e-2)
    noise = moved(torch.full((1, 1, 90, 90), 0.5), Optimization(rotation=0, scaling=0, noise=0.1), seeds[:1])
    assert math.isclose(noise.std().item(), 0.1, rel_tol=0.1)


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


def test_operating_points_of_a_score_that_separates_well_do_not_cross() -> None:
    rng = np.random.default_rng(0)
    labels = (rng.random(500) < 0.3).astype(float)
    scores = 1 / (1 + np.exp(-(rng.normal(0, 1, 500) + 4 * labels)))
    assert np.quantile(scores[labels == 1], 0.1) > np.quantile(scores[labels == 0], 0.9)
    points = operating_points(labels, scores)
    assert points.low == points.high
    assert (scores[labels == 1] >= points.low).mean() == pytest.approx(points.low_sensitivity)
    assert points.low_sensitivity > 0.95 and points.high_specificity >= 0.9
