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
from annotated_types import Gt, Le
from torch.utils.data import Dataset

from train.examples.patches import Outline
from verte_core.network.metadata import ClinicalStatistics
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH
from verte_core.training.dataset import Example, Images, Item, Radiographs

STRIDE = 32
"""Pixels of the image to a cell of the feature map."""


@dataclass(frozen=True)
class CellTargets:
    """Training on whole images that say what cells of the feature map should add to a logit.

    Needs the simulator's truth file.
    """

    logit: Annotated[float, Gt(0), Le(100)] = 6.0
    """What the cells of a fractured body should add to the logit of pvf."""


class LocatedRadiographs(Dataset[Item]):
    """Whole images with labels, and with what each cell of the feature map should add to a logit.

    To that of ``pvf`` a fractured body is to add ``logit``, spread over its cells, and all else nothing:
    the mean over the feature map that follows then counts fractures, however small a part of the image one
    is. To that of ``density``, a task that only teaches, every body adds the log odds of its label in
    ``Outline.shape``, within -3 and 3. Images with fractures are repeated until they make up about a third.

    Args:
        examples: of the training split.
        images: prepared images in the same order.
        outlines: the vertebrae of each image.
        statistics: to standardise the clinical variables.
        tasks: the labels to give, in order.
        logit: what a fractured body adds.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: Images,
        outlines: Sequence[Sequence[Outline]],
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
        logit: float,
    ) -> None:
        self._whole = Radiographs(examples, images, statistics, tasks)
        self._tasks, self._logit = tuple(tasks), logit
        self._outlines = outlines
        fractured = [any(body.grade for body in bodies) for bodies in outlines]
        positive = [index for index, any_ in enumerate(fractured) if any_]
        negative = [index for index, any_ in enumerate(fractured) if not any_]
        self._order = positive * max(len(negative) // (2 * max(len(positive), 1)), 1) + negative

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> Item:
        image, clinical, labels, _ = self._whole[self.image_of(index)]
        cell_targets = torch.full(
            (len(self._tasks), MODEL_HEIGHT // STRIDE, MODEL_WIDTH // STRIDE), torch.nan
        )
        added = {
            "pvf": lambda body: self._logit if body.grade else 0.0,
            "density": lambda body: _log_odds(body.shape.get("density", math.nan)),
        }
        for task in added.keys() & set(self._tasks):
            target = np.zeros(cell_targets.shape[1:], np.float32)
            for body in self._outlines[self.image_of(index)]:
                if amount := added[task](body):
                    target += amount * _over_cells(body)
            cell_targets[self._tasks.index(task)] = torch.from_numpy(target)
        return image, clinical, labels, cell_targets

    def image_of(self, index: int) -> int:
        """Which image an item is."""
        return self._order[index]


def _log_odds(label: float) -> float:
    return label if math.isnan(label) else min(max(math.log(label / (1 - label)), -3.0), 3.0)


def _over_cells(body: Outline) -> npt.NDArray[np.float32]:
    """Fractions (h, w) of a body in each cell, 1 in all."""
    mask = np.zeros((MODEL_HEIGHT, MODEL_WIDTH), np.float32)
    cv2.fillPoly(mask, [np.round(body.corners[:, ::-1]).astype(np.int32)], 1.0)
    cells = cv2.resize(mask, (MODEL_WIDTH // STRIDE, MODEL_HEIGHT // STRIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cells / max(cells.sum(), 1e-6), np.float32)
