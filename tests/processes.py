"""Short runs of the training loop, here and in processes forked from one that has imported torch."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from builders import TINY
from torch import nn
from torch.utils.data import Dataset, TensorDataset

from verte_core import training
from verte_core.dataset import Item
from verte_core.distributed import Ranks, connected
from verte_core.model import FusionNet
from verte_core.training import Epoch, Optimization

QUICK = Optimization(epochs=2, batch_size=8, learning_rate=1e-3, rotation=0, scaling=0, noise=0, seed=5)
ALONE = Ranks(torch.device("cpu"))


def blobs(number: int, seed: int) -> TensorDataset:
    """Images whose label pvf is a bright block, and whose label osteo is in the clinical variables."""
    generator = torch.Generator().manual_seed(seed)
    images = 0.3 * torch.rand(number, 1, 64, 64, generator=generator)
    labels = (torch.rand(number, 2, generator=generator) < 0.5).float()
    images[labels[:, 0] == 1, :, 20:40, 20:40] += 0.6
    clinical = torch.randn(number, 3, generator=generator)
    clinical[:, 0] = 2 * labels[:, 1] - 1
    return TensorDataset(images, clinical, labels)


def run(
    out: Path,
    settings: Optimization,
    model: FusionNet,
    train: Dataset[Item],
    validation: Dataset[Item],
    ranks: Ranks = ALONE,
    report: Callable[[Epoch], None] = lambda epoch: None,
    resume: bool = False,
) -> None:
    """training.fit with a configuration that is the settings alone."""
    out.mkdir(exist_ok=True)
    configuration = dataclasses.asdict(settings)
    saved = training.read_checkpoint(out, configuration) if resume and ranks.first else None
    training.fit(model, train, validation, settings, out, report, ranks, configuration, saved)


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that calls ``target``, a function of this module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["verte_core.training", "processes"])
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def as_rank(rank: int, count: int, port: int, target: Callable[..., None], *arguments: object) -> None:
    """Call ``target`` with the Ranks of this process, connected as torchrun's would be."""
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    with connected("cpu") as ranks:
        target(ranks, *arguments)


def on_ranks(count: int, target: Callable[..., None], *arguments: object) -> None:
    """Call ``target(ranks, *arguments)`` in ``count`` processes and wait for them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [start(as_rank, rank, count, port, target, *arguments) for rank in range(count)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * count


def train_exactly(ranks: Ranks, out: Path, settings: Optimization, examples: int) -> None:
    """Train in double precision with fixed BatchNorm statistics, and save what the first rank has."""
    torch.manual_seed(0)
    model = FusionNet(dataclasses.replace(TINY, dropout=0.0)).double()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.eval()
            module.train = lambda mode=True, module=module: module  # type: ignore[method-assign]
    train, validation = (
        TensorDataset(*(tensor.double() for tensor in blobs(number, seed).tensors))
        for number, seed in ((examples, 1), (13, 2))
    )
    labels = train.tensors[2]
    labels[::3, 0] = torch.nan
    labels[1::5] = torch.nan
    epochs: list[Epoch] = []
    run(out, settings, model, train, validation, ranks, epochs.append)
    if ranks.first:
        torch.save(
            {
                "model": model.state_dict(),
                "logits": torch.from_numpy(epochs[-1].predictions.logits),
                "labels": torch.from_numpy(epochs[-1].predictions.labels),
                "history": [{**row, "seconds": 0.0} for row in epochs[-1].history],
            },
            out / "result.pt",
        )


class Deadly(Dataset[Item]):
    """``data`` whose reading kills this process with SIGKILL, the ``reads``-th time."""

    def __init__(self, data: Dataset[Item], reads: int) -> None:
        self._data, self._reads = data, reads

    def __len__(self) -> int:
        return len(self._data)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> Any:
        self._reads -= 1
        if self._reads == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._data[index]
