"""The figures of one heatmap, for the table of a folder, the gallery and the evaluation alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verte_core.errors import VerteError
from verte_core.inspection import methods
from verte_core.inspection.methods import MethodMap
from verte_core.inspection.regions import quadrants, regions
from verte_core.preprocess import Placement
from verte_core.scoring.contributions import Contributions
from verte_core.scoring.member import Member

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Figures:
    """Of one score of one image under one network.

    Attributes:
        contributions: of the cells and the clinical variables.
        maps: by method; only Grad-CAM where the extra ``inspect`` is not installed.
        peak: (row, column) of the strongest cell's middle on the original; None where nothing raised it.
        quadrants: the share of the map in each quarter of the model's image.
        padding: the share of what raised the score in the padding, 0..1.
        air: the share in the image but outside the body, 0..1.
    """

    contributions: Contributions
    maps: Mapping[str, MethodMap]
    peak: tuple[float, float] | None
    quadrants: Mapping[str, float]
    padding: float
    air: float


def figures(
    member: Member,
    image: Floats,
    placement: Placement,
    features: Floats,
    contributions: Contributions,
    task: str,
) -> Figures:
    """Milliseconds; no forward.

    Args:
        member: the network.
        image: prepared, float32 (H, W) in [0, 1].
        placement: of the original in it.
        features: the feature map (1, C, h, w).
        contributions: of the score, as ``Member.contributions``.
        task: the score.
    """
    try:
        maps: Mapping[str, MethodMap] = methods.library_maps(features, member.by_channel(task))
    except VerteError:
        maps = methods.grad_cam_alone(contributions.cells)
    cells = contributions.cells
    peak = None
    if cells.max() > 0:
        row, column = np.unravel_index(int(cells.argmax()), cells.shape)
        down, across = image.shape[0] / cells.shape[0], image.shape[1] / cells.shape[1]
        at = placement.to_source([(row + 0.5) * down, (column + 0.5) * across])
        peak = float(at[0]), float(at[1])
    padding, air = regions(image, placement, cells.shape).outside(contributions)
    return Figures(contributions, maps, peak, quadrants(methods.relative(cells)), padding, air)
