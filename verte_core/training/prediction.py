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
from verte_core.processes import Ranks
from verte_core.training.dataset import Item
from verte_core.training.losses import masked_loss
from verte_core.training.metrics import auroc


@dataclass(frozen=True)
class Predictions:
    """Of a whole split: logits and labels, float64 (N, tasks); NaN marks a missing label."""

    logits: npt.NDArray[np.float64]
    labels: npt.NDArray[np.float64]

    def auroc(self) -> list[float]:
        """One a task; NaN where a class is missing. Labels between 0 and 1 count as the nearer of the two."""
        labels = self.labels.round()
        return [auroc(labels[:, task], self.logits[:, task]) for task in range(labels.shape[1])]

    def figures(self, tasks: Sequence[str]) -> dict[str, float]:
        """``val_loss``, ``val_auroc`` of each task and ``val_auroc_mean``, NaN where a class is missing."""
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
    model: FusionNet, data: Dataset[Item], ranks: Ranks, workers: int = 0, batch_size: int = 8
) -> Predictions:
    """Logits of every item of ``data`` in order, in evaluation mode; each process reads its part of them."""
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
