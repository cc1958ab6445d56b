"""persons.csv: one line for each person of a study, beside the lines of their images.

A person's score is the mean of the calibrated scores of their images in one study, as in the evaluation.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from verte_core.batch.columns import IDENTITY
from verte_core.batch.record import Identity, ImageRecord
from verte_core.files import replacing, without_formula
from verte_core.results import TASKS, OperatingPoints, Provenance, Score, mean_score

RULE = "A person's score is the mean of the scores of their images in one study, by the same weights."
COLUMNS = (
    *("person", "images", "unlike", "model_id", "trained_on"),
    *(f"{task}_{part}" for task in TASKS for part in ("score", "zone", "lowest", "highest")),
    "paths",
)
PointsOf = Callable[[str], Mapping[str, OperatingPoints]]
"""The operating points by task of the weights of an id."""


def path_beside(scores: Path) -> Path:
    """The table of persons of a scores file: persons.csv beside scores.csv, and NAME-persons.csv else."""
    return scores.with_name("persons.csv" if scores.stem == "scores" else f"{scores.stem}-persons.csv")


@dataclass
class Person:
    """The scored images of one person in a study, by the same weights."""

    person: str
    model_id: str
    trained_on: Provenance | None
    identity: Identity | None
    paths: list[str] = field(default_factory=list)
    scores: dict[str, list[Score]] = field(default_factory=dict)
    unlike: int = 0

    def add(self, record: ImageRecord) -> None:
        """One more image."""
        self.paths.append(record.path)
        self.unlike += record.likeness is not None and record.likeness.unlike
        for task, each in record.scores.items():
            self.scores.setdefault(task, []).append(each)


class Persons:
    """The persons of a table, in the order of their first images."""

    def __init__(self) -> None:
        self._persons: dict[tuple[str, str], Person] = {}

    def add(self, record: ImageRecord) -> None:
        """Count an image in; one that was refused, or whose header names no patient, is of no person."""
        if record.person is None or not record.scores:
            return
        place = record.person, record.model_id
        if place not in self._persons:
            self._persons[place] = Person(*place, record.trained_on, record.identity)
        self._persons[place].add(record)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._persons.values())

    def __len__(self) -> int:
        return len(self._persons)

    def write(self, path: Path, points_of: PointsOf, identify: bool) -> None:
        """Write the table in one step.

        Raises:
            OSError: when it can't be written.
        """
        with replacing(path, "utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow((*COLUMNS, *(IDENTITY if identify else ())))
            for person in self._persons.values():
                writer.writerow(_row(person, points_of(person.model_id), identify))


def _row(person: Person, points: Mapping[str, OperatingPoints], identify: bool) -> list[str | float]:
    cells: list[str | float] = [
        person.person,
        len(person.paths),
        person.unlike,
        person.model_id,
        str(person.trained_on or ""),
    ]
    for task in TASKS:
        own = person.scores.get(task)
        if not own:
            cells += [""] * 4
            continue
        values = [each.value for each in own]
        mean = mean_score(own, points[task])
        cells += [round(mean.value, 4), mean.zone or "", round(min(values), 4), round(max(values), 4)]
    cells.append(without_formula("; ".join(person.paths)))
    if identify:
        whose = asdict(person.identity) if person.identity else dict.fromkeys(IDENTITY)
        cells += [without_formula(whose[name] or "") for name in IDENTITY]
    return cells
