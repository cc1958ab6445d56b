"""The colours of a heatmap, how they lie over a grey image, and what is said beside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CAVEAT = "What moved the score; not a localisation."


def table() -> npt.NDArray[np.uint8]:
    """Colours (256, 4), RGBA, from weak to strong; alpha is the part of the opacity, as in ``blend``."""
    import cv2  # loaded by now: images come first

    levels = np.arange(256, dtype=np.uint8)[None]
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGBA)[0]
    colours[:, 3] = np.sqrt(levels[0] / 255) * 255
    return np.asarray(colours, np.uint8)


def blend(
    grey: npt.NDArray[np.uint8], strength: npt.NDArray[np.float32], opacity: float
) -> npt.NDArray[np.uint8]:
    """A heatmap over its image, uint8 (H, W, 3) in RGB.

    Opacity grows with the square root of the strength, so that bone stays readable where nothing moved the
    score.

    Args:
        grey: uint8 (H, W).
        strength: float32 (H, W) in 0..1.
        opacity: of the strongest point, 0..1.
    """
    import cv2

    colours = table()[np.round(strength * 255).astype(np.uint8), :3]
    alpha = np.asarray(opacity * np.sqrt(strength.clip(0, 1)), np.float32)
    under = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.blendLinear(under, colours, 1 - alpha, alpha), np.uint8)
