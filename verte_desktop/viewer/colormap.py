"""The colour bar of a heatmap."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from verte_core import heatmap_colors


def bar_image(name: str = heatmap_colors.DEFAULT) -> QImage:
    """The colour bar of ``heatmap_colors.MAPS``, from weak to strong; one pixel high."""
    row = np.ascontiguousarray(heatmap_colors.table(name)[:, :3])
    return QImage(row.tobytes(), len(row), 1, 3 * len(row), QImage.Format.Format_RGB888).copy()
