"""From a manifest of radiographs to tensors."""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections import Counter
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
from verte_core.files import with_formula
from verte_core.network.metadata import ClinicalStatistics
from verte_core.results import TASKS
from verte_core.training.identities import Identity, copies, identities, strangers
from verte_core.training.image_cache import CACHE_FOLDER, CachedImages

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
COLUMNS = ("path", "person_id", "split", "age", "sex", "bmi", *TASKS)

Row = Mapping[Any, str]
"""Cells by column; those beyond the header by ``None``."""
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
        inputs: age, sex and BMI; None where one of them is not known.
        labels: by task; NaN where it is missing.
        line: of the manifest, where the header is line 1.
        cells: all that the row holds, by column.
    """

    path: Path
    person_id: str
    split: Split
    inputs: ClinicalInputs | None
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

    A label is 0, 1 or empty (missing), and so may be age, sex and bmi, for networks that read the image
    alone. Images are read once to know them again, and remembered beside it.

    Raises:
        DataError: with every problem found, one a line: missing and duplicate images, also under another
            header, people in two splits or under two names, labels, ages and other values out of range.
    """
    content = _content(path)
    try:
        reader = csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), restval="")
        columns = tuple(reader.fieldnames or ())
        rows = {f"line {reader.line_num}": _cells(row) for row in reader}
    except UnicodeDecodeError as error:
        raise DataError(
            f"The manifest {path} can't be read: it is not in UTF-8; save it again as CSV in UTF-8."
        ) from error
    except csv.Error as error:
        raise DataError(f"The manifest {path} can't be read: {error}.") from error
    if absent := [name for name in COLUMNS if name not in columns]:
        raise DataError(f"The manifest {path} lacks these columns: {', '.join(absent)}.")
    if twice := [name for name, number in Counter(columns).items() if name and number > 1]:
        raise DataError(f"The manifest {path} has these columns twice: {', '.join(twice)}.")
    if not rows:
        raise DataError(f"The manifest {path} has no rows.")
    problems = {name: row_problems(row, path.parent) for name, row in rows.items()}
    images = {name: path.parent / row["path"] for name, row in rows.items() if is_file(path.parent, row)}
    try:
        known = identities(list(images.values()), path.with_name(CACHE_FOLDER))
    except OSError as error:
        raise DataError(f"The image {error.filename} can't be read: {error.strerror}.") from error
    for name, problem in shared_problems(rows, dict(zip(images, known, strict=True))):
        problems[name].append(problem)
    lines = [f"{name}: {each}" for name, found in problems.items() for each in found]
    if lines:
        raise DataError("The manifest has these problems:\n" + "\n".join(lines))
    examples = [_example(int(name.split()[1]), row, path.parent) for name, row in rows.items()]
    return Manifest(path, hashlib.sha256(content).hexdigest(), columns, examples)


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"The manifest {path} can't be read: it is no file, but a folder or a device.")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"The manifest {path} can't be read: {error.strerror}.") from error
    except ValueError as error:  # a zero byte in its name
        raise DataError(f"The manifest {path} can't be read: its name is not valid.") from error


def _cells(row: dict[Any, Any]) -> dict[Any, str]:
    """Trimmed, but for names of files; one spelling of what looks the same."""
    extra = {None: ""} if None in row else {}  # as DictReader keeps cells beyond the header
    cells = {name: with_formula(cell) for name, cell in row.items() if name is not None}
    return extra | {
        name: cell if name == "path" else unicodedata.normalize("NFC", cell.strip())
        for name, cell in cells.items()
    }


def is_file(folder: Path, row: Row) -> bool:
    """Whether the image of a row is there."""
    try:
        return (folder / row["path"]).is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False


def row_problems(row: Row, folder: Path) -> list[str]:
    """What is wrong with one row by itself, in sentences without its place."""
    problems = []
    if None in row:
        problems.append("it has more cells than the header has columns.")
    if not is_file(folder, row):
        problems.append(f"there is no file {_shown(row['path'])}.")
    if not row["person_id"]:
        problems.append("person_id is empty.")
    if row["split"] not in SPLITS:
        problems.append(f"split must be train, val or test, not {_shown(row['split'])}.")
    for task in TASKS:
        if row[task] not in ("0", "1", ""):
            problems.append(f"{task} must be 0, 1 or empty, not {_shown(row[task])}.")
    for name, limits, unit in (("age", AGE_RANGE, "years"), ("bmi", BMI_RANGE, "kg/m2")):
        try:
            if row[name]:
                check_range(name, float(row[name]), limits, unit)
        except ClinicalError as error:
            problems.append(str(error))
        except ValueError:
            problems.append(f"{name} must be a number, not {_shown(row[name])}.")
    if row["sex"] not in (*get_args(Sex), ""):
        problems.append(f"sex must be F, M or empty, not {_shown(row['sex'])}.")
    return problems


def _shown(cell: str) -> str:
    return repr(cell) if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]!r}..."


_LONGEST_SHOWN = 100


def shared_problems(rows: Mapping[str, Row], images: Mapping[str, Identity]) -> list[tuple[str, str]]:
    """What is wrong between rows: a row's name, and a sentence.

    Args:
        rows: by names that sentences can use, such as "line 3".
        images: those of the rows, by the same names; those that are missing are not compared.
    """
    problems = []
    split_of: dict[str, str] = {}
    for name, row in rows.items():
        if row["person_id"] and split_of.setdefault(row["person_id"], row["split"]) != row["split"]:
            problems.append((name, f"person {row['person_id']} is in two splits."))
    for name, earlier, what in copies(images):
        among = " under another header" if what == "pixels" else ""
        problems.append((name, f"the {what} of {earlier} again{among}."))
    people = {name: row["person_id"] for name, row in rows.items()}
    for name, earlier, what in strangers(images, people):
        problems.append(
            (name, f"persons {people[name]} and {people[earlier]} are one: the {what} is that of {earlier}.")
        )
    return problems


def _example(line: int, row: Mapping[str, str], folder: Path) -> Example:
    labels = {task: float(row[task]) if row[task] else float("nan") for task in TASKS}
    known = row["age"] and row["sex"] and row["bmi"]
    inputs = ClinicalInputs(float(row["age"]), cast(Sex, row["sex"]), float(row["bmi"])) if known else None
    split = cast(Split, row["split"])
    return Example(folder / row["path"], row["person_id"], split, inputs, labels, line, row)


def clinical_statistics(examples: Sequence[Example]) -> ClinicalStatistics:
    """Means, standard deviations and BMI percentiles of the people in ``examples`` whose values are known.

    Where none are, which only networks that read the image alone allow, they are those of a middling person.
    """
    known = [example.inputs for example in examples if example.inputs] or [ClinicalInputs(65.0, "F", 24.0)]
    ages = np.array([each.age for each in known])
    bmis = np.array([each.bmi for each in known], np.float64)
    return ClinicalStatistics(
        age_mean=float(ages.mean()),
        age_std=float(max(ages.std(), 1.0)),
        bmi_mean=float(bmis.mean()),
        bmi_std=float(max(bmis.std(), 0.5)),
        bmi_percentile_5=float(np.percentile(bmis, 5)),
        bmi_percentile_95=float(np.percentile(bmis, 95)),
    )


def standardized(example: Example, statistics: ClinicalStatistics) -> list[float]:
    """The clinical variables of an example (3,), NaN where they are not all known."""
    return statistics.standardize(example.inputs) if example.inputs else [float("nan")] * 3


def inputs_of(example: Example) -> ClinicalInputs:
    """The clinical variables of an example that `check_clinical` has passed."""
    assert example.inputs is not None
    return example.inputs


def check_clinical(examples: Sequence[Example], what: str) -> None:
    """Refuse examples that lack what ``what`` reads.

    Raises:
        DataError: with the number of rows that lack age, sex or bmi, and the first of them.
    """
    lacking = [each.line for each in examples if each.inputs is None]
    if lacking:
        raise DataError(
            f"{len(lacking)} rows of the manifest lack age, sex or bmi (the first is line {lacking[0]}), "
            f"which {what}."
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
        self._clinical = torch.tensor([standardized(each, statistics) for each in examples])
        self._labels = torch.tensor(
            [[example.labels.get(task, float("nan")) for task in tasks] for example in examples]
        )

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Item:
        labels = self._labels[index]
        return to_tensor(self._images[index]), self._clinical[index], labels, no_cell_targets(labels)
