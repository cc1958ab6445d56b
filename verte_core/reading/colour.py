"""From colours to grey: what is grey, though stored in colour, and what is a picture in colour.

Copies of radiographs come as JPEG, whose colours are blurred, with an annotation in yellow, or tinted as a
whole. What is in colour is judged by how many pixels differ between their channels, and by how much.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from verte_core.errors import ImageError
from verte_core.image_types import Pixels

EQUAL = 2
"""Levels by which the channels of an 8-bit pixel may differ and count as equal, by rounding in JPEG's colour
transform. 16-bit channels must be equal, since no usual compression blurs them."""
COLOURED = 16 / 255
"""Of the range from black to white: channels that differ by more make a pixel one in colour. JPEG's halved
chroma stays below it."""
TINT = 0.4
"""Of the range: a blue film base or a sepia print stays below it; a map of false colours does not."""
ANNOTATIONS = 0.02
"""Of all pixels: so many may be in colour. A line of text and a marker take less than a hundredth."""

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue (ITU-R BT.601), as JPEG has it."""
_SAMPLE = 1_000_000
"""Pixels from which a tint is judged."""
_EQUAL_NOTE = "The image is stored in colour; its channels are equal, and it was read as grey."


def grey(colours: Pixels) -> tuple[Pixels, str]:
    """The grey levels (H, W) of a colour array (H, W, 3), and a sentence that says how they were found.

    A pixel whose channels are equal keeps its green one; any other gets its luminance.

    Raises:
        ImageError: when the image is in colour.
    """
    levels = colours[..., 1].copy()
    spread = _spread(colours)
    differing = spread > (EQUAL if colours.dtype == np.uint8 else 0)
    if not differing.any():
        return levels, _EQUAL_NOTE
    levels[differing] = np.rint(colours[differing] @ _LUMINANCE).astype(levels.dtype)
    white = _white(colours)
    coloured = spread > COLOURED * white
    share = float(coloured.mean())
    if share == 0:
        most = float(spread.max()) / white
        return levels, (
            f"The image is stored in colour; its channels differ by at most {most:.1%} of the range, and it"
            " was read as grey by its luminance."
        )
    where = f"{share:.2%} of its pixels, in {_region(coloured)}"
    if share <= ANNOTATIONS:
        return levels, f"A small part of the image is in colour ({where}); it was read as grey by luminance."
    if _off_tint(colours, white) <= ANNOTATIONS and (spread > TINT * white).mean() <= ANNOTATIONS:
        return levels, (
            f"The image is tinted as a whole ({where}, by one tint for each brightness); it was read as grey"
            " by its luminance."
        )
    raise ImageError(
        f"The image is in colour: {where}; only grey images are read, also when stored as colour.",
        kind="in colour",
    )


def mean_spread(colours: Pixels) -> float:
    """By how many levels the channels of a colour array (H, W, 3) differ in the mean."""
    return float(_spread(colours).mean())


def _spread(colours: Pixels) -> Pixels:
    spread: Pixels = colours.max(axis=2) - colours.min(axis=2)
    return spread


def _white(colours: Pixels) -> float:
    """The level of white: 255, or the brightest of 16 bits, which seldom use all of their range."""
    return 255.0 if colours.dtype == np.uint8 else float(colours.max())


def _region(coloured: npt.NDArray[np.bool_]) -> str:
    rows, columns = (np.flatnonzero(coloured.any(axis=axis)) for axis in (1, 0))
    return f"rows {rows[0] + 1} to {rows[-1] + 1} and columns {columns[0] + 1} to {columns[-1] + 1}"


def _off_tint(colours: npt.NDArray[Any], white: float) -> float:
    """The share of pixels whose colour is not that of the others of the same brightness."""
    flat = colours.reshape(-1, 3)
    sample = flat[:: max(1, len(flat) // _SAMPLE)].astype(np.float32) * (255 / white)
    brightness = np.rint(sample @ _LUMINANCE).astype(np.intp)
    counts = np.maximum(np.bincount(brightness), 1)
    off = np.zeros(len(sample), np.bool_)
    for channel in range(3):
        own = sample[:, channel]
        usual = np.bincount(brightness, weights=own) / counts
        off |= np.abs(own - usual[brightness]) > COLOURED * 255
    return float(off.mean())
