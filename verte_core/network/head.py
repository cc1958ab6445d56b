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
AFTER_ENCODER = (IMAGE_HEAD, CLINICAL_BRANCH, HEAD)
"""How the names of the tensors after the encoder begin."""
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

    Attributes:
        by_channel: (tasks, C), what a feature map's mean in each channel adds to each logit.
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
        width = architecture.image_features
        self.by_channel: Floats = np.asarray(logits @ fused[:, :width] @ self._image[0], np.float32)
        self._of_clinical = logits @ fused[:, width:]

    def logits(self, features: Floats, clinical: Floats) -> Floats:
        """Feature maps (N, C, h, w) and standardised clinical variables (N, 3) -> logits (N, tasks)."""
        with np.errstate(over="ignore", invalid="ignore"):
            made = features.mean(axis=(2, 3), dtype=np.float32) @ self._image[0].T + self._image[1]
            if self._clinical:
                made = np.concatenate([made, self._branch(clinical)], axis=1)
            for weight, bias in self._linear:
                made = made @ weight.T + bias
        return np.asarray(made, np.float32)

    def cell_contributions(self, features: Floats, task: int) -> Floats:
        """What each cell of a feature map (C, h, w) adds to one task's logit: (h, w).

        Exact: the class activation mapping of Zhou et al., CVPR 2016:2921.
        """
        cells = features[0].size
        return np.asarray(np.tensordot(self.by_channel[task], features, 1) / np.float32(cells), np.float32)

    def clinical_part(self, clinical: Floats) -> Floats:
        """What standardised clinical variables (N, 3) add to the logits: (N, tasks); else zeros."""
        if not self._clinical:
            return np.zeros((len(clinical), len(self.by_channel)), np.float32)
        return np.asarray(self._branch(clinical) @ self._of_clinical.T, np.float32)

    def _branch(self, clinical: Floats) -> Floats:
        hidden = clinical
        for weight, shift in self._clinical:
            hidden = np.asarray(np.maximum(hidden @ weight.T + shift, 0), np.float32)
        return hidden
