"""The colours of a heatmap, how they lie over a grey image, and what is said beside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

CAVEAT = "What moved the score; not a localisation."


DEFAULT = "turbo"
MAPS = ("turbo", "inferno", "magma", "viridis", "cividis")
"""All but the first are even to the eye: equal steps of the map are equal steps of the colour."""


def table(name: str = DEFAULT) -> npt.NDArray[np.uint8]:
    """Colours (256, 4), RGBA, from weak to strong; alpha is the part of the opacity, as in ``blend``.

    ``name`` is one of ``MAPS``; any other is taken for ``DEFAULT``.
    """
    import cv2  # loaded by now: images come first

    levels = np.arange(256, dtype=np.uint8)[None]
    chosen = getattr(cv2, f"COLORMAP_{(name if name in MAPS else DEFAULT).upper()}")
    colours = cv2.cvtColor(cv2.applyColorMap(levels, chosen), cv2.COLOR_BGR2RGBA)[0]
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
