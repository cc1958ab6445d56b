"""Vertebra-sized crops with known labels, for the encoder's first lessons.

A single fractured body is a faint signal in the mean over a whole image; on a crop it fills the view.
Whole-mammogram classifiers start the same way (Shen et al., Sci Rep 2019;9:12495).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

from verte_core.dataset import Example, Item, to_tensor
from verte_core.errors import DataError
from verte_core.preprocess import CROP_FRACTION, Protocol, place
from verte_core.weights import ClinicalStatistics

BACKGROUND_PER_IMAGE = 2


@dataclass(frozen=True)
class Outline:
    """One vertebral body on the model's canvas: corners (4, 2) as (row, column), and its Genant grade."""

    corners: npt.NDArray[np.float64]
    grade: int

    @property
    def center(self) -> npt.NDArray[np.float64]:
        """(row, column)."""
        return np.asarray(self.corners.mean(axis=0))


def read_outlines(manifest: Path, examples: Sequence[Example], protocol: Protocol) -> list[list[Outline]]:
    """The vertebrae of every example, from the truth.jsonl beside the manifest.

    Raises:
        DataError: when there is no such file or an image is not in it.
    """
    path = manifest.with_name("truth.jsonl")
    try:
        truths = [json.loads(line) for line in path.read_text().splitlines()]
    except OSError as error:
        raise DataError(f"Patches need {path}, which simulate writes: {error.strerror}.") from error
    by_path = {manifest.parent / truth["path"]: truth for truth in truths}
    outlines = []
    for example in examples:
        if example.path not in by_path:
            raise DataError(f"{path.name} does not know the image {example.path.name}.")
        outlines.append(_on_canvas(by_path[example.path], protocol))
    return outlines


def _on_canvas(truth: dict[str, Any], protocol: Protocol) -> list[Outline]:
    placement = place((truth["height"], truth["width"]), CROP_FRACTION[protocol])
    names = ("anterior_superior", "posterior_superior", "posterior_inferior", "anterior_inferior")
    return [
        Outline(placement.to_model([vertebra["points"][name] for name in names]), vertebra["genant_grade"])
        for vertebra in truth["vertebrae"]
        if vertebra.get("genant_grade") is not None
    ]


class VertebraCrops(Dataset[Item]):
    """Square crops of prepared images, around every vertebra and at a few places beside.

    The label ``pvf`` is 1 when the crop holds the centre of a fractured body, 0 when it touches none, and
    missing between the two. ``osteo`` is the person's, and missing on crops without a vertebra. Crops of
    fractured bodies make up about a third: for learning they are repeated, for validation the others are
    thinned out.

    Args:
        examples: of one split.
        images: prepared images, uint8 (N, 1024, 512), in the same order.
        outlines: the vertebrae of each image.
        statistics: to standardise the clinical variables.
        tasks: labels to give, in order.
        size: of the crop, in pixels.
        jitter: largest shift of the crop's centre from the body's, in pixels, while learning.
        learning: the training split; otherwise the crops are the same at every reading.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: npt.NDArray[np.uint8],
        outlines: Sequence[Sequence[Outline]],
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
        size: int,
        jitter: int,
        learning: bool,
    ) -> None:
        self._images, self._outlines = images, outlines
        self._size, self._jitter = size, jitter if learning else 0
        self._tasks = tuple(tasks)
        self._osteo = [example.labels["osteo"] for example in examples]
        self._clinical = torch.tensor([statistics.standardize(example.inputs) for example in examples])
        rng = np.random.default_rng(0)
        positive: list[tuple[int, npt.NDArray[np.float64], bool]] = []
        negative: list[tuple[int, npt.NDArray[np.float64], bool]] = []
        for index, bodies in enumerate(outlines):
            for body in bodies:
                (positive if body.grade else negative).append((index, body.center, True))
            for _ in range(BACKGROUND_PER_IMAGE):
                negative.append((index, rng.uniform((0, 0), images.shape[1:]), False))
        surplus = max(len(negative) // (2 * max(len(positive), 1)), 1)
        self._crops = positive * surplus + negative if learning else positive + negative[::surplus]

    def __len__(self) -> int:
        return len(self._crops)

    def __getitem__(self, index: int) -> Item:
        image, center, on_vertebra = self._crops[index]
        shift = (2 * torch.rand(2, dtype=torch.float64) - 1).numpy() * self._jitter
        corner = np.round(center + shift - self._size / 2).astype(int)
        labels = {
            "pvf": self._fracture_label(image, corner),
            "osteo": self._osteo[image] if on_vertebra else float("nan"),
        }
        crop = _cut(self._images[image], corner, self._size)
        return to_tensor(crop), self._clinical[image], torch.tensor([labels[task] for task in self._tasks])

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
