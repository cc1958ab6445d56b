"""What of a CT volume is not the person."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

BODY_HU = -300.0
"""Less is air, in the room or in the lungs."""


def outside(hounsfield: npt.NDArray[np.float32], depth_axis: int) -> npt.NDArray[np.bool_]:
    """What the front or the back of a volume (3 axes) reaches without crossing the body: air and the table.

    Args:
        hounsfield: of any orientation.
        depth_axis: which axis goes from back to front.
    """
    tissue, _ = ndimage.label(hounsfield > BODY_HU)
    body = tissue == np.bincount(tissue.ravel())[1:].argmax() + 1
    rest, count = ndimage.label(~body)
    is_open = np.zeros(count + 1, np.bool_)
    is_open[np.take(rest, [0, -1], axis=depth_axis)] = True
    is_open[0] = False
    found: npt.NDArray[np.bool_] = is_open[rest]
    return found
