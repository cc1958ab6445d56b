"""Grad-CAM from what each cell of a feature map adds to a logit.

Method: Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
localization", ICCV 2017. The gradient of a logit that is linear in the pooled features is the same in every
cell, so the map before its ReLU is that of the contributions (Zhou et al., CVPR 2016:2921), times the number
of cells, which the scaling takes out again.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def grad_cam(contributions: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """The map of what raised one task's logit.

    Args:
        contributions: of each cell, (h, w), in logits: ``Head.cell_contributions``.
        size: (height, width) of the model's image, in pixels.

    Returns:
        float32 (height, width) in 0..1, relative: its maximum is 1 whatever the score, so the maps of two
        images or two scores can't be compared in strength. All zeros where nothing raised the logit.
    """
    cam = np.maximum(contributions, 0) * np.float32(contributions.size)
    height, width = size
    # Scaled before and after the enlargement, as the grad-cam library does, so that the two agree.
    enlarged = cv2.resize(_to_unit(cam), (width, height), interpolation=cv2.INTER_LINEAR)
    return _to_unit(np.asarray(enlarged, np.float32))


def _to_unit(cam: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    cam = cam - cam.min()
    return np.asarray(cam / (cam.max() + np.float32(1e-7)), np.float32)
