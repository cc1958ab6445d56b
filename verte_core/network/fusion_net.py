"""The network: an EfficientNet, fused with the clinical variables, split into ``encode`` and ``classify``.

Re-implemented from the description in Hong et al., J Bone Miner Res 2023;38:887 (fusion) and
2025;40:628 (image only).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import timm
import torch
from torch import Tensor, nn

from verte_core.errors import WeightsError
from verte_core.network.architecture import CLINICAL_VARIABLES, Architecture


class FusionNet(nn.Module):
    """EfficientNet over the image, an MLP over the clinical variables, one head.

    After the pooled features everything on the image's side is linear, as published: Linear to k,
    concatenation, Linear to 100, Linear to one logit a task, with no activation between the last two.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = timm.create_model(
            architecture.backbone,
            in_chans=1,
            num_classes=0,
            drop_rate=architecture.image_dropout,
            drop_path_rate=architecture.drop_path,
            bn_momentum=architecture.bn_momentum,
        )
        if architecture.padding_of == "380":
            _fix_padding(self.backbone, 380)
        self.image_head = nn.Linear(self.backbone.num_features, architecture.image_features)
        layers: list[nn.Module] = []
        width = len(CLINICAL_VARIABLES)
        for hidden in architecture.clinical_hidden:
            layers += [
                nn.Linear(width, hidden),
                nn.BatchNorm1d(hidden),
                nn.ReLU(),
                nn.Dropout(architecture.dropout),
            ]
            width = hidden
        self.clinical_branch = nn.Sequential(*layers) if layers else None
        fused = architecture.image_features + (width if layers else 0)
        self.head = nn.Sequential(
            nn.Linear(fused, architecture.fused_features),
            nn.Linear(architecture.fused_features, len(architecture.tasks)),
        )

    def encode(self, image: Tensor) -> Tensor:
        """Images (N, 1, H, W), float in [0, 1] -> last feature map (N, C, H/32, W/32): the slow part."""
        return cast(Tensor, self.backbone.forward_features(image))

    def classify(self, features: Tensor, clinical: Tensor) -> Tensor:
        """Feature map (N, C, h, w) and standardised clinical variables (N, 3) -> logits (N, tasks)."""
        fused = self.image_head(self.backbone.forward_head(features, pre_logits=True))
        if self.clinical_branch is not None:
            fused = torch.cat([fused, self.clinical_branch(clinical)], dim=1)
        return cast(Tensor, self.head(fused))

    def cell_contributions(self, features: Tensor) -> Tensor:
        """What each cell of a feature map (N, C, h, w) adds to the logits: (N, tasks, h, w).

        Exact, since all that follows the pooling is linear on the image's side: the class activation mapping
        of Zhou et al., CVPR 2016:2921.
        """
        k = self.architecture.image_features
        fused, logits = cast(nn.Linear, self.head[0]), cast(nn.Linear, self.head[1])
        weight = logits.weight @ fused.weight[:, :k] @ self.image_head.weight
        return torch.einsum("tc,nchw->nthw", weight, features) / features[0, 0].numel()

    def forward(self, image: Tensor, clinical: Tensor) -> Tensor:
        """``classify(encode(image), clinical)``: logits (N, tasks)."""
        return self.classify(self.encode(image), clinical)


def _fix_padding(backbone: nn.Module, size: int) -> None:
    """Give every convolution of a stride the padding that it needs at an image of ``size``."""
    for name, module in list(backbone.named_modules()):
        if not isinstance(module, nn.Conv2d) or module.stride == (1, 1):
            continue
        kernel, stride = module.kernel_size[0], module.stride[0]
        total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
        if total % 2 == 0:
            fixed = nn.Conv2d(
                module.in_channels,
                module.out_channels,
                kernel,
                stride,
                padding=total // 2,
                groups=module.groups,
                bias=module.bias is not None,
            )
            parent, _, own = name.rpartition(".")
            setattr(backbone.get_submodule(parent), own, fixed)
        # An odd one is added below and to the right, as timm does of itself at an even size.
        size = math.ceil(size / stride)


def unfilled(architecture: Architecture) -> FusionNet:
    """A network whose tensors have no memory: to ask what it consists of."""
    with torch.device("meta"):
        return FusionNet(architecture)


def filled(architecture: Architecture, arrays: Mapping[str, npt.NDArray[Any]]) -> FusionNet:
    """A network with a weights file's tensors, in single precision and evaluation mode, on the CPU.

    Raises:
        WeightsError: when they are not those of the architecture.
    """
    model = unfilled(architecture)
    try:
        model.load_state_dict(state_dict(arrays), assign=True)
    except RuntimeError as error:
        raise WeightsError(
            f"The weights' tensors and graph are not those of their architecture, {architecture.backbone}."
        ) from error
    return model.eval()


def state_dict(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Tensor]:
    """A weights file's tensors in torch, floats in single precision."""
    return {
        name: torch.from_numpy(np.array(each, np.float32 if each.dtype.kind == "f" else each.dtype))
        for name, each in arrays.items()
    }
