"""Speed of training from real files beside tensors in memory and a plain loop, and what one process holds."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from pathlib import Path

import torch
from torch.utils.data import Dataset

from train.simulator import simulate
from verte_core.devices import Device, choose_device
from verte_core.network.architecture import Architecture
from verte_core.network.fusion_net import FusionNet
from verte_core.preprocess import DEFAULT
from verte_core.ranks import Ranks
from verte_core.results import TASKS
from verte_core.training import dataset
from verte_core.training.augmentation import augment
from verte_core.training.dataset import Item, Radiographs
from verte_core.training.image_cache import CACHE_FOLDER, cached_images
from verte_core.training.loop import Epoch, Trainer
from verte_core.training.settings import Optimization

PEOPLE = 12
STEPS = {"cuda": 30}
"""Few elsewhere, where one takes seconds."""
ROUNDS = 2
BATCH = {"cuda": 30}
"""Published on a GPU; a small one elsewhere, where a step of 30 takes a minute."""
READERS = {"cuda": 8}
"""Processes that read ahead; none elsewhere, where all cores compute."""


class InMemory(Dataset[Item]):
    """Items that are there already."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Item:
        return self._items[index]


def main() -> None:
    """Print the figures as JSON."""
    device = choose_device("auto")
    batch, steps = BATCH.get(device, 6), STEPS.get(device, 2)
    with tempfile.TemporaryDirectory() as folder:
        manifest = simulate(Path(folder) / "cohort", PEOPLE, seed=1, progress=False)
        examples = dataset.read_manifest(manifest).examples
        started = time.perf_counter()
        images = cached_images(
            [each.path for each in examples], DEFAULT["radiograph"], manifest.with_name(CACHE_FOLDER)
        )
        cache_seconds = time.perf_counter() - started
        statistics = dataset.clinical_statistics(examples)
        real = Radiographs(examples, images, statistics, tuple(TASKS))
        memory = InMemory([real[index] for index in range(len(real))])
        number = steps * batch
        rates: dict[str, list[float]] = {"files": [], "memory": [], "plain": []}
        # One round more, whose figures are not kept: the first steps reserve memory.
        for round_number in range(ROUNDS + 1):
            found = {
                "files": _ours(real, number, batch, device),
                "memory": _ours(memory, number, batch, device),
                "plain": _plain(memory, steps, batch, device),
            }
            for name, taken in found.items() if round_number else ():
                rates[name].append(number / taken)
        best = {name: max(values) for name, values in rates.items()}
        figures = {f"{name}_images_s": value for name, value in best.items()} | {
            "cache_images_s": len(examples) / cache_seconds,
            "batch": batch,
            "device": device,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        if device == "cuda":
            figures["gpu_peak_mib"] = torch.cuda.max_memory_allocated() / 2**20
        print(json.dumps(figures))


class _Times(Dataset[Item]):
    """Repeats a data set to the length of the run."""

    def __init__(self, data: Dataset[Item], length: int) -> None:
        self._data, self._length = data, length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Item:
        return self._data[index % len(self._data)]  # type: ignore[arg-type]


def _ours(data: Dataset[Item], number: int, batch: int, device: Device) -> float:
    """Seconds of the last epoch of ``number`` images; readers start in one before it."""
    readers = READERS.get(device, 0)
    epochs = 2 if readers else 1
    settings = Optimization(epochs=epochs, batch_size=batch, micro_batch=batch, workers=readers)
    seconds = []

    def report(epoch: Epoch) -> None:
        seconds.append(epoch.history[-1]["train_seconds"])

    model = FusionNet(Architecture(tasks=tuple(TASKS)))
    Trainer(model, _Times(data, number), _Times(data, 1), settings, Ranks(device)).train(report)
    return seconds[-1]


def _plain(data: Dataset[Item], steps: int, batch: int, device: Device) -> float:
    """The loop that one writes first: autocast, loss, backward, step, and the same augmentation."""
    model = FusionNet(Architecture(tasks=tuple(TASKS))).to(device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, weight_decay=1e-5)
    settings = Optimization()
    image, clinical, labels, targets = (
        torch.stack(parts) for parts in zip(*_first(data, batch), strict=True)
    )
    seeds = torch.arange(batch)
    cuda = device == "cuda"
    model.train()
    started = time.perf_counter()
    for _ in range(steps):
        moved, _ = augment(image.to(device), targets, settings, seeds)
        with torch.autocast(device, torch.bfloat16, enabled=cuda):
            logits = model(moved.contiguous(memory_format=torch.channels_last), clinical.to(device))
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), labels.to(device))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss.item()
    return time.perf_counter() - started


def _first(data: Dataset[Item], number: int) -> list[Item]:
    return [data[index % len(data)] for index in range(number)]  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
