"""What a network says of a whole split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from verte_core.network.fusion_net import FusionNet
from verte_core.ranks import Ranks
from verte_core.results import sigmoid
from verte_core.training.dataset import Item
from verte_core.training.losses import masked_loss
from verte_core.training.metrics import auroc
from verte_core.training.people import Array, by_person


@dataclass(frozen=True)
class Predictions:
    """Of a whole split.

    Attributes:
        logits: float64 (N, tasks).
        labels: float64 (N, tasks); NaN marks a missing one.
        people: (N,), whose each item is; None where every item stands for itself.
    """

    logits: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]
    people: Sequence[str] | None = None

    def by_person(self) -> tuple[Array, Array]:
        """Scores in 0..1 and labels of the P people, each (P, tasks): what thresholds and epochs go by."""
        scores = np.vectorize(sigmoid, otypes=[np.float64])(self.logits)
        return (scores, self.labels) if self.people is None else by_person(self.people, scores, self.labels)

    def auroc(self) -> list[float]:
        """Of people, one a task; NaN where a class is missing.

        Labels between 0 and 1 count as the nearer of the two.
        """
        scores, labels = self.by_person()
        return [auroc(labels[:, task].round(), scores[:, task]) for task in range(labels.shape[1])]

    def figures(self, tasks: Sequence[str]) -> dict[str, float]:
        """``val_loss`` of images; ``val_auroc`` of each task and ``val_auroc_mean`` of people, NaN where a
        class is missing.
        """
        labels = torch.from_numpy(self.labels)
        loss = masked_loss(torch.from_numpy(self.logits), labels, (~labels.isnan()).sum())
        aurocs = self.auroc()
        known = [value for value in aurocs if not math.isnan(value)]
        return {
            "val_loss": loss.item(),
            **{f"val_auroc_{task}": value for task, value in zip(tasks, aurocs, strict=True)},
            "val_auroc_mean": float(np.mean(known)) if known else math.nan,
        }


def predict(
    model: FusionNet,
    data: Dataset[Item],
    ranks: Ranks,
    workers: int = 0,
    batch_size: int = 8,
    people: Sequence[str] | None = None,
) -> Predictions:
    """Logits of every item of ``data`` in order, in evaluation mode; each process reads its part of them.

    ``people`` are those of ``Predictions``.
    """
    model.eval()
    number, tasks = len(data), len(model.architecture.tasks)  # type: ignore[arg-type]
    own = range(ranks.rank, number, ranks.count)
    loader = DataLoader(
        Subset(data, own), batch_size, num_workers=workers, pin_memory=ranks.device.startswith("cuda")
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
    return Predictions(ranks.sum(logits).numpy(), ranks.sum(labels).numpy(), people)
