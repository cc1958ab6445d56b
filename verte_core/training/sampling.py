"""What each process reads of every batch.

Every draw is seeded by what it is for (the run's seed, epoch, example), so that the number of processes and
loader workers does not change it, and a resumed run needs no more than its place.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler, default_collate

from verte_core.ranks import Ranks
from verte_core.training.dataset import Item
from verte_core.training.settings import Optimization


def seed_of(*purpose: object) -> int:
    """For torch, of 63 bits."""
    return int.from_bytes(hashlib.sha256(repr(purpose).encode()).digest()[:8], "big") >> 1


class Batch(NamedTuple):
    """A process's part of a batch, or a part of that: images (N, 1, H, W), the rest of their items, seeds."""

    image: Tensor
    clinical: Tensor
    labels: Tensor
    cell_targets: Tensor
    seeds: Tensor
    """(N,), of what is drawn for each image; on the CPU."""

    def to(self, device: torch.device) -> Batch:
        """The same on ``device``."""
        image, clinical, labels, cell_targets = (tensor.to(device, non_blocking=True) for tensor in self[:4])
        return Batch(image, clinical, labels, cell_targets, self.seeds)

    def split(self, pieces: int) -> list[Batch]:
        """At most ``pieces`` parts, as even as can be, none of them empty."""
        parts = zip(*(tensor.tensor_split(pieces) for tensor in self), strict=True)
        return [Batch(*part) for part in parts if len(part[0])]


class Order(Sampler[list[tuple[int, int]]]):
    """Of every batch of ``epoch`` from ``start``, this process's part as (index, seed of its draws)."""

    def __init__(self, length: int, settings: Optimization, ranks: Ranks) -> None:
        self._length, self._settings, self._ranks = length, settings, ranks
        self.drawn = min(settings.epoch_examples or length, length)
        self.steps = math.ceil(self.drawn / settings.batch_size)
        self.epoch = self.start = 0

    def batches(self) -> list[list[int]]:
        """Indices of the whole batches, the same on all processes."""
        generator = torch.Generator().manual_seed(seed_of(self._settings.seed, "order", self.epoch))
        drawn = torch.randperm(self._length, generator=generator)[: self.drawn]
        return [each.tolist() for each in torch.split(drawn, self._settings.batch_size)]

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        for batch in self.batches()[self.start :]:
            own = batch[self._ranks.rank :: self._ranks.count]
            yield [(index, seed_of(self._settings.seed, "example", self.epoch, index)) for index in own]


class RankBatches(Dataset[Batch]):
    """This process's parts of batches, also empty ones, with torch seeded before each item is read."""

    def __init__(self, data: Dataset[Item]) -> None:
        self._data = data

    def __getitem__(self, own: list[tuple[int, int]]) -> Batch:
        items = []
        for index, seed in own or [(0, 0)]:
            torch.manual_seed(seed)
            items.append((*self._data[index], seed))
        # A process without a part needs the shapes all the same.
        return Batch(*(tensor[: len(own)] for tensor in default_collate(items)))
