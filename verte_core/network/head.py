"""What follows the encoder: pooling, the clinical branch and the linear layers, in numpy.

Everything after the pooling is linear on the image's side, so what each cell of the feature map adds to a
logit is known exactly, and Grad-CAM needs no backward. Decided in docs/adr/0002.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from verte_core.network.architecture import CLINICAL_VARIABLES, Architecture

Floats = npt.NDArray[np.float32]

IMAGE_HEAD, CLINICAL_BRANCH, HEAD = "image_head", "clinical_branch", "head"
EPSILON = np.float32(1e-5)
"""Of the clinical branch's BatchNorm, as in torch by default."""
_LAYERS = 4
"""Of the clinical branch for one width: Linear, BatchNorm, ReLU, Dropout."""


def shapes(architecture: Architecture, channels: int) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor after the encoder, whose feature map has ``channels``."""
    made: dict[str, tuple[int, ...]] = {}

    def linear(name: str, given: int, makes: int) -> None:
        made[f"{name}.weight"], made[f"{name}.bias"] = (makes, given), (makes,)

    linear(IMAGE_HEAD, channels, architecture.image_features)
    width = len(CLINICAL_VARIABLES)
    for index, hidden in enumerate(architecture.clinical_hidden):
        linear(f"{CLINICAL_BRANCH}.{index * _LAYERS}", width, hidden)
        norm = f"{CLINICAL_BRANCH}.{index * _LAYERS + 1}"
        made |= {f"{norm}.{part}": (hidden,) for part in ("weight", "bias", "running_mean", "running_var")}
        made[f"{norm}.num_batches_tracked"] = ()
        width = hidden
    fused = architecture.image_features + (width if architecture.clinical_hidden else 0)
    linear(f"{HEAD}.0", fused, architecture.fused_features)
    linear(f"{HEAD}.1", architecture.fused_features, len(architecture.tasks))
    return made


class Head:
    """From the last feature map and the clinical variables to the logits.

    Args:
        architecture: of the network.
        arrays: its tensors by name, of which those of ``shapes`` are read.
    """

    def __init__(self, architecture: Architecture, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        def read(name: str) -> Floats:
            return np.asarray(arrays[name], np.float32)

        self._clinical: list[tuple[Floats, Floats]] = []
        for index in range(len(architecture.clinical_hidden)):
            linear, norm = (f"{CLINICAL_BRANCH}.{index * _LAYERS + part}" for part in (0, 1))
            scale = read(f"{norm}.weight") / np.sqrt(read(f"{norm}.running_var") + EPSILON)
            shift = (read(f"{linear}.bias") - read(f"{norm}.running_mean")) * scale + read(f"{norm}.bias")
            self._clinical.append((read(f"{linear}.weight") * scale[:, None], shift))
        self._image = read(f"{IMAGE_HEAD}.weight"), read(f"{IMAGE_HEAD}.bias")
        self._linear = [(read(f"{HEAD}.{layer}.weight"), read(f"{HEAD}.{layer}.bias")) for layer in (0, 1)]
        (fused, _), (logits, _) = self._linear
        self._by_channel = logits @ fused[:, : architecture.image_features] @ self._image[0]

    def logits(self, features: Floats, clinical: Floats) -> Floats:
        """Feature maps (N, C, h, w) and standardised clinical variables (N, 3) -> logits (N, tasks)."""
        with np.errstate(over="ignore", invalid="ignore"):
            made = features.mean(axis=(2, 3), dtype=np.float32) @ self._image[0].T + self._image[1]
            if self._clinical:
                hidden = clinical
                for weight, shift in self._clinical:
                    hidden = np.maximum(hidden @ weight.T + shift, 0)
                made = np.concatenate([made, hidden], axis=1)
            for weight, bias in self._linear:
                made = made @ weight.T + bias
        return np.asarray(made, np.float32)

    def cell_contributions(self, features: Floats, task: int) -> Floats:
        """What each cell of a feature map (C, h, w) adds to one task's logit: (h, w).

        Exact: the class activation mapping of Zhou et al., CVPR 2016:2921.
        """
        cells = features[0].size
        return np.asarray(np.tensordot(self._by_channel[task], features, 1) / np.float32(cells), np.float32)
