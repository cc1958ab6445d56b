"""Which engine computes the encoder of a weights file on a device.

ONNX Runtime where the file has a graph, torch where it has none or the device is torch's. The engines are
imported once they are needed: torch takes seconds.
"""

from __future__ import annotations

from threading import Lock
from typing import Protocol

import numpy as np
import numpy.typing as npt

from verte_core.devices import Device, torch_sees_cuda
from verte_core.errors import WeightsError
from verte_core.network.weights import Weights

Floats = npt.NDArray[np.float32]

TOLERANCE = 1e-3
"""Greatest difference between the features of a GPU and of the CPU, relative to the greatest feature: sums in
another order make some 1e-4 on a radiograph."""


class Encoder(Protocol):
    """The encoder of one weights file on one device; it may be used from several threads.

    Attributes:
        engine: its name and version, for a reader.
        device: where it computes.
    """

    engine: str
    device: Device

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        """Images (N, 1, 1024, 512), float32 in [0, 1] -> last feature maps (N, C, h, w).

        ``beside_others`` says that other calls run at the same time, so that a CPU takes few cores for each.

        Raises:
            MemoryError: when there is not enough.
            UnfaithfulError: when a GPU gives other features than the CPU.
            WeightsError: when the engine refuses the weights.
        """


class UnfaithfulError(Exception):
    """A GPU gives other features than the CPU; the message says by how much."""


def encoder(weights: Weights, device: Device) -> Encoder:
    """The encoder of a weights file on a device that ``devices.choose_device`` gave.

    Raises:
        MemoryError: when there is not enough.
        WeightsError: when no engine that is installed can compute the file there.
    """
    kind = device.partition(":")[0]
    if kind == "cpu":
        return _in_torch(weights, device) if weights.graph is None else _in_onnx_runtime(weights, device)
    if kind == "mps" or (kind == "cuda" and torch_sees_cuda()):
        return _Compared(_in_torch(weights, device), weights)
    if weights.graph is None:
        raise WeightsError(
            f"The weights {weights.metadata.name} carry no graph of their encoder, so only PyTorch can "
            f"compute them, which has no device {device!r} here; add --device cpu."
        )
    return _Compared(_in_onnx_runtime(weights, device), weights)


def _in_onnx_runtime(weights: Weights, device: Device) -> Encoder:
    from verte_core.network.onnx_encoder import OnnxEncoder

    return OnnxEncoder(weights, device)


def _in_torch(weights: Weights, device: Device) -> Encoder:
    from verte_core.network.torch_encoder import TorchEncoder

    return TorchEncoder(weights, device)


class _Compared:
    """An encoder on a GPU, whose first image the CPU does as well: a driver may compute something else."""

    def __init__(self, own: Encoder, weights: Weights) -> None:
        self.engine, self.device = own.engine, own.device
        self._own, self._weights = own, weights
        self._comparing, self._is_compared = Lock(), False

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        features = self._own.encode(images, beside_others)
        with self._comparing:
            if not self._is_compared:
                self._compare(features[:1], encoder(self._weights, "cpu").encode(images[:1]))
                self._is_compared = True
        return features

    def _compare(self, features: Floats, expected: Floats) -> None:
        difference, greatest = float(np.abs(features - expected).max()), float(np.abs(expected).max())
        if not difference <= TOLERANCE * greatest:
            raise UnfaithfulError(
                f"The features of {self.engine} on {self.device} differ from the CPU's by {difference:.1e}; "
                f"the greatest is {greatest:.1e}"
            )
