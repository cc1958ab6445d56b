"""Vertebra-sized crops with known labels, for the encoder's first lessons.

A single fractured body is a faint signal in the mean over a whole image; on a crop it fills the view.
Whole-mammogram classifiers start the same way (Shen et al., Sci Rep 2019;9:12495).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from annotated_types import Ge, Le
from torch.utils.data import Dataset

from verte_core.errors import DataError
from verte_core.measuring.truth import TRUTH, read_truth, truth_file
from verte_core.network.metadata import ClinicalStatistics
from verte_core.preprocess import MODEL_HEIGHT, MODEL_WIDTH, Preprocessing, placement_of
from verte_core.results import sigmoid
from verte_core.training.dataset import Example, Images, Item, no_cell_targets, standardized, to_tensor

BACKGROUND_PER_IMAGE = 2


@dataclass(frozen=True)
class Patches:
    """Training on vertebra-sized crops instead of whole images; needs the simulator's truth file."""

    size: Annotated[int, Ge(32), Le(512)] = 128
    """Side of a crop, in pixels of the 1024 x 512 image."""
    reduction: Annotated[int, Ge(1), Le(8)] = 1
    """Whole factor by which crops are made smaller; 2 is half size, and four times as fast."""
    jitter: Annotated[int, Ge(0), Le(512)] = 24
    """Largest shift of a training crop from the body's centre, in pixels."""


@dataclass(frozen=True)
class Outline:
    """One vertebral body on the model's canvas.

    Attributes:
        corners: (4, 2) as (row, column), in pixels of the 1024 x 512 image.
        grade: Genant grade, 0 to 3.
        shape: further labels of the body in 0..1, by task. ``anterior``, ``middle`` and ``crush`` say how
            much lower the anterior, middle and posterior heights are than they should be, 0.5 for not at
            all; ``density`` falls with the person's T-score and is 0.5 at -2.5. Every body carries them, the
            unfractured too, so they teach shape and density faster than the few fractures alone.
    """

    corners: npt.NDArray[np.float64]
    grade: int
    shape: dict[str, float]

    @property
    def center(self) -> npt.NDArray[np.float64]:
        """(row, column)."""
        return np.asarray(self.corners.mean(axis=0))


def read_outlines(
    manifest: Path, examples: Sequence[Example], preprocessing: Preprocessing
) -> list[list[Outline]]:
    """The vertebrae of every example on the prepared image, from the truth.jsonl beside the manifest.

    Raises:
        DataError: when there is no such file, it is damaged, or an image is not in it.
    """
    truth = read_truth(manifest)
    if truth is None:
        raise DataError(f"Patches and cell targets need {truth_file(manifest)}, which simulate writes.")
    outlines = []
    for example in examples:
        known = truth.of(example.path)
        if known is None:
            raise DataError(f"{TRUTH} does not know the image {example.path.name}.")
        try:
            outlines.append(_on_canvas(known, preprocessing))
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise DataError(
                f"{TRUTH} is damaged or of another form than simulate writes, at {example.path.name}."
            ) from error
    return outlines


def _on_canvas(truth: dict[str, Any], preprocessing: Preprocessing) -> list[Outline]:
    placement = placement_of((truth["height"], truth["width"]), preprocessing)
    names = ("anterior_superior", "posterior_superior", "posterior_inferior", "anterior_inferior")
    return [
        Outline(
            placement.to_model([vertebra["points"][name] for name in names]),
            vertebra["genant_grade"],
            _shape(vertebra, truth["t_score"]),
        )
        for vertebra in truth["vertebrae"]
    ]


def _shape(vertebra: dict[str, Any], t_score: float | None) -> dict[str, float]:
    posterior, before = vertebra["hp_mm"], vertebra["hp_before_mm"]
    losses = {
        "anterior": 1 - vertebra["ha_mm"] / posterior,
        "middle": 1 - vertebra["hm_mm"] / posterior,
        "crush": 1 - posterior / before,
    }
    labels = {task: min(max(0.5 + 1.5 * loss, 0.0), 1.0) for task, loss in losses.items()}
    # Of a real person's CT nobody measured it.
    return labels if t_score is None else labels | {"density": sigmoid(2 * (-2.5 - t_score))}


@dataclass(frozen=True)
class _Crop:
    image: int
    center: npt.NDArray[np.float64]
    body: Outline | None


class VertebraCrops(Dataset[Item]):
    """Square crops of prepared images, around every vertebra and at a few places beside.

    The label ``pvf`` is 1 when the crop holds the centre of a fractured body, 0 when it touches none, and
    missing between the two. ``osteo`` is the person's; it and those of ``Outline.shape`` are missing on crops
    without a vertebra. Crops of fractured bodies make up about a third: for learning they are repeated, for
    validation the others are thinned out.

    Args:
        examples: of one split.
        images: prepared images in the same order.
        outlines: the vertebrae of each image.
        statistics: to standardise the clinical variables.
        tasks: labels to give, in order.
        patches: size of the crops.
        learning: the training split; otherwise the crops are the same at every reading, without jitter.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: Images,
        outlines: Sequence[Sequence[Outline]],
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
        patches: Patches,
        learning: bool,
    ) -> None:
        self._images, self._outlines = images, outlines
        self._size, self._reduction = patches.size, patches.reduction
        self._jitter = patches.jitter if learning else 0
        self._tasks = tuple(tasks)
        self._osteo = [example.labels["osteo"] for example in examples]
        self._clinical = torch.tensor([standardized(each, statistics) for each in examples])
        rng = np.random.default_rng(0)
        positive: list[_Crop] = []
        negative: list[_Crop] = []
        for index, bodies in enumerate(outlines):
            for body in bodies:
                (positive if body.grade else negative).append(_Crop(index, body.center, body))
            for _ in range(BACKGROUND_PER_IMAGE):
                negative.append(_Crop(index, rng.uniform((0, 0), (MODEL_HEIGHT, MODEL_WIDTH)), None))
        surplus = max(len(negative) // (2 * max(len(positive), 1)), 1)
        self._crops = positive * surplus + negative if learning else positive + negative[::surplus]

    def __len__(self) -> int:
        return len(self._crops)

    def __getitem__(self, index: int) -> Item:
        crop = self._crops[index]
        shift = (2 * torch.rand(2, dtype=torch.float64) - 1).numpy() * self._jitter
        corner = np.round(crop.center + shift - self._size / 2).astype(int)
        labels = {"pvf": self._fracture_label(crop.image, corner)}
        if crop.body is not None:
            labels |= {"osteo": self._osteo[crop.image]} | crop.body.shape
        pixels = _cut(self._images[crop.image], corner, self._size)
        side = self._size // self._reduction
        reduced = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        values = torch.tensor([labels.get(task, float("nan")) for task in self._tasks])
        return to_tensor(reduced), self._clinical[crop.image], values, no_cell_targets(values)

    def image_of(self, index: int) -> int:
        """Which image a crop is cut from."""
        return self._crops[index].image

    def _fracture_label(self, image: int, corner: npt.NDArray[np.int_]) -> float:
        label = 0.0
        for body in self._outlines[image]:
            if not body.grade:
                continue
            inside = (body.corners >= corner) & (body.corners <= corner + self._size)
            center = (body.center >= corner) & (body.center <= corner + self._size)
            if center.all() and inside.all(axis=1).sum() >= 3:
                return 1.0
            if inside.all(axis=1).any() or center.all():
                label = float("nan")
        return label


def _cut(image: npt.NDArray[np.uint8], corner: npt.NDArray[np.int_], size: int) -> npt.NDArray[np.uint8]:
    top, left = (int(value) for value in corner)
    rows, columns = slice(max(top, 0), max(top + size, 0)), slice(max(left, 0), max(left + size, 0))
    part = np.asarray(image[rows, columns])
    above, before = max(-top, 0), max(-left, 0)
    below, behind = size - above - part.shape[0], size - before - part.shape[1]
    padded = cv2.copyMakeBorder(part, above, below, before, behind, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(padded, np.uint8)
