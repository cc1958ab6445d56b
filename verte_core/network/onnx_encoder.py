"""The encoder on ONNX Runtime where that is installed: on a CPU, the same features in less time.

Decided in docs/adr/0009. Grad-CAM needs no engine: its backward goes through the head only, in torch.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from verte_core.network.fusion_net import FusionNet
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH

Encode = Callable[[Tensor], Tensor]

TOLERANCE = 1e-4
"""Greatest difference between the engine's features and torch's, relative to the greatest feature. The two
sum in another order, which makes some 1e-5."""

_log = logging.getLogger(__name__)


def encoder(model: FusionNet) -> Encode:
    """The fastest ``encode`` of a model in evaluation mode, where the model is.

    On a CPU that is ONNX Runtime's, converted in memory in some two seconds and checked on one image. Where
    it is not installed, does not give torch's features or fails on an image, torch's own does the work, with
    a line in the log. None of these lines comes from an image of a patient.

    Returns:
        From images (N, 1, 1024, 512), float32 on the CPU, to the last feature maps (N, C, h, w) on the
        model's device. It may be called from several threads.
    """
    device = next(model.parameters()).device

    def in_torch(images: Tensor) -> Tensor:
        with torch.no_grad():
            return model.encode(images.to(device).contiguous(memory_format=torch.channels_last))

    if device.type != "cpu":
        return in_torch
    try:
        in_engine = _in_onnx_runtime(model)
    except ImportError as error:
        _log.info("The encoder runs in torch: %s.", error)
        return in_torch
    except Exception as error:  # whatever the conversion meets, torch can go on
        _log.warning("The encoder runs in torch, not in ONNX Runtime: %s: %s", type(error).__name__, error)
        return in_torch

    def encode(images: Tensor) -> Tensor:
        try:
            return in_engine(images)
        except Exception as error:  # its errors are of its own types; torch's say what is lacking
            _log.info("ONNX Runtime failed on an image, which torch does again: %s.", type(error).__name__)
            return in_torch(images)

    return encode


class _Encoder(nn.Module):
    """``encode`` as the converter wants it; keeps what the traced forward gave."""

    def __init__(self, model: FusionNet) -> None:
        super().__init__()
        self.model = model
        self.features = torch.empty(0)

    def forward(self, images: Tensor) -> Tensor:
        self.features = self.model.encode(images)
        return self.features


def _in_onnx_runtime(model: FusionNet) -> Encode:
    import onnx  # noqa: F401  # which torch's converter would miss later, with an error of another type
    import onnxruntime

    traced = _Encoder(model).eval()
    image = torch.rand(1, 1, MODEL_HEIGHT, MODEL_WIDTH, generator=torch.Generator().manual_seed(0))
    graph = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), torch.no_grad():
        # The newer converter takes 10 s and three packages more, for the same graph; and this one writes
        # to memory, too, though its signature speaks of paths.
        torch.onnx.export(traced, (image,), graph, input_names=["image"], dynamo=False)  # type: ignore[arg-type]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    # Threads that wait in a loop would keep torch and the readers of images from the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph.getvalue(), options, providers=["CPUExecutionProvider"])

    def encode(images: Tensor) -> Tensor:
        # One by one: the graph is for one image, and more at once are no faster on a CPU.
        maps = [session.run(None, {"image": each[None].numpy()})[0] for each in images]
        return torch.cat([torch.from_numpy(each) for each in maps])

    difference = (encode(image) - traced.features).abs().max() / traced.features.abs().max()
    if not difference <= TOLERANCE:
        raise ValueError(f"its features differ by {difference:.1e} of the greatest")
    return encode
