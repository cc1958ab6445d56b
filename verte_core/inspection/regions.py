"""Which parts of the model's image are padding, air and body, and what share of a map lies in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from verte_core.preprocess import Placement
from verte_core.scoring.contributions import Contributions

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_REDUCTION = 8
_AIR = 0.04
"""Of the range of a prepared image: what is no brighter is air or collimation, not body."""
LARGE = 0.5
"""Share of what raised a score from which on a reader is told where it lies."""
QUADRANTS = ("upper left", "upper right", "lower left", "lower right")


@dataclass(frozen=True, eq=False)
class Regions:
    """Of one prepared image, each float32 (h, w): the part of each cell that is padding, and that is body."""

    padding: Floats
    body: Floats

    def outside(self, contributions: Contributions) -> tuple[float, float]:
        """Shares, 0..1, of what raised a score that lie in the padding, and in the image but not the body.

        Both 0 where nothing raised it.
        """
        raising = np.maximum(contributions.cells, 0)
        total = max(float(raising.sum()), 1e-12)
        in_padding = float((raising * self.padding).sum()) / total
        in_air = float((raising * (1 - self.padding - self.body)).sum()) / total
        return in_padding, max(in_air, 0.0)


def regions(image: Floats, placement: Placement, cells: tuple[int, int]) -> Regions:
    """Find padding and body.

    The body is the largest connected part that is not air, with what it encloses.

    Args:
        image: prepared, float32 (H, W) in [0, 1].
        placement: of the source in it.
        cells: (h, w) of the feature map.
    """
    height, width = image.shape
    inside = np.zeros(image.shape, np.float32)
    inside[
        placement.fit_top : placement.fit_top + placement.fit_height,
        placement.fit_left : placement.fit_left + placement.fit_width,
    ] = 1
    small = cv2.resize(image, (width // _REDUCTION, height // _REDUCTION), interpolation=cv2.INTER_AREA)
    size = cells[::-1]
    padding = 1 - cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    body = cv2.resize(_largest(small > _AIR).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return Regions(np.asarray(padding, np.float32), np.asarray(np.minimum(body, 1 - padding), np.float32))


def where_it_lies(regions_of: Regions, contributions: Contributions) -> str:
    """A sentence when much of what raised a score lies where no body is; else empty."""
    in_padding, in_air = regions_of.outside(contributions)
    if in_padding + in_air < LARGE:
        return ""
    what = "the padding around the image" if in_padding >= in_air else "the air around the body"
    return f"{in_padding + in_air:.0%} of what raised this score lies outside the body, most of it in {what}."


def on_bodies(
    contributions: Contributions, outlines: Sequence[npt.NDArray[np.float64]], size: tuple[int, int]
) -> float:
    """The share of what raised a score that lies on outlined vertebrae, 0..1; 0 where nothing raised it.

    Args:
        contributions: of the score.
        outlines: each (N, 2) of (row, column) on the model's image.
        size: (H, W) of the model's image.
    """
    mask = np.zeros(size, np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.round(outline[:, ::-1] - 0.5).astype(np.int32)], 1)
    cells = contributions.cells
    covered = cv2.resize(mask.astype(np.float32), cells.shape[::-1], interpolation=cv2.INTER_AREA)
    raising = np.maximum(cells, 0)
    return float((raising * covered).sum()) / max(float(raising.sum()), 1e-12)


def quadrants(relative: Floats) -> dict[str, float]:
    """The share of a map (h, w) in each quarter of the model's image, 0..1; all 0 for a map of zeros."""
    height, width = relative.shape
    total = max(float(relative.sum()), 1e-12)
    parts = (
        relative[rows, columns]
        for rows in (slice(None, height // 2), slice(height // 2, None))
        for columns in (slice(None, width // 2), slice(width // 2, None))
    )
    return {name: float(part.sum()) / total for name, part in zip(QUADRANTS, parts, strict=True)}


def _largest(mask: Mask) -> Mask:
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    largest = labels == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    outlines, _ = cv2.findContours(largest.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros(mask.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled > 0)
