"""How the map of one score is drawn on a pane: as a wash of colour, as a contour, or signed in log odds."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from verte_core import heatmap_colors
from verte_desktop.language import QT_TR_NOOP

WASH, CONTOUR, SIGNED = "wash", "contour", "signed"
STYLES = {
    WASH: QT_TR_NOOP("Colour wash"),
    CONTOUR: QT_TR_NOOP("Contour"),
    SIGNED: QT_TR_NOOP("Signed, in log odds"),
}
Floats = npt.NDArray[np.float32]
Colours = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Style:
    """How maps are drawn.

    Attributes:
        kind: one of ``STYLES``.
        threshold: of the contour, as a part of the map's maximum.
        colours: of the wash, one of ``heatmap_colors.MAPS``.
        opacity: 0..1.
        limit: of the signed map: the log odds of a cell that have the strongest colour.
    """

    kind: str = WASH
    threshold: float = 0.5
    colours: str = heatmap_colors.DEFAULT
    opacity: float = 0.5
    limit: float = 0.5


def enlarged(cells: Floats, size: tuple[int, int]) -> Floats:
    """Cells (h, w) over an image of ``size`` (H, W), by linear interpolation."""
    return np.asarray(cv2.resize(cells, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def washed(relative: Floats) -> npt.NDArray[np.uint8]:
    """A relative map in 0..1 as levels of a table of colours."""
    return np.asarray(np.rint(relative * 255), np.uint8)


def signed(cells: Floats, limit: float) -> npt.NDArray[np.uint8]:
    """Log odds as levels: 128 for none, 255 for ``limit`` and above, 1 for its negative."""
    return np.asarray(np.clip(np.rint(128 + cells / max(limit, 1e-9) * 127), 1, 255), np.uint8)


def signed_colours() -> Colours:
    """Colours (256, 4) from blue over nothing to red, of which the strong ones cover most."""
    table = np.asarray(pg.colormap.get("CET-D1").getLookupTable(nPts=256), np.uint8)[:, :3]
    alpha = np.sqrt(np.abs(np.arange(256) - 128) / 127).clip(0, 1) * 255
    return np.asarray(np.column_stack([table, alpha]), np.uint8)


def contours(relative: Floats, threshold: float) -> list[npt.NDArray[np.float64]]:
    """The lines around what is at or above a threshold: each (N, 2) of (row, column)."""
    above = (relative >= max(threshold, 1e-6)).astype(np.uint8)
    found, _ = cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    return [each[:, 0, ::-1].astype(np.float64) + 0.5 for each in found if len(each) > 2]


def nice_limit(cells: Floats) -> float:
    """1, 2 or 5 times a power of ten that the strongest cell does not exceed by much."""
    strongest = max(float(np.abs(cells).max()), 1e-6)
    power = 10.0 ** np.floor(np.log10(strongest))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= strongest * 0.99))
