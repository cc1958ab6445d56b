"""What a FusionNet is built from; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt, MaxLen, MinLen

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
