"""From a network in torch to its weights file, with its encoder's graph once both engines agree on it."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from verte_core import preprocess
from verte_core.errors import VerteError, WeightsError
from verte_core.image_types import Protocol
from verte_core.network import fusion_net, tracing, weights
from verte_core.network.architecture import Architecture
from verte_core.network.graph import Graph
from verte_core.network.head import Head
from verte_core.network.metadata import Metadata
from verte_core.network.onnx_encoder import OnnxEncoder
from verte_core.network.torch_encoder import TorchEncoder
from verte_core.network.weights import Weights
from verte_core.preprocess import Preprocessing
from verte_core.reading import radiograph
from verte_core.resources_folder import RESOURCES
from verte_core.results import sigmoid

Floats = npt.NDArray[np.float32]

SCORE_TOLERANCE = 1e-4
"""Greatest difference of a score on a sample image between the engines."""
HEATMAP_TOLERANCE = 1e-3
"""The same of what a cell adds to a logit, relative to the greatest of them: that of a heatmap."""

_log = logging.getLogger(__name__)


class _DisagreementError(Exception):
    """How far ONNX Runtime is from torch, in words."""


def save(
    path: Path,
    model_state: Mapping[str, Tensor],
    metadata: Metadata,
    gate_arrays: weights.Arrays | None = None,
) -> None:
    """Write a weights file, floating-point tensors in half precision, replacing ``path`` in one step.

    It carries the graph of the encoder if ONNX Runtime gives torch's scores and heatmaps on the sample images
    of its kind. Where it does not, or torch can't trace the encoder, a warning in the log says why, and the
    file is one that only torch can compute.

    What half precision rounds to zero, below 6e-8, is a variance far below the epsilon that BatchNorm adds,
    or a weight that moves nothing.

    Raises:
        WeightsError: for a tensor with values that are not finite or beyond half precision, or metadata that
            would not be read again. Nothing is written.
        OutputError: when the file can't be written.
    """
    arrays = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous().cpu().numpy()
        for name, tensor in model_state.items()
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            greatest = model_state[name].abs().max().item()
            beyond = f"values up to {greatest:.6g}, and half precision ends at 65,504"
            found = beyond if math.isfinite(greatest) else "values that are not finite"
            raise WeightsError(
                f"The weights {metadata.name} can't be saved: the tensor {name} holds {found}. The training "
                "may have diverged; nothing was written."
            )
    weights.write(path, arrays, metadata, _graph(arrays, metadata), gate_arrays)


def rewrite(
    path: Path, source: Weights, metadata: Metadata, gate_arrays: weights.Arrays | None = None
) -> None:
    """Write the tensors of a weights file with other metadata, and with a graph if it had none.

    ``gate_arrays`` take the place of those of its gate, which stay otherwise.

    Raises:
        WeightsError: for metadata that would not be read again. Nothing is written.
        OutputError: when the file can't be written.
    """
    of_gate = source.gate_arrays if gate_arrays is None else gate_arrays
    if source.graph is None:
        save(path, fusion_net.state_dict(source.arrays), metadata, of_gate)
    else:
        weights.write(path, source.arrays, metadata, source.graph, of_gate)


def _graph(arrays: weights.Arrays, metadata: Metadata) -> Graph | None:
    try:
        made = _traced(metadata.architecture)
        _compare(Weights("", dataclasses.replace(metadata, gate=None), arrays, made))
    except Exception as error:  # a training must not be lost for want of a faster engine
        _log.warning("%s is written without a graph, for PyTorch alone: %s.", metadata.name, error)
        return None
    return made


@lru_cache
def _traced(architecture: Architecture) -> Graph:
    # The graph has the names and shapes of the tensors, not their values.
    return tracing.trace(fusion_net.FusionNet(architecture).eval().requires_grad_(False))


def _compare(made: Weights) -> None:
    ours, reference = OnnxEncoder(made), TorchEncoder(made, "cpu")
    head = Head(made.metadata.architecture, made.arrays)
    # A middling person: the clinical branch is the same in both.
    clinical = np.zeros((1, 3), np.float32)
    for image in _samples(made.metadata.protocol, made.metadata.preprocessing):
        features, expected = ours.encode(image), reference.encode(image)
        given, wanted = (head.logits(each, clinical)[0].tolist() for each in (features, expected))
        for index, task in enumerate(made.metadata.architecture.tasks):
            platt = made.metadata.calibration[task]
            score, other = (sigmoid(platt.slope * each[index] + platt.intercept) for each in (given, wanted))
            if not abs(score - other) <= SCORE_TOLERANCE:
                raise _DisagreementError(f"ONNX Runtime gives a {task} of {score:.6f}, torch {other:.6f}")
            cells, others = (head.cell_contributions(each[0], index) for each in (features, expected))
            if not np.abs(cells - others).max() <= HEATMAP_TOLERANCE * max(float(np.abs(others).max()), 1e-6):
                raise _DisagreementError(f"ONNX Runtime's heatmap of {task} is not torch's")


@lru_cache
def _samples(protocol: Protocol, preprocessing: Preprocessing) -> tuple[Floats, ...]:
    """The program's sample images of one kind, each (1, 1, 1024, 512) as a network sees it."""
    found = []
    for path in sorted((RESOURCES / "samples").glob("*.dcm")):
        try:
            image = radiograph.load(path)
        except VerteError:
            continue  # one of them is there to be refused
        if image.protocol == protocol and image.unfit is None:
            prepared, _ = preprocess.prepare(image.pixels, preprocessing)
            found.append(prepared[None, None])
    assert found, "there is no sample image to compare the engines on"
    return tuple(found)
