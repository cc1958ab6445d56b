"""The network: an EfficientNet, fused with the clinical variables, split into ``encode`` and ``classify``.

Re-implemented from the description in Hong et al., J Bone Miner Res 2023;38:887 (fusion) and
2025;40:628 (image only).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, cast

import timm
import torch
from annotated_types import Ge, Le, Lt, MaxLen, MinLen
from torch import Tensor, nn

Backbone = Literal[
    "tf_efficientnet_b0",
    "tf_efficientnet_b1",
    "tf_efficientnet_b2",
    "tf_efficientnet_b3",
    "tf_efficientnet_b4",
    "tf_efficientnet_b5",
    "tf_efficientnet_b6",
    "tf_efficientnet_b7",
    "tf_efficientnetv2_b0",
    "tf_efficientnetv2_b1",
    "tf_efficientnetv2_b2",
    "tf_efficientnetv2_b3",
    "tf_efficientnetv2_s",
    "tf_efficientnetv2_m",
    "tf_efficientnetv2_l",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "test_efficientnet",
]
"""Those of timm that weights may name; another name could mean a download from a hub, or a local folder."""

Width = Annotated[int, Ge(1), Le(4096)]


@dataclass(frozen=True)
class Architecture:
    """What is needed to build a FusionNet; kept in the weights file.

    Attributes:
        tasks: names of the outputs in order, for instance ``("pvf", "osteo")``.
        backbone: Published: EfficientNet-B4.
        image_features: width k of the Linear that replaces the backbone's classifier (open in 2023,
            100 in 2025).
        clinical_hidden: widths h1 and h2 of the clinical branch (open in 2023); empty for an image-only
            model, as in 2025.
        fused_features: width of the Linear after the concatenation. Published: 100.
        dropout: of the clinical branch. Published: 0.2.
    """

    tasks: Annotated[tuple[Annotated[str, MinLen(1), MaxLen(60)], ...], MinLen(1), MaxLen(60)]
    backbone: Backbone = "tf_efficientnet_b4"
    image_features: Width = 100
    clinical_hidden: Annotated[tuple[Width, ...], MaxLen(8)] = (32, 32)
    fused_features: Width = 100
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.2


CLINICAL_VARIABLES = ("age", "sex", "bmi")
"""The order in which the clinical branch reads them; sex is 1 for F and 0 for M."""


class FusionNet(nn.Module):
    """EfficientNet over the image, an MLP over the clinical variables, one head.

    After the pooled features everything on the image's side is linear, as published: Linear to k,
    concatenation, Linear to 100, Linear to one logit a task, with no activation between the last two.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.backbone = timm.create_model(architecture.backbone, in_chans=1, num_classes=0)
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
