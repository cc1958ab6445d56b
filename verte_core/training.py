"""The training loop: Adam on masked binary cross-entropy, the best epoch kept, resumable."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler
from tqdm import tqdm

from verte_core.dataset import Item
from verte_core.errors import DataError, OutputError
from verte_core.metrics import auroc
from verte_core.model import FusionNet
from verte_core.scoring import choose_device


@dataclass(frozen=True)
class Optimization:
    """How a run is optimised. Values that the papers leave open are marked as ours."""

    epochs: int = 100
    """At most; published."""
    epoch_examples: int | None = None
    """Examples drawn an epoch; all of the training split when None. Ours."""
    batch_size: int = 30
    """Published."""
    micro_batch: int = 30
    """Examples that go through the network at once; their gradients add up to that of the batch. Ours."""
    learning_rate: float = 1e-4
    """Of Adam; published."""
    head_learning_rate: float | None = None
    """Of all that follows the backbone; ``learning_rate`` when None. Ours: after crops, the mean over a
    whole image dilutes one vertebra some thirtyfold, and the head has to make up for it in few steps."""
    schedule: str = "constant"
    """``constant``, or ``cosine``: from the learning rate to a hundredth of it, after a linear warm-up over
    the first twentieth of the steps. Ours."""
    weight_decay: float = 1e-5
    """Of Adam; published without its value, this one is ours."""
    frozen_stages: int = 0
    """Stages of the backbone, counted from the input, that keep their weights; the stem goes with the
    first. Ours, for a short fine-tuning."""
    patience: int = 15
    """Epochs without a better mean validation AUROC before the run ends. Ours."""
    rotation: float = 15.0
    """Degrees to either side, uniform. The kind is published (2025), the magnitude is ours."""
    scaling: float = 0.15
    """Part of the size by which it grows or shrinks, uniform. The kind is published, the magnitude ours."""
    noise: float = 0.02
    """Standard deviation of Gaussian noise on images in [0, 1]. The kind is published, the magnitude ours."""
    flip: bool = False
    """Mirror half of the images left to right. Ours."""
    seed: int = 1111
    """Published."""


@dataclass(frozen=True)
class Predictions:
    """Of a whole split: logits and labels, float64 (N, tasks); NaN marks a missing label."""

    logits: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]

    def auroc(self) -> list[float]:
        """One a task; NaN where a class is missing. Labels between 0 and 1 count as the nearer of the two."""
        labels = self.labels.round()
        return [auroc(labels[:, task], self.logits[:, task]) for task in range(labels.shape[1])]


SaveEpoch = Callable[[str, dict[str, Tensor], Predictions], None]
"""Called with ``best`` or ``last``, the state dict and the validation predictions."""


def fit(
    model: FusionNet,
    train: Dataset[Item],
    validation: Dataset[Item],
    settings: Optimization,
    out: Path,
    save_epoch: SaveEpoch,
    device: str = "auto",
    resume: bool = False,
) -> None:
    """Train ``model`` and leave metrics.csv, a checkpoint, and the best and last weights in ``out``.

    Args:
        model: on the CPU; it is trained in place.
        train: items of the training split.
        validation: items of the validation split.
        settings: the optimisation.
        out: an existing folder.
        save_epoch: writes a weights file.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        resume: go on from the checkpoint in ``out`` where there is one.

    Raises:
        DataError: when the loss is not finite.
        OutputError: when the run's folder can't be written.
    """
    torch.manual_seed(settings.seed)
    target = choose_device(device)
    model.to(target).to(memory_format=torch.channels_last)
    _freeze(model, settings.frozen_stages)
    body = [parameter for parameter in model.backbone.parameters() if parameter.requires_grad]
    in_body = {id(parameter) for parameter in model.backbone.parameters()}
    head = [parameter for parameter in model.parameters() if id(parameter) not in in_body]
    groups: list[dict[str, Any]] = [
        {"params": body},
        {"params": head, "lr": settings.head_learning_rate or settings.learning_rate},
    ]
    optimizer = torch.optim.Adam(
        groups,
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )
    drawn = min(settings.epoch_examples or len(train), len(train))  # type: ignore[arg-type]
    steps = settings.epochs * math.ceil(drawn / settings.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _schedule(settings.schedule, steps))
    tasks = model.architecture.tasks
    checkpoint = out / "checkpoint.pt"
    first, best, best_epoch = 0, -math.inf, -1
    if resume and checkpoint.is_file():
        state = torch.load(checkpoint, map_location=target, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["rng"].cpu())
        first, best, best_epoch = state["epoch"] + 1, state["best"], state["best_epoch"]
    for epoch in range(first, settings.epochs):
        sampler = RandomSampler(train, num_samples=drawn)  # type: ignore[arg-type]
        loader = DataLoader(train, settings.batch_size, sampler=sampler)
        loss = _train_epoch(model, loader, optimizer, schedule, settings, target, f"epoch {epoch + 1}")
        predictions = predict(model, validation, target)
        aurocs = predictions.auroc()
        row = {"epoch": epoch + 1, "loss": round(loss, 5)} | {
            f"val_auroc_{task}": round(value, 4) for task, value in zip(tasks, aurocs, strict=True)
        }
        tqdm.write("  ".join(f"{name} {value}" for name, value in row.items()))
        mean = float(np.nanmean(aurocs)) if not np.isnan(aurocs).all() else -loss
        if mean > best:
            best, best_epoch = mean, epoch
            save_epoch("best", model.state_dict(), predictions)
        save_epoch("last", model.state_dict(), predictions)
        _append_row(out / "metrics.csv", row, fresh=epoch == 0)
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "rng": torch.get_rng_state(),
            "epoch": epoch,
            "best": best,
            "best_epoch": best_epoch,
        }
        _save_checkpoint(checkpoint, state)
        if epoch - best_epoch >= settings.patience:
            tqdm.write(
                f"No better epoch in {settings.patience}: the run ends; epoch {best_epoch + 1} is best."
            )
            break


def predict(model: FusionNet, data: Dataset[Item], device: torch.device, batch_size: int = 8) -> Predictions:
    """Logits of every item of ``data`` in order, in evaluation mode."""
    model.eval()
    logits, labels = [], []
    with torch.no_grad():
        for image, clinical, label in tqdm(DataLoader(data, batch_size), "validation", leave=False):
            image = image.to(device, memory_format=torch.channels_last)
            logits.append(model(image, clinical.to(device)).double().cpu())
            labels.append(label.double())
    return Predictions(torch.cat(logits).numpy(), torch.cat(labels).numpy())


def masked_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy summed over the labels that are not NaN, divided by ``known``, their number.

    ``known`` is of the whole batch, so that the parts of a batch add up to its mean.
    """
    mask = ~labels.isnan()
    losses = F.binary_cross_entropy_with_logits(logits, labels.nan_to_num(), reduction="none")
    return (losses * mask).sum() / known.clamp(min=1)


def augment(image: Tensor, settings: Optimization) -> Tensor:
    """Rotate, scale, maybe mirror, and add Gaussian noise, each image (N, 1, H, W) by its own draw."""
    number, _, height, width = image.shape
    device = image.device
    angle = (2 * torch.rand(number, device=device) - 1) * math.radians(settings.rotation)
    scale = 1 + (2 * torch.rand(number, device=device) - 1) * settings.scaling
    mirror = torch.ones(number, device=device)
    if settings.flip:
        mirror = torch.where(torch.rand(number, device=device) < 0.5, -mirror, mirror)
    cos, sin, zero = angle.cos() / scale, angle.sin() / scale, torch.zeros_like(angle)
    ratio = height / width
    # Normalised coordinates are not square: without the ratio a rotation would shear.
    rows = [
        torch.stack([cos * mirror, -sin * ratio, zero], 1),
        torch.stack([sin * mirror / ratio, cos, zero], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(image.shape), align_corners=False)
    moved = F.grid_sample(image, grid, align_corners=False)
    return (moved + torch.randn_like(moved) * settings.noise).clamp(0, 1)


def _train_epoch(
    model: FusionNet,
    loader: DataLoader[Item],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    settings: Optimization,
    device: torch.device,
    title: str,
) -> float:
    model.train()
    _keep_frozen_statistics(model)
    losses = []
    progress = tqdm(loader, title, unit="batch", leave=False)
    for image, clinical, label in progress:
        known = (~label.isnan()).sum().to(device)
        total = 0.0
        parts = zip(*(tensor.split(settings.micro_batch) for tensor in (image, clinical, label)), strict=True)
        for image_part, clinical_part, label_part in parts:
            moved = augment(image_part.to(device), settings).contiguous(memory_format=torch.channels_last)
            loss = masked_loss(model(moved, clinical_part.to(device)), label_part.to(device), known)
            if not torch.isfinite(loss):
                raise DataError("The loss is not finite: lower the learning rate or check the images.")
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(total)
        progress.set_postfix(loss=f"{np.mean(losses[-20:]):.4f}")
    return float(np.mean(losses))


def _frozen(model: FusionNet, stages: int) -> Sequence[nn.Module]:
    if not stages:
        return []
    backbone: Any = model.backbone
    if not hasattr(backbone, "blocks"):
        raise DataError(
            f"frozen_stages needs an EfficientNet; {model.architecture.backbone} has no such stages."
        )
    return [backbone.conv_stem, backbone.bn1, *backbone.blocks[:stages]]


def _freeze(model: FusionNet, stages: int) -> None:
    for module in _frozen(model, stages):
        module.requires_grad_(False)


def _keep_frozen_statistics(model: FusionNet) -> None:
    for module in model.backbone.modules():
        own = list(module.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
            module.eval()


def _schedule(name: str, steps: int) -> Callable[[int], float]:
    if name == "constant":
        return lambda step: 1.0
    if name != "cosine":
        raise DataError(f"The schedule must be constant or cosine, not {name!r}.")
    warm_up = max(steps // 20, 1)

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        done = (step - warm_up) / max(steps - warm_up, 1)
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

    return factor


def _append_row(path: Path, row: dict[str, Any], fresh: bool) -> None:
    try:
        with path.open("w" if fresh else "a", newline="") as file:
            writer = csv.DictWriter(file, row)
            if fresh:
                writer.writeheader()
            writer.writerow(row)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}.") from error


def _save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    part = path.with_suffix(".tmp")
    try:
        torch.save(state, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"The checkpoint {path} can't be written: {error}.") from error
