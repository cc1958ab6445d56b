"""The colours of a heatmap, and what is said beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

CAVEAT = "What moved the score; not a localisation."


def heat_colours() -> npt.NDArray[np.uint8]:
    """Colours (256, 4) of a heatmap: what is weak lets the image through, as in the saved heatmaps."""
    import cv2  # loaded by now: images come first

    levels = np.arange(256, dtype=np.uint8)[None]
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGBA)[0]
    colours[:, 3] = np.sqrt(levels[0] / 255) * 255
    return np.asarray(colours, np.uint8)


def bar_image() -> QImage:
    """The colour bar, from weak to strong; one pixel high."""
    row = np.ascontiguousarray(heat_colours()[:, :3])
    return QImage(row.tobytes(), len(row), 1, 3 * len(row), QImage.Format.Format_RGB888).copy()
