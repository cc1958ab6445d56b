"""Whole images that also teach where on the feature map fractures and the density of bone are to be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
import numpy.typing as npt
import torch
from annotated_types import Ge, Gt, Le, MultipleOf
from torch.utils.data import Dataset

from train.examples.patches import Outline
from verte_core.network.metadata import ClinicalStatistics
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH
from verte_core.training.dataset import Example, Images, Item, Radiographs

STRIDE = 32
"""Pixels of the image to a cell of the feature map."""
_CELLS = (MODEL_HEIGHT // STRIDE) * (MODEL_WIDTH // STRIDE)
_ABOUT_A_BODY = 0.85
"""Share of windows; the others lie about the middle of the image."""


Side = Annotated[int, Ge(STRIDE), Le(MODEL_HEIGHT), MultipleOf(STRIDE)]


@dataclass(frozen=True)
class CellTargets:
    """Training on whole images that say what cells of the feature map should add to a logit.

    Needs the simulator's truth file.
    """

    logit: Annotated[float, Gt(0), Le(100)] = 6.0
    """What the cells of a fractured body should add to the logit of pvf."""
    window: tuple[Side, Side] | None = None
    """Rows and columns of a window about a body, in place of the whole image; in steps of 32 pixels. Ours: a
    seventh of the image teaches cells as much as all of it."""


class LocatedRadiographs(Dataset[Item]):
    """Whole images with labels, and with what each cell of the feature map should add to a logit.

    To that of ``pvf`` a fractured body is to add ``logit``, spread over its cells, and all else nothing:
    the mean over the feature map that follows then counts fractures, however small a part of the image one
    is. To that of ``density``, a task that only teaches, every body adds the log odds of its label in
    ``Outline.shape``, within -3 and 3. Images with fractures are repeated until they make up about a third.

    With a window, an item is a part of the image, mostly about a body, a fractured one if there is any. Its
    mean is over fewer cells, so each is asked for so many times more as it should add to the logit of the
    whole image; the image's own label of ``pvf`` would say something else of a part, and is missing.

    Args:
        examples: of the training split.
        images: prepared images in the same order.
        outlines: the vertebrae of each image.
        statistics: to standardise the clinical variables.
        tasks: the labels to give, in order.
        settings: what cells are asked for.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: Images,
        outlines: Sequence[Sequence[Outline]],
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
        settings: CellTargets,
    ) -> None:
        self._whole = Radiographs(examples, images, statistics, tasks)
        self._tasks, self._settings = tuple(tasks), settings
        self._outlines = outlines
        fractured = [any(body.grade for body in bodies) for bodies in outlines]
        positive = [index for index, any_ in enumerate(fractured) if any_]
        negative = [index for index, any_ in enumerate(fractured) if not any_]
        self._order = positive * max(len(negative) // (2 * max(len(positive), 1)), 1) + negative

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> Item:
        image, clinical, labels, _ = self._whole[self.image_of(index)]
        bodies = self._outlines[self.image_of(index)]
        rows, columns = self._part(bodies)
        shape = (rows.stop - rows.start) // STRIDE, (columns.stop - columns.start) // STRIDE
        cell_targets = torch.full((len(self._tasks), *shape), torch.nan)
        fewer = _CELLS / (shape[0] * shape[1])
        added = {
            "pvf": lambda body: self._settings.logit if body.grade else 0.0,
            "density": lambda body: _log_odds(body.shape.get("density", math.nan)),
        }
        for task in added.keys() & set(self._tasks):
            target = np.zeros(shape, np.float32)
            for body in bodies:
                if amount := added[task](body):
                    target += fewer * amount * _over_cells(body, rows, columns)
            cell_targets[self._tasks.index(task)] = torch.from_numpy(target)
        if self._settings.window is not None and "pvf" in self._tasks:
            labels = labels.clone()
            labels[self._tasks.index("pvf")] = torch.nan
        return image[:, rows, columns], clinical, labels, cell_targets

    def _part(self, bodies: Sequence[Outline]) -> tuple[slice, slice]:
        """Rows and columns of the image that an item is."""
        if self._settings.window is None:
            return slice(0, MODEL_HEIGHT), slice(0, MODEL_WIDTH)
        wanted = [body for body in bodies if body.grade] or list(bodies)
        middle = np.array([MODEL_HEIGHT / 2, MODEL_WIDTH / 2])
        if wanted and torch.rand(()) < _ABOUT_A_BODY:
            middle = wanted[int(torch.randint(len(wanted), ()))].center
        parts = []
        for centre, side, length in zip(
            middle, self._settings.window, (MODEL_HEIGHT, MODEL_WIDTH), strict=True
        ):
            shift = (torch.rand(()).item() - 0.5) * 0.6 * side
            start = int(np.clip(round(float(centre) + shift - side / 2), 0, length - side))
            parts.append(slice(start, start + side))
        return parts[0], parts[1]

    def image_of(self, index: int) -> int:
        """Which image an item is."""
        return self._order[index]


def _log_odds(label: float) -> float:
    return label if math.isnan(label) else min(max(math.log(label / (1 - label)), -3.0), 3.0)


def _over_cells(body: Outline, rows: slice, columns: slice) -> npt.NDArray[np.float32]:
    """Fractions (h, w) of a body in each cell of a part of the image; 1 in all for one that lies in it."""
    mask = np.zeros((MODEL_HEIGHT, MODEL_WIDTH), np.float32)
    cv2.fillPoly(mask, [np.round(body.corners[:, ::-1]).astype(np.int32)], 1.0)
    part = mask[rows, columns]
    size = (part.shape[1] // STRIDE, part.shape[0] // STRIDE)
    cells = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cells * STRIDE**2 / max(float(mask.sum()), 1e-6), np.float32)
