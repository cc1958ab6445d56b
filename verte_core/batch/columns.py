"""The columns of scores.csv and the keys of ``--json``: the one place that makes them of a record.

Their names and order are fixed. A score's three columns follow from ``results.TASKS``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

from verte_core.batch.record import Identity, ImageRecord
from verte_core.files import replacing, without_formula
from verte_core.results import TASKS

Cell = str | float | list[str] | None

COLUMNS = (
    *("path", "status", "reason"),
    *(f"{task}_score" for task in TASKS),
    *("age", "sex", "bmi", "model_id", "trained_on"),
    *(f"{task}_spread" for task in TASKS),
    *(f"{task}_zone" for task in TASKS),
    *("sop_instance_uid", "notes", "likeness", "unlike"),
)
IDENTITY = tuple(field.name for field in fields(Identity))
"""The columns after these that are there only when they were asked for: whose image it is."""


def cells(record: ImageRecord, identify: bool = False) -> dict[str, Cell]:
    """The line of one image, by column; None where there is nothing to say.

    Scores are 0..1 with four decimals, age in years, BMI in kg/m2 with two. A spread is the greatest minus
    the least score of several weights files for the same task. A zone is ``low``, ``indeterminate`` or
    ``high``. The notes are whole sentences. The likeness is the mean cosine to the images that the weights
    learned from, at most 1; unlike is ``yes`` or ``no``, or what the image looks like instead.

    Args:
        record: of the image.
        identify: whether the columns of ``IDENTITY`` are wanted.
    """
    inputs = record.inputs
    found: dict[str, Cell] = {
        "path": record.path,
        "status": record.status,
        "reason": record.reason,
        "age": inputs.age if inputs else None,
        "sex": inputs.sex if inputs else None,
        "bmi": _rounded(inputs.bmi, 2) if inputs else None,
        "model_id": record.model_id,
        "trained_on": record.trained_on,
        "sop_instance_uid": record.source.sop_instance_uid if record.source else None,
        "notes": list(record.notes),
    }
    if record.likeness is not None:
        found["likeness"] = _rounded(record.likeness.value, 4)
        found["unlike"] = (record.likeness.look or "yes") if record.likeness.unlike else "no"
    for task, score in record.scores.items():
        found[f"{task}_score"] = _rounded(score.value, 4)
        found[f"{task}_spread"] = _rounded(score.spread, 4)
        found[f"{task}_zone"] = score.zone
    if identify and record.identity:
        found |= asdict(record.identity)
    return {column: found.get(column) for column in (*COLUMNS, *(IDENTITY if identify else ()))}


def score_texts(record: ImageRecord) -> dict[str, str]:
    """The scores by task as scores.csv has them, empty where there is none."""
    found = cells(record)
    return {task: str(_cell(found[f"{task}_score"])) for task in TASKS}


def write(path: Path, records: Iterable[ImageRecord], identify: bool = False) -> None:
    """Write a scores.csv, in one step.

    Raises:
        OSError: when it can't be written.
    """
    with replacing(path, "utf-8-sig") as file:  # Excel takes UTF-8 for Latin-1 without the mark
        writer = csv.writer(file)
        writer.writerow((*COLUMNS, *(IDENTITY if identify else ())))
        writer.writerows(map(_cell, cells(each, identify).values()) for each in records)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _cell(value: Cell) -> str | float:
    if isinstance(value, list):
        value = " ".join(value)
    return "" if value is None else without_formula(value) if isinstance(value, str) else value
