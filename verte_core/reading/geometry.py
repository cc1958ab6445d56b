"""The size of a pixel, and images whose pixels are not square.

Vertebral height is the finding, so such an image is resampled: the coarser axis is brought to the finer one's
spacing, and no detail is lost.
"""

from __future__ import annotations

import math
from io import BytesIO
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from verte_core.image_types import Pixels
from verte_core.reading import pictures
from verte_core.reading.header import Elements, items, numbers

SQUARE_TOLERANCE = 0.01
"""Of height over width. Within it, pixels are square, and an image stays as it is."""
GREATEST_RATIO = 4.0
"""Of the longer side over the shorter. No device has longer pixels; 2 is the most that is known."""

_SPACINGS = {
    "PixelSpacing": "",
    "ImagerPixelSpacing": "Lengths are those at the detector (ImagerPixelSpacing): the body is magnified.",
    "NominalScannedPixelSpacing": (
        "Lengths are those on the film (NominalScannedPixelSpacing): the body is magnified."
    ),
}
"""In their rank (PS3.3 10.7.1.3), each with what has to be known of it."""
_PICTURE_TOLERANCE = 0.05
"""A resolution in whole dots an inch is rounded."""
_SIDEWAYS = (5, 6, 7, 8)
"""Values of EXIF's orientation that exchange rows and columns."""


class PixelSize(NamedTuple):
    """How large a pixel is.

    Attributes:
        spacing: mm between the centres of rows and of columns.
        ratio: height over width, 1 when nothing tells.
        source: the element or word that says so.
        caution: what has to be known of lengths by it, a sentence; may be empty.
    """

    spacing: tuple[float, float] | None = None
    ratio: float = 1.0
    source: str = ""
    caution: str = ""

    def is_square(self) -> bool:
        """Whether the image stays as it is."""
        return _same(self.ratio, 1)

    def resampled(self, levels: Pixels) -> Pixels:
        """Levels (H, W) with square pixels, of the same type and within the same range.

        Raises:
            ImageError: when the image exceeds the limits then.
        """
        rows, columns = levels.shape
        if self.ratio > 1:
            rows = round(rows * self.ratio)
        else:
            columns = round(columns / self.ratio)
        pictures.check_size(rows, columns)
        resized: Pixels = np.asarray(cv2.resize(levels, (columns, rows), interpolation=cv2.INTER_LINEAR))
        return resized

    def squared(self) -> PixelSize:
        """That of the resampled image."""
        finer = None if self.spacing is None else (min(self.spacing), min(self.spacing))
        return PixelSize(finer, 1.0, self.source, self.caution)

    def note(self) -> str:
        """What was done to the image."""
        longer, shape = (self.ratio, "high as wide") if self.ratio > 1 else (1 / self.ratio, "wide as high")
        return (
            f"The pixels are {longer:.3g} times as {shape} ({self.source}), so the image was resampled to"
            " square ones."
        )


def pixel_size(dataset: Elements, notes: list[str]) -> PixelSize:
    """By PixelSpacing, else ImagerPixelSpacing, else NominalScannedPixelSpacing.

    PixelAspectRatio tells the shape where there is no spacing. A shape that no device has is ignored with a
    note, and the spacing with it.
    """
    found: list[PixelSize] = []
    for keyword, caution in _SPACINGS.items():
        values = _pair(dataset, keyword) or (
            _of_functional_groups(dataset) if keyword == "PixelSpacing" else None
        )
        if values is not None:
            if caution and not found:
                notes.append(caution)
            found.append(PixelSize(values, values[0] / values[1], keyword, caution))
    # Vertical size, then horizontal size (PS3.3 C.7.6.3.1.7).
    shape = _pair(dataset, "PixelAspectRatio")
    if shape is not None:
        found.append(PixelSize(None, shape[0] / shape[1], "PixelAspectRatio"))
    if not found:
        return PixelSize()
    first = found[0]
    if first.source == "PixelSpacing" and any(
        each.source == "ImagerPixelSpacing" and each.spacing == first.spacing for each in found
    ):
        # Equal ones say that nothing was calibrated (PS3.3 10.7.1.3).
        first = first._replace(caution=_SPACINGS["ImagerPixelSpacing"])
    other = next((each for each in found if not _same(each.ratio, first.ratio)), None)
    if other is not None:
        notes.append(
            f"The header contradicts itself: by {first.source} a pixel is {first.ratio:.3g} times as high as"
            f" wide, and by {other.source} {other.ratio:.3g} times; {first.source} was used."
        )
    return _possible(first, notes)


def picture_pixel_size(data: bytes, notes: list[str]) -> PixelSize:
    """The shape of a picture's pixels, by a resolution that differs plainly between rows and columns.

    Args:
        data: of a file that ``pictures.decode`` has read.
        notes: for the reader.
    """
    with Image.open(BytesIO(data)) as image:
        density = image.info.get("dpi") or image.info.get("aspect") or image.info.get("jfif_density")
        sideways = image.getexif().get(0x0112) in _SIDEWAYS
    # Few dots an inch along the columns make a high pixel.
    try:
        across, down = (float(each) for each in density or (1, 1))
    except (TypeError, ValueError, ArithmeticError):  # a tag may hold anything
        return PixelSize()
    if not (0 < across < math.inf and 0 < down < math.inf):
        return PixelSize()
    ratio = down / across if sideways else across / down
    if abs(ratio - 1) <= _PICTURE_TOLERANCE:
        return PixelSize()
    return _possible(PixelSize(None, ratio, "its resolution"), notes)


def _possible(size: PixelSize, notes: list[str]) -> PixelSize:
    if 1 / GREATEST_RATIO <= size.ratio <= GREATEST_RATIO:
        return size
    notes.append(
        f"By {size.source} a pixel is {size.ratio:.3g} times as high as wide, which can't be; it was ignored."
    )
    return PixelSize()


def _same(ratio: float, other: float) -> bool:
    return ratio == other or abs(ratio - other) <= SQUARE_TOLERANCE * min(ratio, other)


def _pair(dataset: Elements, keyword: str) -> tuple[float, float] | None:
    values = numbers(dataset, keyword)
    return (values[0], values[1]) if len(values) == 2 and min(values) > 0 else None


def _of_functional_groups(dataset: Elements) -> tuple[float, float] | None:
    """PixelSpacing of an enhanced image's single frame (PS3.3 C.7.6.16.2.1)."""
    for keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for group in items(dataset, keyword):
            for measures in items(group, "PixelMeasuresSequence"):
                return _pair(measures, "PixelSpacing")
    return None
