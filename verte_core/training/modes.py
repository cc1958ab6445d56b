"""Which parts of a network learn, and what its processes have to agree on besides gradients."""

from __future__ import annotations

from typing import Any

from torch import nn

from verte_core.errors import DataError
from verte_core.network.fusion_net import FusionNet
from verte_core.ranks import Ranks


def freeze(model: FusionNet, stages: int) -> None:
    """Keep the stem and the first ``stages`` of the backbone as they are; nothing for 0.

    Raises:
        DataError: when the backbone has no stages.
    """
    if not stages:
        return
    backbone: Any = model.backbone
    if not hasattr(backbone, "blocks"):
        raise DataError(
            f"frozen_stages needs an EfficientNet; {model.architecture.backbone} has no such stages."
        )
    for module in (backbone.conv_stem, backbone.bn1, *backbone.blocks[:stages]):
        module.requires_grad_(False)


def learning_mode(model: FusionNet) -> None:
    """Training mode, but for what is frozen: its BatchNorm statistics stay, too."""
    model.train()
    for module in model.backbone.modules():
        if any(True for _ in module.parameters(recurse=False)) and not _learns(module):
            module.eval()


def average_statistics(model: FusionNet, ranks: Ranks) -> None:
    """Give all processes the mean of their BatchNorm statistics, each of which saw other examples."""
    for module in model.modules():
        if _learns(module):
            for buffer in module.buffers(recurse=False):
                if buffer.is_floating_point():
                    ranks.sum(buffer).div_(ranks.count)


def _learns(module: nn.Module) -> bool:
    return any(parameter.requires_grad for parameter in module.parameters(recurse=False))
