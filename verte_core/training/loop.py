"""The training loop: Adam on masked binary cross-entropy, on one process or many, resumable at any step.

A batch is split over the processes, and the sum of their gradients is that of the whole batch.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from verte_core.errors import DataError
from verte_core.network.fusion_net import FusionNet
from verte_core.processes import Ranks
from verte_core.training import checkpoint
from verte_core.training.augmentation import augment
from verte_core.training.dataset import Item
from verte_core.training.metrics import auroc
from verte_core.training.sampling import Order, Shares, seed_of
from verte_core.training.settings import Optimization, adam, precision_of, schedule_of


@dataclass(frozen=True)
class Predictions:
    """Of a whole split: logits and labels, float64 (N, tasks); NaN marks a missing label."""

    logits: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]

    def auroc(self) -> list[float]:
        """One a task; NaN where a class is missing. Labels between 0 and 1 count as the nearer of the two."""
        labels = self.labels.round()
        return [auroc(labels[:, task], self.logits[:, task]) for task in range(labels.shape[1])]


@dataclass(frozen=True)
class Epoch:
    """What the first process hands over after every epoch.

    Attributes:
        history: a row of figures for every epoch so far, this one's last: ``epoch`` from 1, ``loss``,
            ``val_loss``, ``val_auroc`` of each task and ``val_auroc_mean`` (NaN where a class is missing),
            ``learning_rate``, and the ``seconds`` of the epoch, of which ``train_seconds`` before validation.
        best: whether this epoch is the best so far.
        weights: the model's state dict.
        predictions: of the validation split.
    """

    history: list[dict[str, float]]
    best: bool
    weights: dict[str, Tensor]
    predictions: Predictions


@dataclass
class _Progress:
    """Where a run is: complete epochs, their figures, and the batches of the next one with their losses."""

    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    @property
    def best(self) -> int:
        """Index of the best epoch: of the highest mean AUROC, or the lowest loss where there is none."""

        def merit(index: int) -> float:
            row = self.history[index]
            return -row["val_loss"] if math.isnan(row["val_auroc_mean"]) else row["val_auroc_mean"]

        return max(range(len(self.history)), key=merit, default=0)

    def finished(self, settings: Optimization) -> bool:
        """Whether there is nothing left to do."""
        return self.epoch >= settings.epochs or self.epoch - 1 - self.best >= settings.patience


def fit(
    model: FusionNet,
    train: Dataset[Item],
    validation: Dataset[Item],
    settings: Optimization,
    out: Path,
    report: Callable[[Epoch], None],
    ranks: Ranks,
    configuration: dict[str, Any],
    saved: dict[str, Any] | None = None,
    describe: Callable[[int], str] = "example {}".format,
) -> None:
    """Train ``model`` in place and keep a checkpoint in ``out``.

    Args:
        model: on the CPU; that of the first process is trained.
        train: items of the training split.
        validation: items of the validation split.
        settings: the optimisation.
        out: an existing folder.
        report: called on the first process after every epoch, before its checkpoint: a run that is killed
            in between makes the same epoch again.
        ranks: the processes of the run.
        configuration: all that decides the run, in plain types; it is kept in the checkpoint.
        saved: on the first process, the checkpoint to go on from.
        describe: names an example of ``train`` in messages.

    Raises:
        DataError: when the loss is not finite, on all processes and before the step.
        OutputError: when the checkpoint can't be written.
        VerteError: when another process has ended.
    """
    device = ranks.device
    model.to(device).to(memory_format=torch.channels_last)
    _freeze(model, settings.frozen_stages)
    optimizer = adam(model, settings)
    order = Order(len(train), settings, ranks)  # type: ignore[arg-type]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, schedule_of(settings.schedule, settings.epochs * order.steps)
    )
    precision = precision_of(settings.precision, device)
    scaler = torch.amp.GradScaler(device.type, enabled=precision is torch.float16)
    progress = _Progress()
    stateful: dict[str, Any] = {
        "model": model,
        "optimizer": optimizer,
        "schedule": schedule,
        "scaler": scaler,
    }
    model.load_state_dict(ranks.from_first(model.state_dict()))
    saved = ranks.from_first(saved)
    if saved is not None:
        for name, each in stateful.items():
            each.load_state_dict(saved[name])
        progress = _Progress(**saved["progress"])

    def save() -> None:
        if ranks.first:
            state = {name: each.state_dict() for name, each in stateful.items()}
            state |= {"progress": dataclasses.asdict(progress), "configuration": configuration}
            checkpoint.write(out, state)

    learner: nn.Module = _Learner(model)
    forward = cast(nn.Module, torch.compile(learner)) if settings.compile else learner
    gradients = _Gradients(model)
    pieces = math.ceil(math.ceil(settings.batch_size / ranks.count) / settings.micro_batch)
    loader = DataLoader(
        Shares(train),
        batch_size=None,
        sampler=order,
        num_workers=settings.workers,
        persistent_workers=settings.workers > 0,
        pin_memory=device.type == "cuda",
    )
    while not progress.finished(settings):
        started = time.monotonic()
        epoch = progress.epoch
        order.epoch, order.start = epoch, len(progress.losses)
        _learning_mode(model)
        bar = tqdm(
            loader,
            f"epoch {epoch + 1}",
            order.steps,
            initial=order.start,
            unit="batch",
            leave=False,
            disable=not ranks.first,
        )
        for batch in bar:
            step = len(progress.losses)
            torch.manual_seed(seed_of(settings.seed, "step", epoch, step, ranks.rank))
            image, clinical, labels, places = (tensor.to(device, non_blocking=True) for tensor in batch[:4])
            known, drawn = ranks.sum(
                torch.stack([(~labels.isnan()).sum(), labels.new_tensor(len(labels)).long()])
            )
            gradients.flat.zero_()
            parts = (each.tensor_split(pieces) for each in (image, clinical, labels, places, batch.seeds))
            for image_part, clinical_part, labels_part, places_part, seeds_part in zip(*parts, strict=True):
                if not len(image_part):
                    continue
                if model.clinical_branch is not None:
                    # One example has no variance: it is normalised by the running statistics.
                    model.clinical_branch.train(len(image_part) > 1)
                moved, moved_places = augment(image_part, places_part, settings, seeds_part)
                with torch.autocast(device.type, precision, enabled=precision is not torch.float32):
                    logits, shares = forward(
                        moved.contiguous(memory_format=torch.channels_last), clinical_part
                    )
                loss = masked_loss(logits.to(labels.dtype), labels_part, known)
                if places.numel():
                    loss = loss + settings.places_weight * places_loss(
                        shares.to(labels.dtype), moved_places, drawn
                    )
                scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
                gradients.loss.add_(loss.detach())
            ranks.sum(gradients.flat)
            total = gradients.loss.item()
            if not math.isfinite(total):
                names = ", ".join(describe(index) for index in order.batches()[step])
                raise DataError(
                    f"The loss is not finite at epoch {epoch + 1}, batch {step + 1}: "
                    f"lower the learning rate, or check these images: {names}."
                )
            scaler.step(optimizer)
            scaler.update()
            schedule.step()
            progress.losses.append(total)
            bar.set_postfix(loss=f"{np.mean(progress.losses[-20:]):.4f}")
            if settings.checkpoint_steps and len(progress.losses) % settings.checkpoint_steps == 0:
                _average_statistics(model, ranks)
                save()
        _average_statistics(model, ranks)
        learned = time.monotonic() - started
        predictions = predict(model, validation, ranks, settings.workers)
        row = {"epoch": epoch + 1, "loss": float(np.mean(progress.losses))}
        row |= _figures(predictions, model.architecture.tasks)
        row |= {"learning_rate": optimizer.param_groups[0]["lr"]}
        row |= {"train_seconds": learned, "seconds": time.monotonic() - started}
        progress = _Progress(epoch + 1, [*progress.history, row])
        if ranks.first:
            report(Epoch(progress.history, progress.best == epoch, model.state_dict(), predictions))
            tqdm.write("  ".join(f"{name} {value:.5g}" for name, value in row.items()))
        save()
    if ranks.first:
        tqdm.write(f"The run ends after epoch {progress.epoch}; epoch {progress.best + 1} is best.")


def predict(
    model: FusionNet, data: Dataset[Item], ranks: Ranks, workers: int = 0, batch_size: int = 8
) -> Predictions:
    """Logits of every item of ``data`` in order, in evaluation mode; each process takes its share."""
    model.eval()
    number, tasks = len(data), len(model.architecture.tasks)  # type: ignore[arg-type]
    own = range(ranks.rank, number, ranks.count)
    loader = DataLoader(
        Subset(data, own), batch_size, num_workers=workers, pin_memory=ranks.device.type == "cuda"
    )
    # Rows of the other processes stay zero, so that the sum is the whole and exact.
    logits, labels = torch.zeros(2, number, tasks, dtype=torch.float64)
    with torch.no_grad():
        rows = iter(own)
        for image, clinical, label, _ in tqdm(loader, "validation", leave=False, disable=not ranks.first):
            image = image.to(ranks.device, non_blocking=True, memory_format=torch.channels_last)
            known = [next(rows) for _ in range(len(image))]
            logits[known] = model(image, clinical.to(ranks.device, non_blocking=True)).double().cpu()
            labels[known] = label.double()
    return Predictions(ranks.sum(logits).numpy(), ranks.sum(labels).numpy())


def masked_loss(logits: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy summed over the labels that are not NaN, divided by ``known``, their number.

    ``known`` is of the whole batch, so that the parts of a batch add up to its mean.
    """
    mask = ~labels.isnan()
    losses = F.binary_cross_entropy_with_logits(logits, labels.nan_to_num(), reduction="none")
    return (losses * mask).sum() / known.clamp(min=1)


def places_loss(shares: Tensor, places: Tensor, drawn: Tensor) -> Tensor:
    """Squared error of ``shares`` (N, tasks, h, w) summed where ``places`` is not NaN, divided by ``drawn``.

    The sum over a map is then learned to tell how much there is of what it looks for, as by the density maps
    of Lempitsky and Zisserman (NIPS 2010). ``drawn`` is the number of images in the whole batch.
    """
    mask = ~places.isnan()
    return ((shares - places.nan_to_num()) ** 2 * mask).sum() / drawn


class _Learner(nn.Module):
    """Logits (N, tasks) and their shares (N, tasks, h, w) of a batch, by one pass through ``model``."""

    def __init__(self, model: FusionNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, clinical: Tensor) -> tuple[Tensor, Tensor]:
        features = self.model.encode(image)
        return self.model.classify(features, clinical), self.model.cell_contributions(features)


class _Gradients:
    """The gradients of all that learns, and the loss, in one tensor ``flat``: one sum over the processes."""

    def __init__(self, model: nn.Module) -> None:
        learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
        length = sum(parameter.numel() for parameter in learning)
        self.flat = learning[0].new_zeros(length + 1)
        self.loss = self.flat[-1]
        start = 0
        for parameter in learning:
            parameter.grad = self.flat.as_strided(parameter.shape, parameter.stride(), start)
            start += parameter.numel()


def _figures(predictions: Predictions, tasks: Sequence[str]) -> dict[str, float]:
    labels = torch.from_numpy(predictions.labels)
    loss = masked_loss(torch.from_numpy(predictions.logits), labels, (~labels.isnan()).sum())
    aurocs = predictions.auroc()
    known = [value for value in aurocs if not math.isnan(value)]
    return {
        "val_loss": loss.item(),
        **{f"val_auroc_{task}": value for task, value in zip(tasks, aurocs, strict=True)},
        "val_auroc_mean": float(np.mean(known)) if known else math.nan,
    }


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


def _learning_mode(model: FusionNet) -> None:
    model.train()
    for module in model.backbone.modules():
        if any(True for _ in module.parameters(recurse=False)) and not _learns(module):
            module.eval()


def _learns(module: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in module.parameters(recurse=False))


def _average_statistics(model: FusionNet, ranks: Ranks) -> None:
    """Give all processes the mean of their BatchNorm statistics, each of which saw other examples."""
    for module in model.modules():
        if _learns(module):
            for buffer in module.buffers(recurse=False):
                if buffer.is_floating_point():
                    ranks.sum(buffer).div_(ranks.count)
