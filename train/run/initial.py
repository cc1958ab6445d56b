"""The network before its first step."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor

from train.run.config import Config
from verte_core.errors import DataError
from verte_core.network.architecture import BEFORE_RECORDED, Architecture
from verte_core.network.fusion_net import FusionNet, state_dict
from verte_core.network.weights import Weights, load

IMAGENET = "imagenet"


@dataclass(frozen=True)
class Start:
    """A network before its first step, and the weights file of ours that it goes on from, if any."""

    model: FusionNet
    weights: Weights | None = None


def start_of(config: Config) -> Start:
    """The network that ``config.init`` names, its fresh parts drawn by the run's seed.

    Raises:
        VerteError: when the starting weights can't be had or do not fit.
    """
    torch.manual_seed(config.optimization.seed)
    model = FusionNet(config.architecture)
    source, _, file = config.init.partition(":")
    if source == IMAGENET:
        model.backbone.load_state_dict(_imagenet(config.architecture.backbone, config.imagenet_tag, file))
    elif config.init != "random":
        start = load(Path(config.init))
        theirs = start.metadata.architecture
        if _built(theirs) != _built(config.architecture):
            raise DataError(f"{config.init} has another architecture than this configuration.")
        model.load_state_dict(_head_by_task(state_dict(start.arrays), theirs.tasks, model))
        return Start(model, start)
    return Start(model)


def _built(architecture: Architecture) -> dict[str, Any]:
    """What decides the tensors of an architecture, but for its tasks."""
    values = dataclasses.asdict(architecture)
    return {
        name: value for name, value in values.items() if name not in ("tasks", "dropout", *BEFORE_RECORDED)
    }


def _imagenet(backbone: str, tag: str, file: str) -> dict[str, Tensor]:
    """timm's weights of a backbone for one input channel, from its hub or from a local ``file``."""
    overlay = {"file": file, "custom_load": False} if file else None
    try:
        model = timm.create_model(
            backbone if file else f"{backbone}.{tag}",
            pretrained=True,
            pretrained_cfg_overlay=overlay,
            in_chans=1,
            num_classes=0,
        )
    except Exception as error:  # timm and its hub raise many kinds; all mean the same to the user
        raise DataError(
            f"ImageNet weights ({tag}) of {backbone} can't be had from {file or 'the hub of timm'}. Use "
            "init=random, init=imagenet:FILE with a checkpoint of timm's, or init=FILE with a weights file "
            "of ours. "
            f"Cause: {str(error).rstrip('.')}."
        ) from error
    state: dict[str, Tensor] = model.state_dict()
    return state


def _head_by_task(tensors: dict[str, Tensor], theirs: tuple[str, ...], model: FusionNet) -> dict[str, Tensor]:
    """``tensors`` with the rows of the last layer in the order of the model's tasks, fresh for new ones."""
    changed = dict(tensors)
    for name in ("head.1.weight", "head.1.bias"):
        rows = model.state_dict()[name].clone()
        for index, task in enumerate(model.architecture.tasks):
            if task in theirs:
                rows[index] = tensors[name][theirs.index(task)]
        changed[name] = rows
    return changed
