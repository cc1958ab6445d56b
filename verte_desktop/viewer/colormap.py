"""The colour bar of a heatmap."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from verte_core import heatmap_colors


def bar_image() -> QImage:
    """The colour bar, from weak to strong; one pixel high."""
    row = np.ascontiguousarray(heatmap_colors.table()[:, :3])
    return QImage(row.tobytes(), len(row), 1, 3 * len(row), QImage.Format.Format_RGB888).copy()
