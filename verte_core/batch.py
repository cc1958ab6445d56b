"""Many images: an iterator of rows, each a result or a named reason. One bad file never ends the run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO, Literal

from verte_core import radiograph
from verte_core.clinical import ClinicalInputs
from verte_core.errors import OutputError, VerteError
from verte_core.radiograph import Radiograph
from verte_core.scoring import Encoded, ProtocolChoice, Result, Scorer


@dataclass(frozen=True)
class Row:
    """One image's line of scores.csv and of ``--json``. Scores are 0..1, age in years, BMI in kg/m2."""

    path: str
    status: Literal["scored", "refused"]
    reason: str
    pvf_score: float | None
    osteo_score: float | None
    age: float | None
    sex: str | None
    bmi: float | None
    model_id: str
    trained_on: str


@dataclass(frozen=True, eq=False)
class Scored:
    """What else is known of an image that was scored."""

    radiograph: Radiograph
    encoded: Encoded
    result: Result


InputsOf = Callable[[Radiograph], ClinicalInputs | None]
"""Gives an image's clinical inputs, or raises ClinicalError naming what is missing or out of range."""


def score_images(
    scorer: Scorer, paths: Iterable[Path], inputs_of: InputsOf, choice: ProtocolChoice = "auto"
) -> Iterator[tuple[Row, Scored | None]]:
    """Score images one by one; a row for every path, whatever it holds.

    Args:
        scorer: the model.
        paths: files, as ``image_files.find_images`` gives them.
        inputs_of: called once an image is open.
        choice: overrules what a header says about the image.
    """
    for path in paths:
        try:
            image = radiograph.load(path)
            # Before the slow step: an image without inputs costs no forward.
            inputs = inputs_of(image) if scorer.needs_clinical else None
            encoded = scorer.encode(image, choice)
            result = scorer.score(encoded, inputs)
        except VerteError as error:
            yield _refused(path, str(error), scorer), None
        except MemoryError:
            yield _refused(path, "There is not enough memory for this image.", scorer), None
        else:
            yield _scored(path, result, scorer), Scored(image, encoded, result)


def _refused(path: Path, reason: str, scorer: Scorer) -> Row:
    nothing = dict.fromkeys(("pvf_score", "osteo_score", "age", "bmi"))
    return Row(
        str(path), "refused", reason, **nothing, sex=None,
        model_id=scorer.weights_id, trained_on=scorer.metadata.trained_on,
    )  # fmt: skip


def _scored(path: Path, result: Result, scorer: Scorer) -> Row:
    values = {f"{task}_score": round(score.value, 4) for task, score in result.scores.items()}
    inputs = result.inputs
    return Row(
        path=str(path),
        status="scored",
        reason="",
        pvf_score=values.get("pvf_score"),
        osteo_score=values.get("osteo_score"),
        age=inputs.age if inputs else None,
        sex=inputs.sex if inputs else None,
        bmi=round(inputs.bmi, 2) if inputs and inputs.bmi is not None else None,
        model_id=result.weights_id,
        trained_on=scorer.metadata.trained_on,
    )


class ScoresFile:
    """A scores.csv that grows row by row under another name and takes its own at the end.

    Args:
        path: of the finished file; one that exists is replaced at the end, not before.

    Raises:
        OutputError: when it can't be written; what was written until then stays in ``part``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self._file: IO[str]

    def __enter__(self) -> ScoresFile:
        try:
            self._file = self.part.open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{self.path} can't be written: {error.strerror}.") from error
        self._write([field.name for field in fields(Row)])
        return self

    def write(self, row: Row) -> None:
        """Add a row and bring it to the disk."""
        self._write(["" if value is None else value for value in asdict(row).values()])

    def _write(self, cells: list[object]) -> None:
        try:
            csv.writer(self._file).writerow(cells)
            self._file.flush()
        except OSError as error:
            raise OutputError(
                f"{self.path} can't be written: {error.strerror}. The rows before are in {self.part.name}."
            ) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self._file.close()
            if kind is None:
                self.part.replace(self.path)
        except OSError as failure:
            if kind is None:
                raise OutputError(f"{self.path} can't be written: {failure.strerror}.") from failure
