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

from verte_core.errors import VerteError
from verte_core.network.fusion_net import FusionNet
from verte_core.processes import connected
from verte_core.ranks import Ranks
from verte_core.training import checkpoint
from verte_core.training.dataset import Item
from verte_core.training.loop import Epoch, Trainer
from verte_core.training.settings import Optimization

QUICK = Optimization(epochs=2, batch_size=8, learning_rate=1e-3, rotation=0, scaling=0, noise=0, seed=5)
ALONE = Ranks("cpu")


def blobs(number: int, seed: int) -> TensorDataset:
    """Images whose label pvf is a bright block, and whose label osteo is in the clinical variables."""
    generator = torch.Generator().manual_seed(seed)
    images = 0.3 * torch.rand(number, 1, 64, 64, generator=generator)
    labels = (torch.rand(number, 2, generator=generator) < 0.5).float()
    images[labels[:, 0] == 1, :, 20:40, 20:40] += 0.6
    clinical = torch.randn(number, 3, generator=generator)
    clinical[:, 0] = 2 * labels[:, 1] - 1
    return TensorDataset(images, clinical, labels, torch.empty(number, 2, 0, 0))


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
    """A whole training with checkpoints in ``out``, whose configuration is the settings alone."""
    out.mkdir(exist_ok=True)
    configuration = dataclasses.asdict(settings)
    saved = ranks.from_first(checkpoint.read(out, configuration) if resume and ranks.first else None)
    trainer = Trainer(model, train, validation, settings, ranks)
    if saved is not None:
        trainer.load_state_dict(saved)
    trainer.train(report, lambda state: checkpoint.write(out, state | {"configuration": configuration}))


def start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A process that calls ``target``, a function of this module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["verte_core.training.loop", "verte_core.batch.run", "processes"])
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


def on_ranks(count: int, target: Callable[..., None], *arguments: object) -> list[int | None]:
    """Call ``target(ranks, *arguments)`` in ``count`` processes and return their exit statuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [start(as_rank, rank, count, port, target, *arguments) for rank in range(count)]
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


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
    images, clinical, labels, _ = train.tensors
    labels[::3, 0] = torch.nan
    labels[1::5] = torch.nan
    cell_targets = torch.full((examples, 2, 2, 2), torch.nan, dtype=torch.float64)
    cell_targets[:, 0] = labels[:, 0, None, None]
    train = TensorDataset(images, clinical, labels, cell_targets)
    epochs: list[Epoch] = []
    run(out, settings, model, train, validation, ranks, epochs.append)
    if ranks.first:
        torch.save(
            {
                "model": model.state_dict(),
                "logits": torch.from_numpy(epochs[-1].predictions.logits),
                "labels": torch.from_numpy(epochs[-1].predictions.labels),
                "history": [{**row, "train_seconds": 0.0, "seconds": 0.0} for row in epochs[-1].history],
            },
            out / "result.pt",
        )


def take_turns(ranks: Ranks, out: Path) -> None:
    """Each process adds its rank to a file in its turn, and hears a word of the first."""

    def job() -> str:
        with (out / "turns").open("a") as file:
            file.write(f"{ranks.rank}\n")
        return (out / "turns").read_text()

    assert ranks.in_turn(job).startswith("0\n")
    assert ranks.from_first(f"from {ranks.rank}") == "from 0"


def lose_one(ranks: Ranks, out: Path) -> None:
    """Of two processes the second is killed between two sums; the first notes what it is told."""
    ranks.sum(torch.ones(1000))
    if not ranks.first:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        ranks.sum(torch.ones(1000))
    except VerteError as error:
        (out / "told").write_text(str(error))
        raise


MORTAL = dataclasses.replace(QUICK, epochs=3, batch_size=4, checkpoint_steps=3, noise=0.05, flip=True)


def live(ranks: Ranks, out: Path, moment: str) -> None:
    """One life of a run of 3 epochs of 5 steps: dies at ``moment``, such as the second ``report 2``."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    kind, _, number = moment.partition(" ")
    left = int(number or 0)

    def maybe_die(now: str) -> None:
        nonlocal left
        left -= now == kind
        if now == kind and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Deadly(TensorDataset):
        def __getitem__(self, index: int) -> Any:
            maybe_die("read")
            return super().__getitem__(index)

    def deadly_save(state: object, file: Any, **options: bool) -> None:
        if options:  # a tensor on its way to another process
            return save(state, file, **options)
        file.write(b"half a checkpoint")
        maybe_die("save")
        file.seek(0)
        save(state, file)

    save, torch.save = torch.save, deadly_save
    model = FusionNet(TINY)
    epochs: list[Epoch] = []

    def report(epoch: Epoch) -> None:
        maybe_die("report")
        epochs.append(epoch)

    train = Deadly(*blobs(20, 1).tensors)
    run(out, MORTAL, model, train, blobs(12, 2), ranks, report, resume=True)
    if ranks.first:
        rows = [row["epoch"] for row in epochs[-1].history]
        save({"model": model.state_dict(), "epochs": rows}, out / "result.pt")
