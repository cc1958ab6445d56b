"""One training run: from a configuration and a manifest to a weights file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from train.run.config import Config
from train.run.data import read_data
from train.run.description import describe
from train.run.gate import add_gate
from train.run.initial import start_of
from train.run.run_record import RunRecord
from verte_core import files
from verte_core.network import saving
from verte_core.processes import connected
from verte_core.training import checkpoint
from verte_core.training.loop import Epoch, Trainer


def fit(config: Config, manifest: Path, out: Path, resume: bool = False, device: str = "auto") -> None:
    """Train, on this process or with the others that torchrun started; leave a run's folder in ``out``.

    Its best.safetensors is the result. Several machines share a run by torchrun's own options, the same
    command on each: ``torchrun --nnodes=2 --nproc-per-node=4 --rdzv-backend=c10d --rdzv-endpoint=HOST:29500
    -m train fit ...``.

    Raises:
        VerteError: for bad data or configuration, a run that can't be resumed, another process that ended,
            or a folder that can't be written.
    """
    with connected(device, for_training=True) as ranks:
        start = start_of(config)
        data = ranks.in_turn(lambda: read_data(config, manifest))
        configuration = config.plain()
        # Readers change no result, and another machine may want another number of them.
        deciding = {**configuration, "optimization": {**configuration["optimization"], "workers": None}}
        deciding["manifest_sha256"] = data.manifest_sha256
        saved = ranks.from_first(checkpoint.read(out, deciding) if resume and ranks.first else None)
        record = RunRecord(out, config.architecture.tasks, data.validated_on)
        if ranks.first:
            record.start(configuration, data.manifest_sha256, ranks, resume)

        def report(epoch: Epoch) -> None:
            metadata = describe(config, data, start.weights, epoch.predictions)
            saving.save(out / "last.safetensors", epoch.weights, metadata)
            if epoch.best:
                files.write(out / "best.safetensors", (out / "last.safetensors").read_bytes(), public=True)
            record.add(epoch)
            tqdm.write("  ".join(f"{name} {value:.5g}" for name, value in epoch.history[-1].items()))
            tqdm.write(pace(epoch.history, config.optimization.epochs, trainer.order.drawn, ranks.device))

        def save(state: dict[str, Any]) -> None:
            checkpoint.write(out, state | {"configuration": deciding})

        parts = data.train.items, data.validation.items
        trainer = Trainer(start.model, *parts, config.optimization, ranks, data.name, data.chosen_for)
        if saved is not None:
            trainer.load_state_dict(saved)
            before = saved["configuration"]["optimization"]["epochs"]
            if ranks.first and before != config.optimization.epochs:
                print(_longer(config, before))
        trainer.train(report, save)
        if ranks.first:
            done = trainer.progress
            if config.gate is not None and config.patches is None:
                add_gate(out / "best.safetensors", config.gate, data.train, data.validation, manifest, device)
            print(f"The run ends after epoch {done.epoch}; epoch {done.best + 1} is best.")
            print(out / "best.safetensors")


def pace(history: Sequence[Mapping[str, float]], epochs: int, images: int, device: str) -> str:
    """How fast the last epoch was, how long the run may take yet, and how much of the GPU it needs.

    Args:
        history: a row of figures for every epoch so far.
        epochs: of the whole run, at most.
        images: of an epoch.
        device: of the first process.
    """
    last = history[-1]
    left = timedelta(seconds=round(last["seconds"] * max(epochs - len(history), 0)))
    said = f"{images / max(last['train_seconds'], 1e-9):.1f} images/s; at most {left} left"
    if not device.startswith("cuda"):
        return said
    peak = torch.cuda.max_memory_allocated(device) / 2**30
    return f"{said}; {peak:.1f} GiB of the GPU"


def _longer(config: Config, before: int) -> str:
    settings = config.optimization
    said = f"The run goes on to {settings.epochs} epochs; it was begun for {before}."
    if settings.schedule == "constant" and not settings.warm_up:
        return said
    return f"{said} From here its learning rate follows the schedule of the new number."
