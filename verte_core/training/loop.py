"""The training loop: masked binary cross-entropy, on one process or many, resumable at any step.

A batch is split over the processes, and the sum of their gradients is that of the whole batch.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from verte_core.errors import DataError
from verte_core.network.fusion_net import FusionNet
from verte_core.ranks import Ranks
from verte_core.training.augmentation import augment
from verte_core.training.dataset import Item
from verte_core.training.losses import cell_loss, masked_loss
from verte_core.training.modes import average_statistics, freeze, learning_mode
from verte_core.training.prediction import Predictions, predict
from verte_core.training.sampling import Batch, Order, RankBatches, seed_of
from verte_core.training.settings import Optimization, optimizer_of, precision_of, schedule_of


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
class Progress:
    """Where a run is: complete epochs, their figures, and the losses of the next one's batches so far."""

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


class Trainer:
    """A network that learns, with all that moves it, on one of the processes of a run.

    Every process makes one of the same arguments and calls the same methods.

    Args:
        model: on the CPU; that of the first process is trained, in place.
        train: items of the training split.
        validation: items of the validation split.
        settings: the optimisation.
        ranks: the processes of the run.
        name_of: names an example of ``train``, by its index, in messages.
        people: whose each item of ``validation`` is: the best epoch is that of the best figures of people.
            None where every item stands for itself.

    Raises:
        DataError: when the settings do not suit the network.
        VerteError: here and in every method, when another process has ended.
    """

    def __init__(
        self,
        model: FusionNet,
        train: Dataset[Item],
        validation: Dataset[Item],
        settings: Optimization,
        ranks: Ranks,
        name_of: Callable[[int], str] = "example {}".format,
        people: Sequence[str] | None = None,
    ) -> None:
        self.model, self.validation, self.name_of, self.people = model, validation, name_of, people
        self.settings, self.ranks, self.device = settings, ranks, torch.device(ranks.device)
        model.to(self.device).to(memory_format=torch.channels_last)
        model.load_state_dict(ranks.from_first(model.state_dict()))
        freeze(model, settings.frozen_stages)
        self.gradients = _Gradients(model)
        self.order = Order(len(train), settings, ranks)  # type: ignore[arg-type]
        self.loader = DataLoader(
            RankBatches(train),
            batch_size=None,
            sampler=self.order,
            num_workers=settings.workers,
            persistent_workers=settings.workers > 0,
            pin_memory=self.device.type == "cuda",
        )
        self.pieces = math.ceil(math.ceil(settings.batch_size / ranks.count) / settings.micro_batch)
        self.optimizer = optimizer_of(model, settings)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            schedule_of(settings.schedule, settings.epochs * self.order.steps, settings.warm_up),
        )
        self.precision = precision_of(settings.precision, self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision is torch.float16)
        self.progress = Progress()

    def state_dict(self) -> dict[str, Any]:
        """All that ``load_state_dict`` needs to go on from here, bit by bit."""
        stateful = {name: each.state_dict() for name, each in self._stateful().items()}
        return stateful | {"progress": dataclasses.asdict(self.progress)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken, of a run of the same settings and data."""
        for name, each in self._stateful().items():
            each.load_state_dict(state[name])
        self.progress = Progress(**state["progress"])

    def _stateful(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "scaler": self.scaler,
        }

    def train(
        self, report: Callable[[Epoch], None], save: Callable[[dict[str, Any]], None] = lambda state: None
    ) -> None:
        """Train until the last epoch, or until none was better for long enough.

        Args:
            report: called on the first process after every epoch, before its checkpoint: a run that is killed
                in between makes the same epoch again.
            save: called on the first process with the state at every checkpoint.

        Raises:
            DataError: when the loss is not finite, on all processes and before the step.
        """
        while not self.progress.finished(self.settings):
            started = time.monotonic()
            epoch = self.progress.epoch
            self._train_epoch(save)
            learned = time.monotonic() - started
            predictions = predict(
                self.model, self.validation, self.ranks, self.settings.workers, people=self.people
            )
            row = {"epoch": epoch + 1, "loss": float(np.mean(self.progress.losses))}
            row |= predictions.figures(self.model.architecture.tasks)
            row |= {"learning_rate": self.optimizer.param_groups[0]["lr"]}
            row |= {"train_seconds": learned, "seconds": time.monotonic() - started}
            self.progress = progress = Progress(epoch + 1, [*self.progress.history, row])
            if self.ranks.first:
                best = progress.best == epoch
                report(Epoch(progress.history, best, self.model.state_dict(), predictions))
                save(self.state_dict())

    def _train_epoch(self, save: Callable[[dict[str, Any]], None]) -> None:
        """The batches of this epoch that are not yet learned."""
        losses, every = self.progress.losses, self.settings.checkpoint_steps
        self.order.epoch, self.order.start = self.progress.epoch, len(losses)
        learning_mode(self.model)
        bar = tqdm(
            self.loader,
            f"epoch {self.progress.epoch + 1}",
            self.order.steps,
            initial=self.order.start,
            unit="batch",
            leave=False,
            disable=not self.ranks.first,
        )
        for batch in bar:
            losses.append(self.train_step(batch))
            bar.set_postfix(loss=f"{np.mean(losses[-20:]):.4f}")
            if every and len(losses) % every == 0:
                average_statistics(self.model, self.ranks)
                if self.ranks.first:
                    save(self.state_dict())
        average_statistics(self.model, self.ranks)

    def train_step(self, batch: Batch) -> float:
        """One step of the optimizer, on this process's part of a batch; the mean loss of the whole batch.

        Raises:
            DataError: when the loss is not finite, on all processes and before the step.
        """
        self._seed_dropout()
        batch = batch.to(self.device)
        known, drawn = self.ranks.sum(
            torch.stack([(~batch.labels.isnan()).sum(), batch.labels.new_tensor(len(batch.labels)).long()])
        )
        self.gradients.flat.zero_()
        for part in batch.split(self.pieces):
            loss = self._loss(part, known, drawn)
            self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            self.gradients.loss.add_(loss.detach())
        self.ranks.sum(self.gradients.flat)
        total = self.gradients.loss.item()
        if not math.isfinite(total):
            raise self._not_finite()
        if self.settings.gradient_clip is not None:
            self.scaler.unscale_(self.optimizer)
            self.gradients.clip(self.settings.gradient_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.schedule.step()
        return total

    def _loss(self, part: Batch, known: Tensor, drawn: Tensor) -> Tensor:
        """What a part adds to the mean loss of a batch of ``known`` labels and ``drawn`` images."""
        model, labels = self.model, part.labels
        if model.clinical_branch is not None:
            # One example has no variance: it is normalised by the running statistics.
            model.clinical_branch.train(len(labels) > 1)
        image, targets = augment(part.image, part.cell_targets, self.settings, part.seeds)
        with torch.autocast(self.device.type, self.precision, enabled=self.precision is not torch.float32):
            features = model.encode(image.contiguous(memory_format=torch.channels_last))
            logits = model.classify(features, part.clinical)
            contributions = model.cell_contributions(features) if targets.numel() else None
        taught = self.settings.label_smoothing, self.settings.focal_gamma
        loss = masked_loss(logits.to(labels.dtype), labels, known, *taught)
        if contributions is not None:
            error = cell_loss(contributions.to(labels.dtype), targets, drawn)
            loss = loss + self.settings.cell_target_weight * error
        return loss

    def _seed_dropout(self) -> None:
        epoch, step = self.progress.epoch, len(self.progress.losses)
        torch.manual_seed(seed_of(self.settings.seed, "step", epoch, step, self.ranks.rank))

    def _not_finite(self) -> DataError:
        step = len(self.progress.losses)
        names = ", ".join(self.name_of(index) for index in self.order.batches()[step])
        return DataError(
            f"The loss is not finite at epoch {self.progress.epoch + 1}, batch {step + 1}: "
            f"lower the learning rate, or check these images: {names}."
        )


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

    def clip(self, norm: float) -> None:
        """Cut gradients that are longer, all by one factor."""
        own = self.flat[:-1]
        own.mul_((norm / own.norm().clamp(min=1e-12)).clamp(max=1.0))
