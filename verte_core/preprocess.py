"""From the pixels of a file to the image that the network sees: pure functions, one pipeline for all.

The order is that of the published code: histogram equalisation, min-max, crop, fit, zero-pad
(Hong et al., J Bone Miner Res 2023;38:887 and 2025;40:628).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le

from verte_core import lut
from verte_core.errors import ImageError
from verte_core.image_types import Pixels, Protocol

_Scalar = TypeVar("_Scalar", bound=np.generic)

Version = Literal[1, 2]
PREPROCESSING_VERSION: Version = 2
"""Raised whenever the same pixels would give another image; weights and caches carry it."""
MODEL_HEIGHT, MODEL_WIDTH = 1024, 512
TO_8_BIT_PERCENTILES = (0.1, 99.9)
BLACK_MARGIN = 0.02
"""Of the range between the percentiles: what is darker than its end counts as black, too."""
Share = Annotated[float, Ge(0), Le(0.4)]


@dataclass(frozen=True)
class Preprocessing:
    """What weights record of the pipeline that their training used.

    Attributes:
        crop_rows: part of the height that is removed at the top and at the bottom.
        crop_columns: part of the width that is removed at either side.
        version: of the rules. 1 leaves 8-bit pixels as they are and knows no `BLACK_MARGIN`.
    """

    crop_rows: Share = 0.0
    crop_columns: Share = 0.0
    version: Version = PREPROCESSING_VERSION


DEFAULT: dict[Protocol, Preprocessing] = {
    "radiograph": Preprocessing(crop_columns=0.05),
    "vfa": Preprocessing(),
}
"""Published: 5 % is removed at the sides of radiographs as unrelated area, and nothing of VFA images."""


@dataclass(frozen=True)
class Placement:
    """Where the source image lies in the model's image; maps points and maps both ways.

    Points are (row, column) in continuous pixel coordinates in which pixel (0, 0) covers the square
    from 0 to 1 and so has its centre at (0.5, 0.5). All sizes are in pixels.
    """

    source_shape: tuple[int, int]
    crop_top: int
    crop_left: int
    crop_height: int
    crop_width: int
    fit_top: int
    fit_left: int
    fit_height: int
    fit_width: int

    def to_model(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map source points (..., 2) to model points (..., 2)."""
        offset, scale = self._crop_offset(), self._scale()
        return (np.asarray(points, np.float64) - offset) * scale + (self.fit_top, self.fit_left)

    def to_source(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map model points (..., 2) to source points (..., 2)."""
        offset, scale = self._crop_offset(), self._scale()
        return (np.asarray(points, np.float64) - (self.fit_top, self.fit_left)) / scale + offset

    def map_to_model(self, source_map: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Place a float32 map of the source's shape (H, W) on the canvas (1024, 512), zeros outside."""
        return _paste(self.crop(source_map), self)

    def map_to_small(self, model_map: npt.NDArray[np.float32], height: int) -> npt.NDArray[np.float32]:
        """``map_to_source``, reduced to ``height`` rows: nothing of the source's size is made on the way."""
        rows, columns = self.source_shape
        small = (height, max(round(columns * height / rows), 1))
        down, right = small[0] / rows, small[1] / columns
        # From each pixel of the result to the map, by the middles of pixels.
        across = self.fit_width / self.crop_width / right
        along = self.fit_height / self.crop_height / down
        x0 = (0.5 / right - self.crop_left) * self.fit_width / self.crop_width - 0.5
        y0 = (0.5 / down - self.crop_top) * self.fit_height / self.crop_height - 0.5
        fitted = model_map[
            self.fit_top : self.fit_top + self.fit_height, self.fit_left : self.fit_left + self.fit_width
        ]
        found = cv2.warpAffine(
            fitted,
            np.array([(across, 0, x0), (0, along, y0)]),
            small[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return np.asarray(found, np.float32)

    def map_to_source(self, model_map: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Bring a float32 map (1024, 512) back onto the source (H, W), zeros where the crop removed it."""
        fitted = model_map[
            self.fit_top : self.fit_top + self.fit_height, self.fit_left : self.fit_left + self.fit_width
        ]
        out = np.zeros(self.source_shape, np.float32)
        self.crop(out)[...] = cv2.resize(
            fitted, (self.crop_width, self.crop_height), interpolation=cv2.INTER_LINEAR
        )
        return out

    def crop(self, image: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """The view of a source-shaped array (H, W) that the crop keeps."""
        bottom, right = self.crop_top + self.crop_height, self.crop_left + self.crop_width
        return image[self.crop_top : bottom, self.crop_left : right]

    def _crop_offset(self) -> npt.NDArray[np.float64]:
        return np.array([self.crop_top, self.crop_left], np.float64)

    def _scale(self) -> npt.NDArray[np.float64]:
        return np.array([self.fit_height / self.crop_height, self.fit_width / self.crop_width])


def prepare(pixels: Pixels, rules: Protocol | Preprocessing) -> tuple[npt.NDArray[np.float32], Placement]:
    """The whole pipeline.

    Args:
        pixels: uint8 or uint16 (H, W), MONOCHROME2 sense (bone bright), before any VOI clipping.
        rules: those of the weights, or a protocol for its `DEFAULT`.

    Returns:
        float32 (1024, 512) in [0, 1] with zeros around the image, and its Placement.

    Raises:
        ImageError: when the image is constant.
    """
    if not isinstance(rules, Preprocessing):
        rules = DEFAULT[rules]
    image = min_max(equalize(to_8_bit(pixels, rules.version)))
    placement = placement_of(image.shape, rules)
    return _paste(placement.crop(image), placement), placement


def to_8_bit(pixels: Pixels, version: Version = PREPROCESSING_VERSION) -> npt.NDArray[np.uint8]:
    """The fixed rule to 8 bits, for 8-bit pixels, too.

    The image's own 0.1th and 99.9th percentiles (nearest rank) become 0 and 255, linearly, rounded to the
    nearest integer and clipped. Percentiles, because one bright letter or a dead detector line must not use
    up the 256 levels; the image's own, because exposure and bit depth differ between devices while
    the equalisation that follows only looks at the order of grey levels.

    The lowest `BLACK_MARGIN` of that range becomes 0, too: equalisation treats the lowest level that occurs
    apart, and a black border must stay that level where a JPEG or a scanner put a few darker pixels beside
    it.
    """
    if version == 1 and pixels.dtype == np.uint8:
        return pixels  # type: ignore[return-value]
    counts = lut.histogram(pixels, int(pixels.max()) + 1)
    cumulative = np.cumsum(counts)
    low, high = (
        int(np.searchsorted(cumulative, np.ceil(cumulative[-1] * percentile / 100.0)))
        for percentile in TO_8_BIT_PERCENTILES
    )
    if high == low:
        # Nearly all pixels are equal: keep whatever contrast is left, instead of dividing by zero.
        occupied = np.flatnonzero(counts)
        low, high = int(occupied[0]), int(occupied[-1])
    span = max(high - low, 1)
    levels = (np.arange(len(counts), dtype=np.float64) - low) * (255.0 / span)
    table = np.clip(np.floor(levels + 0.5), 0, 255).astype(np.uint8)
    if version > 1:
        table[levels < 255.0 * BLACK_MARGIN] = 0
    return lut.remap(pixels, table)


def equalize(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Global histogram equalisation of a uint8 (H, W): the cumulative-histogram mapping of OpenCV."""
    return np.asarray(cv2.equalizeHist(np.ascontiguousarray(image)), np.uint8)


def min_max(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Scale a uint8 (H, W) to float32 in [0, 1].

    Raises:
        ImageError: when every pixel has the same value.
    """
    low, high = int(image.min()), int(image.max())
    if low == high:
        raise ImageError(
            "The image is constant: every pixel has the same value, so there is nothing to score.",
            kind="constant",
        )
    table = (np.arange(256, dtype=np.float32) - low) / np.float32(high - low)
    return np.asarray(cv2.LUT(image, table), np.float32)


def placement_of(shape: tuple[int, int], preprocessing: Preprocessing) -> Placement:
    """Where an image of ``shape`` (H, W) lands: cropped, scaled by the largest factor that fits, centred.

    Sizes and offsets are truncated to integers, as published; so an image whose width at full height is
    between 512 and 513 keeps the full height.
    """
    height, width = shape
    crop_top, crop_left = int(height * preprocessing.crop_rows), int(width * preprocessing.crop_columns)
    crop_height, crop_width = height - 2 * crop_top, width - 2 * crop_left
    fit_height, fit_width = MODEL_HEIGHT, max(crop_width * MODEL_HEIGHT // crop_height, 1)
    if fit_width > MODEL_WIDTH:
        fit_height, fit_width = max(crop_height * MODEL_WIDTH // crop_width, 1), MODEL_WIDTH
    return Placement(
        source_shape=(height, width),
        crop_top=crop_top,
        crop_left=crop_left,
        crop_height=crop_height,
        crop_width=crop_width,
        fit_top=(MODEL_HEIGHT - fit_height) // 2,
        fit_left=(MODEL_WIDTH - fit_width) // 2,
        fit_height=fit_height,
        fit_width=fit_width,
    )


def _paste(cropped: npt.NDArray[np.float32], placement: Placement) -> npt.NDArray[np.float32]:
    canvas = np.zeros((MODEL_HEIGHT, MODEL_WIDTH), np.float32)
    rows = slice(placement.fit_top, placement.fit_top + placement.fit_height)
    columns = slice(placement.fit_left, placement.fit_left + placement.fit_width)
    size = (placement.fit_width, placement.fit_height)
    canvas[rows, columns] = cv2.resize(cropped, size, interpolation=cv2.INTER_LINEAR)
    return canvas
