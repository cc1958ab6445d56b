"""The encoder in torch: on a GPU, and of weights files without a graph."""

from __future__ import annotations

from contextlib import nullcontext
from threading import Lock

import numpy as np
import numpy.typing as npt
import torch

from verte_core.devices import is_out_of_memory
from verte_core.network.weights import Weights

Floats = npt.NDArray[np.float32]


class TorchEncoder:
    """May be used from several threads.

    Args:
        weights: with a graph or without.
        device: ``cpu``, ``cuda``, ``cuda:1`` for the second GPU, or ``mps``.

    Raises:
        MemoryError: when there is not enough, here and in ``encode``.
    """

    engine = f"PyTorch {torch.__version__}"

    def __init__(self, weights: Weights, device: str) -> None:
        self.device = device
        if device.startswith("cuda"):
            # TF32 would make a score depend on the images it is in a batch with, by some 1e-3.
            torch.backends.cudnn.allow_tf32 = False
        try:
            # Depthwise convolutions are twice as fast in this layout on a CPU.
            model = weights.build().to(device).to(memory_format=torch.channels_last)
        except RuntimeError as error:
            raise _in_words(error) from error
        self._model = model.requires_grad_(False)
        self._alone = Lock()

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        """As ``engines.Encoder.encode``."""
        # One by one on a CPU, where more at once only take more memory.
        on_cpu = self.device == "cpu"
        size = 1 if on_cpu else len(images)
        try:
            with self._alone if on_cpu else nullcontext(), torch.no_grad():
                parts = torch.split(torch.from_numpy(images), size)
                return np.concatenate([self._forward(each) for each in parts])
        except RuntimeError as error:
            raise _in_words(error) from error

    def _forward(self, images: torch.Tensor) -> Floats:
        given = images.to(self.device).contiguous(memory_format=torch.channels_last)
        return np.ascontiguousarray(self._model.encode(given).cpu().numpy())


def _in_words(error: RuntimeError) -> Exception:
    return MemoryError(str(error)) if is_out_of_memory(error) else error
