"""Grad-CAM from a feature map that was kept: a backward through the head only, so in milliseconds.

Method: Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
localization", ICCV 2017.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from verte_core.network.fusion_net import FusionNet


def grad_cam(
    model: FusionNet, features: Tensor, clinical: Tensor, task: int, size: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """The map of what raised one task's logit.

    Args:
        model: in evaluation mode.
        features: one feature map (1, C, h, w), as ``FusionNet.encode`` gave it.
        clinical: standardised clinical variables (1, 3).
        task: index of the output.
        size: (height, width) of the model's image, in pixels.

    Returns:
        float32 (height, width) in 0..1, relative: its maximum is 1 whatever the score, so the maps of two
        images or two scores can't be compared in strength. All zeros where nothing raised the logit.
    """
    with torch.enable_grad():
        features = features.detach().requires_grad_(True)
        logit = model.classify(features, clinical)[0, task]
        (gradient,) = torch.autograd.grad(logit, features)
    channel_weights = gradient.mean(dim=(2, 3), keepdim=True)
    cam = (channel_weights * features.detach()).sum(dim=1)[0].relu().float().cpu().numpy()
    height, width = size
    # Scaled before and after the enlargement, as the grad-cam library does, so that the two agree.
    enlarged = cv2.resize(_to_unit(cam), (width, height), interpolation=cv2.INTER_LINEAR)
    return _to_unit(np.asarray(enlarged, np.float32))


def _to_unit(cam: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    cam = cam - cam.min()
    return np.asarray(cam / (cam.max() + np.float32(1e-7)), np.float32)
