"""What a FusionNet is built from; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen

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
        image_dropout: before the Linear that replaces the classifier; 0.4 in the published implementation.
        drop_path: stochastic depth of the backbone; 0.2 there.
        padding_of: whose size decides the padding that keeps a convolution's output at its input's size over
            the stride: the input's own, as in timm, or that of an image of 380 pixels, to which
            efficientnet-pytorch 0.7 fixes B4.
        bn_momentum: of the backbone's BatchNorm, as torch counts it; 0.01 there.
    """

    tasks: Annotated[tuple[Annotated[str, MinLen(1), MaxLen(60)], ...], MinLen(1), MaxLen(60)]
    backbone: Backbone = "tf_efficientnet_b4"
    image_features: Width = 100
    clinical_hidden: Annotated[tuple[Width, ...], MaxLen(8)] = (32, 32)
    fused_features: Width = 100
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.2
    image_dropout: Annotated[float, Ge(0), Lt(1)] = 0.4
    drop_path: Annotated[float, Ge(0), Lt(1)] = 0.2
    bn_momentum: Annotated[float, Gt(0), Le(1)] = 0.01
    padding_of: Literal["input", "380"] = "input"


BEFORE_RECORDED = {"image_dropout": 0.0, "drop_path": 0.0, "bn_momentum": 0.1}
"""What weights were trained with whose description does not say it."""
CLINICAL_VARIABLES = ("age", "sex", "bmi")
"""The order in which the clinical branch reads them; sex is 1 for F and 0 for M."""
