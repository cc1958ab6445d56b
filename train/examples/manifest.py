"""From a folder of images and a table of labels to the manifest that ``fit`` reads."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from train.examples.headers import header_of
from verte_core.batch.clinical_table import combine, from_header, from_row, unread_columns
from verte_core.batch.image_table import ImageTable, TableRow
from verte_core.errors import DataError, OutputError, VerteError
from verte_core.files import replacing
from verte_core.reading.image_files import find_images
from verte_core.reading.isolated import Readers
from verte_core.reading.radiograph import Header
from verte_core.results import TASKS
from verte_core.training import dataset
from verte_core.training.dataset import SPLITS

FOLLOW_UP = ("followup_years", "fracture_event")


@dataclass(frozen=True)
class Summary:
    """What became of the images: written rows and people by split, and why the others were left out."""

    manifest: Path
    people: dict[str, int]
    images: int
    left_out: dict[Path, str]

    def __str__(self) -> str:
        people = ", ".join(f"{number} {split}" for split, number in self.people.items())
        lines = [f"{self.manifest}: {self.images} images; people: {people}."]
        if self.left_out:
            lines.append(f"{len(self.left_out)} images were left out:")
            lines += [f"  {path}: {reason}" for path, reason in self.left_out.items()]
        return "\n".join(lines)


def make_manifest(
    images: list[Path], table: Path, out: Path, fractions: tuple[float, float, float] | None, seed: int
) -> Summary:
    """Write a manifest of every image that has a row in the table and all it needs.

    The table has a column path or sop_instance_uid, pvf and osteo (0, 1 or empty; at least one of the two),
    and, where the header does not know better, person_id, age, sex, bmi (or height_cm and weight_kg).
    A person without person_id goes by the header's PatientID, which the manifest replaces by a number.
    followup_years and fracture_event are copied.

    Args:
        images: files and folders.
        table: CSV.
        out: the manifest; images are named relative to its folder.
        fractions: of the people in train, val and test, adding up to 1: the split is drawn anew, by person
            and stratified by the labels. ``None`` takes the table's column split, or 60/20/20 without one.
        seed: of the draw.

    Raises:
        VerteError: for a table that can't be used, no usable image, or a manifest that can't be written.
    """
    rows = ImageTable(table, tuple(TASKS))
    unread_columns(rows)
    paths = find_images(images)
    matches = rows.match(paths)
    with Readers() as readers:
        headers = list(tqdm(readers.map(header_of, paths), "reading", len(paths), unit="image"))
    left_out: dict[Path, str] = {}
    found: list[dict[str, str]] = []
    for path, header in zip(paths, headers, strict=True):
        try:
            if isinstance(header, VerteError):
                raise header
            found.append(_entry(path, header, matches.find(path, header.sop_instance_uid), out.parent))
        except VerteError as error:
            left_out[path] = str(error)
    if not found:
        reasons = "\n".join(f"  {path}: {reason}" for path, reason in left_out.items())
        raise DataError(f"No image can be used.\n{reasons}" if reasons else "There are no images.")
    if fractions is not None or "split" not in rows.columns:
        _split(found, fractions or (0.6, 0.2, 0.2), seed)
    _hide_patient_ids(found)
    columns = [*dataset.COLUMNS, *(name for name in FOLLOW_UP if name in rows.columns)]
    try:
        with replacing(out, "utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
    except OSError as error:
        raise OutputError(f"The manifest {out} can't be written: {error.strerror}.") from error
    people = {entry["person_id"]: entry["split"] for entry in found}
    counts = Counter(people.values())
    return Summary(out, {split: counts[split] for split in SPLITS}, len(found), left_out)


_FROM_HEADER = "PatientID "
"""Marks a person known by the header alone until it is replaced; no table holds it, cells are trimmed."""


def _entry(path: Path, header: Header, row: TableRow | None, folder: Path) -> dict[str, str]:
    if row is None:
        raise DataError("the table has no row for it.")
    person = row.cells.get("person_id") or (header.patient_id and _FROM_HEADER + header.patient_id)
    if not person:
        raise DataError("person_id is missing: neither the table nor PatientID names the person.")
    inputs = combine(from_row(row), from_header(header))
    labels = {task: row.cells.get(task, "") for task in TASKS}
    if not any(labels.values()):
        raise DataError(f"{row.location}: neither pvf nor osteo has a label.")
    return {
        "path": os.path.relpath(path, folder),
        "person_id": person,
        "split": row.cells.get("split", ""),
        "age": f"{inputs.age:g}",
        "sex": inputs.sex,
        "bmi": f"{inputs.bmi:.4g}",
        **labels,
        **{name: row.cells[name] for name in FOLLOW_UP if name in row.cells},
    }


def _hide_patient_ids(entries: list[dict[str, str]]) -> None:
    number: dict[str, str] = {}
    for entry in entries:
        if entry["person_id"].startswith(_FROM_HEADER):
            entry["person_id"] = number.setdefault(entry["person_id"], f"person-{len(number) + 1:06d}")


def _split(entries: list[dict[str, str]], fractions: tuple[float, float, float], seed: int) -> None:
    """Give every person a split, in place, so that each split has its fraction of each stratum of labels."""
    labels: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        so_far = labels.get(entry["person_id"], ("",) * len(TASKS))
        labels[entry["person_id"]] = tuple(
            max(known, entry[task]) for known, task in zip(so_far, TASKS, strict=True)
        )
    people = np.random.default_rng(seed).permutation(sorted(labels)).tolist()
    people.sort(key=lambda person: labels[person])
    split_of: dict[str, str] = {}
    given = np.zeros(len(SPLITS))
    for number, person in enumerate(people, start=1):
        # Whoever is furthest behind is next, so along the sorted strata each split keeps its fraction.
        behind = int(np.argmax(np.array(fractions) * number - given))
        given[behind] += 1
        split_of[person] = SPLITS[behind]
    for entry in entries:
        entry["split"] = split_of[entry["person_id"]]
