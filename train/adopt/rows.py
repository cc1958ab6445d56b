"""The manifest of adopted images: a row an image, with cells left empty where the data say nothing."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from verte_core.errors import DataError, OutputError
from verte_core.files import replacing, without_formula
from verte_core.training.dataset import COLUMNS, SPLITS

SHARES = (0.6, 0.2, 0.2)
"""Of the people in train, val and test."""


@dataclass(frozen=True)
class Adopted:
    """An image of a person. age: years; pvf, osteo: 1, 0 or None where nothing is known of it."""

    path: Path
    person_id: str
    age: float | None = None
    sex: str = ""
    bmi: float | None = None
    pvf: int | None = None
    osteo: int | None = None


def write_manifest(folder: Path, images: Sequence[Adopted], seed: int = 1111) -> Path:
    """Write manifest.csv into a folder, its paths relative to it; the split is by person.

    Raises:
        DataError: when there is no image.
        OutputError: when it can't be written.
    """
    if not images:
        raise DataError("No image of these data can be used.")
    people = sorted({each.person_id for each in images})
    order = np.random.default_rng(seed).permutation(len(people))
    edges = np.cumsum(SHARES) * len(people)
    split = {people[i]: SPLITS[int((place >= edges[:2]).sum())] for place, i in enumerate(order)}
    path = folder / "manifest.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path, "utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            for each in images:
                place = os.path.relpath(each.path, folder)
                known = (each.age, each.sex, each.bmi, each.pvf, each.osteo)
                cells = ("" if value is None else value for value in known)
                writer.writerow(
                    (without_formula(place), without_formula(each.person_id), split[each.person_id], *cells)
                )
    except OSError as error:
        raise OutputError(f"The manifest {path} can't be written: {error.strerror}.") from error
    return path


def said(images: Iterable[Adopted], left_out: dict[str, str]) -> str:
    """How many images there are with which labels, and what was left out, with its reasons."""
    found = list(images)
    people = len({each.person_id for each in found})
    lines = [f"{len(found)} images of {people} people."]
    for task in ("pvf", "osteo"):
        known = [getattr(each, task) for each in found]
        lines.append(f"{task}: {known.count(1)} with, {known.count(0)} without, {known.count(None)} unknown.")
    if left_out:
        lines.append(f"{len(left_out)} left out:")
        lines += [f"  {name}: {reason}" for name, reason in left_out.items()]
    return "\n".join(lines)
