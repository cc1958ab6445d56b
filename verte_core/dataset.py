"""From a manifest of radiographs to tensors."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from verte_core.clinical import ClinicalInputs, Sex
from verte_core.errors import DataError, VerteError
from verte_core.weights import ClinicalStatistics

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
COLUMNS = ("path", "person_id", "split", "age", "sex", "bmi", "pvf", "osteo")

Item = tuple[Tensor, Tensor, Tensor]
"""Image (1, H, W) float32 in [0, 1], standardised clinical variables (3,), labels (tasks,), NaN = missing."""


@dataclass(frozen=True)
class Example:
    """One row of a manifest: an image, its person's clinical variables and its labels by task."""

    path: Path
    person_id: str
    split: Split
    inputs: ClinicalInputs
    labels: dict[str, float]


def read_manifest(path: Path) -> list[Example]:
    """Read and check manifest.csv; image paths are relative to it.

    A label is 0, 1 or empty (missing).

    Raises:
        DataError: with every problem found, one a line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The manifest {path} can't be read: {error}.") from error
    if absent:
        raise DataError(f"The manifest {path} lacks these columns: {', '.join(absent)}.")
    if not rows:
        raise DataError(f"The manifest {path} has no rows.")
    examples: list[Example] = []
    problems: list[str] = []
    split_of: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        try:
            example = _example(row, path.parent)
        except (VerteError, ValueError) as error:
            problems.append(f"line {number}: {error}")
            continue
        if split_of.setdefault(example.person_id, example.split) != example.split:
            problems.append(f"line {number}: person {example.person_id} is in two splits.")
        examples.append(example)
    if problems:
        raise DataError("The manifest has these problems:\n" + "\n".join(problems))
    return examples


def _example(row: dict[str, str], folder: Path) -> Example:
    image = folder / row["path"]
    if not image.is_file():
        raise DataError(f"there is no file {row['path']!r}.")
    if row["split"] not in SPLITS:
        raise DataError(f"split must be train, val or test, not {row['split']!r}.")
    labels = {}
    for task in ("pvf", "osteo"):
        if row[task] not in ("0", "1", ""):
            raise DataError(f"{task} must be 0, 1 or empty, not {row[task]!r}.")
        labels[task] = float(row[task]) if row[task] else float("nan")
    inputs = ClinicalInputs(float(row["age"]), cast(Sex, row["sex"]), float(row["bmi"]))
    return Example(image, row["person_id"], row["split"], inputs, labels)


def clinical_statistics(examples: Sequence[Example]) -> ClinicalStatistics:
    """Means, standard deviations and BMI percentiles of the people in ``examples``."""
    ages = np.array([example.inputs.age for example in examples])
    bmis = np.array([example.inputs.bmi for example in examples], np.float64)
    return ClinicalStatistics(
        age_mean=float(ages.mean()),
        age_std=float(max(ages.std(), 1.0)),
        bmi_mean=float(bmis.mean()),
        bmi_std=float(max(bmis.std(), 0.5)),
        bmi_percentile_5=float(np.percentile(bmis, 5)),
        bmi_percentile_95=float(np.percentile(bmis, 95)),
    )


def to_tensor(image: npt.NDArray[np.uint8]) -> Tensor:
    """uint8 (H, W) -> float32 (1, H, W) in [0, 1]."""
    return torch.from_numpy(image.astype(np.float32) / np.float32(255.0))[None]


class Radiographs(Dataset[Item]):
    """Whole images with their clinical variables and labels.

    Args:
        examples: of one split.
        images: prepared images, uint8 (N, 1024, 512), in the same order.
        statistics: to standardise the clinical variables.
        tasks: the labels to give, in order.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: npt.NDArray[np.uint8],
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
    ) -> None:
        self._images = images
        self._clinical = torch.tensor([statistics.standardize(example.inputs) for example in examples])
        self._labels = torch.tensor([[example.labels[task] for task in tasks] for example in examples])

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Item:
        return to_tensor(self._images[index]), self._clinical[index], self._labels[index]
