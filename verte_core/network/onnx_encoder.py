"""The encoder in ONNX Runtime, from the graph and the tensors of a weights file; no torch.

Decided in docs/adr/0009.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import onnxruntime

from verte_core.devices import Device, at_once, cores, is_out_of_memory
from verte_core.errors import WeightsError
from verte_core.network.graph import INPUT
from verte_core.network.weights import Weights

Floats = npt.NDArray[np.float32]
Made = TypeVar("Made")

PROVIDERS: dict[str, tuple[str, dict[str, str]]] = {
    "cpu": ("CPUExecutionProvider", {}),
    # TF32 would move a score by some 1e-3.
    "cuda": ("CUDAExecutionProvider", {"use_tf32": "0"}),
    "directml": ("DmlExecutionProvider", {}),
}
"""ONNX Runtime's name of each of our devices, and what it is told about it."""


class OnnxEncoder:
    """May be used from several threads.

    Args:
        weights: with a graph.
        device: one of ``PROVIDERS``, or ``cuda:1`` for the second GPU.

    Raises:
        MemoryError: when there is not enough, here and in ``encode``.
        WeightsError: when ONNX Runtime refuses the graph, here and in ``encode``.
    """

    engine = f"ONNX Runtime {onnxruntime.__version__}"

    def __init__(self, weights: Weights, device: Device = "cpu") -> None:
        self.device, self._weights = device, weights
        self._session = self._made(cores())
        self._second: onnxruntime.InferenceSession | None = None
        self._making = Lock()

    def encode(self, images: Floats, beside_others: bool = False) -> Floats:
        """As ``engines.Encoder.encode``."""
        session = self._on_few_cores if beside_others and self.device == "cpu" else self._session
        # The graph is for one image.
        return np.concatenate([self._run(session, each[None]) for each in images])

    @property
    def _on_few_cores(self) -> onnxruntime.InferenceSession:
        with self._making:
            if self._second is None:
                self._second = self._made(max(cores() // at_once(), 1))
            return self._second

    def _run(self, session: onnxruntime.InferenceSession, image: Floats) -> Floats:
        return self._in_words(lambda: np.asarray(session.run(None, {INPUT: image})[0], np.float32))

    def _made(self, threads: int) -> onnxruntime.InferenceSession:
        weights, (kind, _, index) = self._weights, self.device.partition(":")
        assert weights.graph is not None
        provider, told = PROVIDERS[kind]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait in a loop would keep the readers of images from the cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # what it warns of comes back as an error, or is of no use to a reader
        if kind == "directml":
            options.enable_mem_pattern = False  # which DirectML does not have
        tensors = {name: np.asarray(weights.arrays[name], np.float32) for name in weights.graph.tensors()}
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(each) for each in tensors.values()]
        options.add_external_initializers(list(tensors), values)
        model = weights.graph.to_onnx(weights.arrays)
        providers = [(provider, told | ({"device_id": index} if index else {}))]
        return self._in_words(lambda: onnxruntime.InferenceSession(model, options, providers=providers))

    def _in_words(self, compute: Callable[[], Made]) -> Made:
        try:
            return compute()
        except Exception as error:  # its errors are of its own types, one for each status
            if is_out_of_memory(error):
                raise MemoryError(str(error)) from None
            raise WeightsError(
                f"ONNX Runtime can't compute the weights {self._weights.metadata.name}: "
                f"{' '.join(str(error).split())[:300]}"
            ) from error
