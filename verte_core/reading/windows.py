"""Windows: which levels are shown black, grey and white."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verte_core import lut
from verte_core.image_types import Pixels
from verte_core.reading import greylevels

_NARROWEST = 1e-6
"""Levels. A narrower window parts black from white, and nothing is divided by zero."""


@dataclass(frozen=True)
class Window:
    """Black at ``center - width / 2``, white at ``center + width / 2``, in levels of ``Radiograph.display``.

    LINEAR, LINEAR_EXACT and SIGMOID windows of a file (PS3.3 C.11.2.1) are all taken so; the half level by
    which the first two differ can't be seen.
    """

    center: float
    width: float
    name: str

    def shade(self, levels: Pixels) -> npt.NDArray[np.uint8]:
        """Levels of any shape as shown: uint8 of that shape, from 0, black, to 255, white."""
        every = _all_levels(levels).astype(np.float32)
        shades = (every - (self.center - self.width / 2)) * (255 / max(self.width, _NARROWEST))
        return lut.remap(levels, shades.clip(0, 255).astype(np.uint8))


def automatic(pixels: Pixels) -> Window:
    """The window over ``greylevels.AUTO_PERCENTILES`` of all pixels."""
    levels = _all_levels(pixels)
    return automatic_of(levels, lut.histogram(pixels, len(levels)))


def automatic_of(levels: Pixels, counts: npt.NDArray[np.int64]) -> Window:
    """The same of levels that occur ``counts`` times each."""
    low, high = greylevels.percentile_range(levels, counts)
    return Window((low + high) / 2, max(high - low, 1.0), "Auto")


def _all_levels(pixels: Pixels) -> npt.NDArray[np.uint16]:
    return np.arange(np.iinfo(pixels.dtype).max + 1, dtype=np.uint16)
