"""Heatmap methods beside Grad-CAM, on the feature map that a score left behind, and how far they agree.

The formulas are those of the grad-cam library (the extra ``inspect``). No backward runs: behind the encoder
everything is linear on the image's side, so the gradient of a logit is the same in every cell, and known.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from verte_core.extras import INSPECT, needed

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Method:
    """One way to make a heatmap.

    Attributes:
        title: its published name.
        source: where it was published.
        remark: what a reader has to know of it; may be empty.
    """

    title: str
    source: str
    remark: str = ""


GRAD_CAM, EIGEN_CAM, OCCLUSION = "grad-cam", "eigen-cam", "occlusion"
_SAME = "The same as Grad-CAM where, as here, the gradient is the same in every cell."
METHODS = {
    GRAD_CAM: Method("Grad-CAM", "Selvaraju et al., ICCV 2017", "The published method, and the default."),
    "hirescam": Method("HiResCAM", "Draelos and Carin, arXiv:2011.08891", _SAME),
    "grad-cam++": Method("Grad-CAM++", "Chattopadhay et al., WACV 2018"),
    "layercam": Method("LayerCAM", "Jiang et al., IEEE TIP 2021;30:5875"),
    "xgradcam": Method("XGradCAM", "Fu et al., BMVC 2020", _SAME),
    EIGEN_CAM: Method(
        "Eigen-CAM", "Muhammad and Yeasin, IJCNN 2020", "Not of one score: the main pattern of the features."
    ),
    OCCLUSION: Method("Occlusion", "Zeiler and Fergus, ECCV 2014", "A check: parts are covered."),
}
"""By name, in the order in which they are shown."""
LIBRARY = tuple(name for name in METHODS if name != OCCLUSION)
"""Those that need no further forward of the encoder."""
_ROUNDS = 200
"""Of the power method."""


@dataclass(frozen=True, eq=False)
class MethodMap:
    """What one method makes of one score.

    Attributes:
        cells: float32 (h, w) in 0..1, relative to its own maximum; zeros where nothing raised the score.
        seconds: that it took.
        agreement: Pearson's correlation with the cells of Grad-CAM, -1..1; None where one is constant.
    """

    cells: Floats
    seconds: float
    agreement: float | None


def library_maps(features: Floats, by_channel: Floats) -> dict[str, MethodMap]:
    """The maps of one task by every method that needs no further forward.

    Args:
        features: the feature map (1, C, h, w).
        by_channel: (C,), what the mean of each channel adds to the logit, as ``Head.by_channel``.

    Raises:
        VerteError: when the extra ``inspect`` is not installed.
    """
    makers = _makers()
    # Of one cell, which stands for all of them: what the formulas sum over cells is scaled out again.
    gradient = (by_channel / np.float32(features[0, 0].size))[None, :, None, None]
    maps: dict[str, MethodMap] = {}
    for name in LIBRARY:
        start = time.perf_counter()
        raw = makers[name](features, gradient)
        cells = relative(raw)
        seconds = time.perf_counter() - start
        default = maps[GRAD_CAM].cells if maps else cells
        maps[name] = MethodMap(cells, seconds, agreement(cells, default))
    return maps


def grad_cam_alone(cells: Floats) -> dict[str, MethodMap]:
    """The one map that there is without the library, from what each cell (h, w) adds to the score."""
    own = relative(cells)
    return {GRAD_CAM: MethodMap(own, 0.0, agreement(own, own))}


def library_maps_of(features: Floats, by_task: Mapping[str, Floats]) -> dict[str, dict[str, MethodMap]]:
    """``library_maps`` of several tasks, each with its channels' part, by task."""
    return {task: library_maps(features, by_channel) for task, by_channel in by_task.items()}


def relative(cells: npt.NDArray[Any]) -> Floats:
    """What raises a score, (h, w), from 0 at its least to 1 at its most, as the library scales it."""
    raising = np.maximum(cells, 0)
    raising = raising - raising.min()
    return np.asarray(raising / max(float(raising.max()), 1e-12), np.float32)


def agreement(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation of two maps of the same shape, -1..1; None where one is constant."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


_Maker = Callable[[Floats, Floats], npt.NDArray[Any]]


@cache
def _makers() -> Mapping[str, _Maker]:
    """By name, from features and gradient (1, C, h, w) to a map (h, w); the library is imported here."""
    with needed(INSPECT):
        import pytorch_grad_cam as library
        from torch import nn

    # The library asks a network for the device of its parameters; it runs none of it here.
    network = nn.Linear(1, 1)

    def maker(method: Any) -> _Maker:
        cam = method(network, [])

        def make(features: Floats, gradient: Floats) -> npt.NDArray[Any]:
            made = cam.get_cam_image(None, None, None, features, gradient, False)
            return np.asarray(np.asarray(made)[0], np.float32)

        return make

    return {
        GRAD_CAM: maker(library.GradCAM),
        "hirescam": maker(library.HiResCAM),
        "grad-cam++": maker(library.GradCAMPlusPlus),
        "layercam": maker(library.LayerCAM),
        "xgradcam": maker(library.XGradCAM),
        EIGEN_CAM: lambda features, _: _eigen(features),
    }


def _eigen(features: Floats) -> npt.NDArray[Any]:
    """Eigen-CAM: the features of each cell along their first principal direction.

    The library decomposes all 1,792 channels, which takes seconds, to keep one direction. Here the power
    method finds the same. Its sign is free there; here the map is high where the features are strong.
    """
    centred = features[0].reshape(features.shape[1], -1)
    centred = centred - centred.mean(axis=1, keepdims=True)
    between = centred.T @ centred
    first = between[:, int(np.argmax(np.diag(between)))]
    for _ in range(_ROUNDS):
        first = between @ (first / max(float(np.linalg.norm(first)), 1e-12))
    made = first.reshape(features.shape[2:])
    strong = features[0].sum(axis=0)
    sign = 1 if float(((strong - strong.mean()) * made).sum()) >= 0 else -1
    return np.asarray(sign * made, np.float32)
