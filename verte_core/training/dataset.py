"""From a manifest of radiographs to tensors."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from verte_core.clinical import AGE_RANGE, BMI_RANGE, ClinicalInputs, Sex, check_range
from verte_core.errors import ClinicalError, DataError
from verte_core.network.metadata import ClinicalStatistics
from verte_core.results import TASKS
from verte_core.training.fingerprints import fingerprints
from verte_core.training.image_cache import CACHE_FOLDER, FINGERPRINTS, CachedImages

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
COLUMNS = ("path", "person_id", "split", "age", "sex", "bmi", *TASKS)

Images = CachedImages | npt.NDArray[np.uint8]
"""Prepared images, uint8 (N, 1024, 512), where 255 stands for 1."""
Item = tuple[Tensor, Tensor, Tensor, Tensor]
"""Image (1, H, W) float32 in [0, 1], standardised clinical variables (3,), labels (tasks,), what each cell of
the feature map should add to each logit (tasks, H/32, W/32), or (tasks, 0, 0) where cells are taught nothing.
NaN = missing."""


@dataclass(frozen=True)
class Example:
    """One row of a manifest: an image, its person's clinical variables and its labels by task.

    Attributes:
        path: of the image.
        person_id: whose it is.
        split: the person's.
        inputs: age, sex and BMI, all known.
        labels: by task; NaN where it is missing.
        line: of the manifest, where the header is line 1.
        cells: all that the row holds, by column.
    """

    path: Path
    person_id: str
    split: Split
    inputs: ClinicalInputs
    labels: dict[str, float]
    line: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """A manifest that has been read and found whole.

    Attributes:
        path: of the file.
        sha256: of its content, in hex.
        columns: in order, also those that training does not read.
        examples: a row each, in order.
    """

    path: Path
    sha256: str
    columns: tuple[str, ...]
    examples: list[Example]

    def of(self, split: Split) -> list[Example]:
        """The examples of a split.

        Raises:
            DataError: when there are none.
        """
        part = [each for each in self.examples if each.split == split]
        if not part:
            raise DataError(f"The manifest {self.path} has no rows of the split {split}.")
        return part


def read_manifest(path: Path) -> Manifest:
    """Read and check manifest.csv; image paths are relative to it.

    A label is 0, 1 or empty (missing).

    Raises:
        DataError: with every problem found, one a line: missing and duplicate images, people in two splits,
            labels, ages and other values out of range.
    """
    try:
        content = path.read_bytes()
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), restval="")
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"The manifest {path} can't be read: {error}.") from error
    columns = tuple(reader.fieldnames or ())
    if absent := [name for name in COLUMNS if name not in columns]:
        raise DataError(f"The manifest {path} lacks these columns: {', '.join(absent)}.")
    if not rows:
        raise DataError(f"The manifest {path} has no rows.")
    problems = {line: _problems(row, path.parent) for line, row in rows}
    split_of: dict[str, str] = {}
    for line, row in rows:
        if split_of.setdefault(row["person_id"], row["split"]) != row["split"]:
            problems[line].append(f"person {row['person_id']} is in two splits.")
    images = {line: path.parent / row["path"] for line, row in rows}
    for line, twin in _twins({line: image for line, image in images.items() if image.is_file()}, path):
        problems[line].append(f"the image of line {twin} again.")
    lines = [f"line {line}: {each}" for line, found in problems.items() for each in found]
    if lines:
        raise DataError("The manifest has these problems:\n" + "\n".join(lines))
    examples = [_example(line, row, path.parent) for line, row in rows]
    return Manifest(path, hashlib.sha256(content).hexdigest(), columns, examples)


def _problems(row: dict[Any, str], folder: Path) -> list[str]:
    problems = []
    if None in row:  # as DictReader keeps them
        problems.append("it has more cells than the header has columns.")
    if not (folder / row["path"]).is_file():
        problems.append(f"there is no file {row['path']!r}.")
    if not row["person_id"]:
        problems.append("person_id is empty.")
    if row["split"] not in SPLITS:
        problems.append(f"split must be train, val or test, not {row['split']!r}.")
    for task in TASKS:
        if row[task] not in ("0", "1", ""):
            problems.append(f"{task} must be 0, 1 or empty, not {row[task]!r}.")
    for name, limits, unit in (("age", AGE_RANGE, "years"), ("bmi", BMI_RANGE, "kg/m2")):
        try:
            check_range(name, float(row[name] or ""), limits, unit)
        except ClinicalError as error:
            problems.append(str(error))
        except ValueError:
            problems.append(f"{name} must be a number, not {row[name]!r}.")
    if row["sex"] not in get_args(Sex):
        problems.append(f"sex must be F or M, not {row['sex']!r}.")
    return problems


def _twins(images: dict[int, Path], manifest: Path) -> list[tuple[int, int]]:
    """(line, earlier line) of images with the same content."""
    memory = manifest.with_name(CACHE_FOLDER) / FINGERPRINTS
    try:
        contents = fingerprints(list(images.values()), memory)
    except OSError as error:
        raise DataError(f"The image {error.filename} can't be read: {error.strerror}.") from error
    first: dict[str, int] = {}
    pairs = [(line, first.setdefault(each, line)) for line, each in zip(images, contents, strict=True)]
    return [(line, earlier) for line, earlier in pairs if earlier != line]


def _example(line: int, row: dict[str, str], folder: Path) -> Example:
    labels = {task: float(row[task]) if row[task] else float("nan") for task in TASKS}
    inputs = ClinicalInputs(float(row["age"]), cast(Sex, row["sex"]), float(row["bmi"]))
    split = cast(Split, row["split"])
    return Example(folder / row["path"], row["person_id"], split, inputs, labels, line, row)


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


def no_cell_targets(labels: Tensor) -> Tensor:
    """The last part of an item with ``labels`` (tasks,) that teaches cells nothing."""
    return labels.new_empty(len(labels), 0, 0)


class Radiographs(Dataset[Item]):
    """Whole images with their clinical variables and labels.

    Args:
        examples: of one split.
        images: prepared images in the same order.
        statistics: to standardise the clinical variables.
        tasks: the labels to give, in order; missing where the manifest has no such label.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        images: Images,
        statistics: ClinicalStatistics,
        tasks: Sequence[str],
    ) -> None:
        self._images = images
        self._clinical = torch.tensor([statistics.standardize(example.inputs) for example in examples])
        self._labels = torch.tensor(
            [[example.labels.get(task, float("nan")) for task in tasks] for example in examples]
        )

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Item:
        labels = self._labels[index]
        return to_tensor(self._images[index]), self._clinical[index], labels, no_cell_targets(labels)
