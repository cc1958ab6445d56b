"""The inspection of a folder: figures, a picture and the raw maps of each image, and a page of all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from verte_core import files
from verte_core.batch import heatmap_picture
from verte_core.batch.clinical_table import Given
from verte_core.batch.pipeline import Scored
from verte_core.batch.record import ImageRecord
from verte_core.batch.run import ScoringRun
from verte_core.errors import OutputError, VerteError
from verte_core.files import replacing, without_formula
from verte_core.image_types import ProtocolChoice
from verte_core.inspection import checks, page
from verte_core.inspection.figures import Figures, figures
from verte_core.inspection.methods import GRAD_CAM, LIBRARY
from verte_core.results import TASKS
from verte_core.scoring.grad_cam import grad_cam
from verte_core.scoring.scorers import Scorers

TABLE, ROWS, PAGE = "inspection.csv", "inspection.jsonl", "index.html"
THUMBNAILS, MAPS, CAPTURES = "thumbnails", "maps", "captures"
THUMBNAIL_HEIGHT = 320
SHEET_ACROSS, SHEET_DOWN = 10, 6
_SHEET_HEIGHT = 160
_VERSION = 1

OF_A_TASK = (
    *("score", "zone", "spread", "peak_row", "peak_column"),
    *("upper_left", "upper_right", "lower_left", "lower_right", "padding", "outside_body"),
    *(f"agreement_{name}" for name in LIBRARY if name != GRAD_CAM),
    "deletion_area",
)
COLUMNS = (
    *("path", "status", "reason", "likeness", "unlike", "model_id", "trained_on"),
    *(f"{task}_{name}" for task in TASKS for name in OF_A_TASK),
    *("notes", "thumbnail", "maps"),
)


@dataclass(frozen=True)
class Row:
    """One image, as the table has it.

    Attributes:
        cells: by column; None where there is nothing to say. Paths of files are relative to the folder.
        known: what the row was made from: another image, weights or wish makes another row.
    """

    cells: Mapping[str, Any]
    known: Mapping[str, Any] = field(default_factory=dict)


Capture = Callable[[ImageRecord, Scored], object]
"""Writes the secondary capture of an image; raises ImageError where none can be made."""


class FolderInspection:
    """Makes everything below one folder; what is there from before is kept where it is still true.

    Args:
        scorers: the weights.
        images: absolute paths.
        values_of: the values given from outside.
        out: the folder.
        choice: overrules what a header says about the image.
        with_deletion: the area of deletion of each map, which takes eight forwards for each score.
        capture: makes captures, too.

    Attributes:
        total: how many images.

    Raises:
        OutputError: when something can't be written.
    """

    def __init__(
        self,
        scorers: Scorers,
        images: Sequence[Path],
        values_of: Given,
        out: Path,
        *,
        choice: ProtocolChoice = "auto",
        with_deletion: bool = True,
        capture: Capture | None = None,
    ) -> None:
        self._scorers, self._images, self._values_of = scorers, list(images), values_of
        self._out, self._choice, self._with_deletion, self._capture = out, choice, with_deletion, capture
        self.total = len(self._images)
        for folder in (out, out / THUMBNAILS, out / MAPS):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(f"The folder {folder} can't be made: {error.strerror}.") from error

    def rows(self) -> Generator[Row, None, None]:
        """Inspect; each row comes once it is safe. Closing early keeps what is done for the next time."""
        former = self._former()
        self._end_line()
        options = {"scorers": self._scorers, "images": self._images, "values_of": self._values_of}
        with ScoringRun(**options, choice=self._choice, out=self._out / "scores.csv") as run:  # type: ignore[arg-type]
            missing = []
            for record in run.taken_over:
                row = former.get(record.path)
                if row is not None and row.known == self._known(record):
                    yield row
                else:
                    missing.append(Path(record.path))
            with closing(run.outcomes()) as found:
                for record, scored in found:
                    yield self._keep(record, scored)
            run.finish()
        if missing:
            options["images"] = missing
            with ScoringRun(**options, choice=self._choice) as again, closing(again.outcomes()) as found:  # type: ignore[arg-type]
                for record, scored in found:
                    yield self._keep(record, scored)

    def finish(self) -> list[Path]:
        """Write the table, the page and the contact sheets of all rows; their paths."""
        kept = self._former()
        rows = [kept[str(path)] for path in self._images if str(path) in kept]
        try:
            with replacing(self._out / TABLE, "utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow(COLUMNS)
                writer.writerows(map(_texts, rows))
            with replacing(self._out / ROWS, "utf-8") as file:
                file.writelines(_line(row) for row in rows)
            with replacing(self._out / PAGE, "utf-8") as file:
                page.write(file, [row.cells for row in rows])
            sheets = self._sheets([row for row in rows if row.cells["thumbnail"]])
        except OSError as error:
            raise _failure(self._out, error) from error
        return [self._out / PAGE, self._out / TABLE, *sheets]

    # One image

    def _keep(self, record: ImageRecord, scored: Scored | None) -> Row:
        cells: dict[str, Any] = dict.fromkeys(COLUMNS)
        cells |= {
            "path": record.path,
            "status": record.status,
            "reason": record.reason,
            "model_id": record.model_id,
            "trained_on": record.trained_on,
            "notes": " ".join(record.notes),
        }
        if record.likeness is not None:
            cells["likeness"] = round(record.likeness.value, 4)
            cells["unlike"] = (record.likeness.look or "yes") if record.likeness.unlike else "no"
        try:
            if scored is not None:
                self._look(record, scored, cells)
            row = Row(cells, self._known(record))
            with (self._out / ROWS).open("a", encoding="utf-8") as file:
                file.write(_line(row))
        except OSError as error:
            raise _failure(self._out, error) from error
        return row

    def _look(self, record: ImageRecord, scored: Scored, cells: dict[str, Any]) -> None:
        encoded = scored.encoded
        name = f"{Path(record.path).stem[:60]}_{encoded.image_id[:10]}"
        arrays: dict[str, npt.NDArray[Any]] = {}
        pictures = []
        grey = heatmap_picture.shaded(scored.radiograph, THUMBNAIL_HEIGHT)
        for task, score in record.scores.items():
            # Of several weights files, the first that gives the score.
            member, features = next(
                (each, own)
                for each, own in zip(scored.scorer.members, encoded.features, strict=True)
                if task in each.tasks
            )
            contributions = member.contributions(features, record.inputs, task)
            found = figures(member, encoded.image, encoded.placement, features, contributions, task)
            cells |= {f"{task}_{key}": value for key, value in _plain(found).items()}
            cells[f"{task}_score"], cells[f"{task}_zone"] = round(score.value, 4), score.zone
            cells[f"{task}_spread"] = None if score.spread is None else round(score.spread, 4)
            if self._with_deletion:
                looked = checks.Looked(member, encoded.image, features, record.inputs, task)
                area = checks.deletion(looked, found.maps[GRAD_CAM].cells).area
                cells[f"{task}_deletion_area"] = round(area, 4)
            arrays |= {f"{task}_{method}": each.cells for method, each in found.maps.items()}
            arrays[f"{task}_log_odds"] = contributions.cells
            strength = grad_cam(contributions.cells, encoded.image.shape)
            small = encoded.placement.map_to_small(strength, THUMBNAIL_HEIGHT)
            fitted = np.asarray(cv2.resize(small, grey.shape[::-1]), np.float32).clip(0, 1)
            pictures.append(heatmap_picture.over(grey, fitted))
        cells["thumbnail"] = f"{THUMBNAILS}/{name}.jpg"
        cells["maps"] = f"{MAPS}/{name}.npz"
        side_by_side = np.hstack([np.repeat(grey[..., None], 3, axis=2), *pictures])
        _, jpeg = cv2.imencode(".jpg", side_by_side[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
        files.write(self._out / cells["thumbnail"], jpeg.tobytes())
        with replacing(self._out / cells["maps"]) as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        if self._capture is not None:
            try:
                self._capture(record, scored)
            except VerteError as error:
                cells["notes"] = f"{cells['notes']} No capture: {error}".strip()

    def _known(self, record: ImageRecord) -> dict[str, Any]:
        state = record.source.state if record.source else None
        inputs = record.inputs
        return {
            "version": _VERSION,
            "program": record.version,
            "model_id": record.model_id,
            "state": None if state is None else [*map(str, vars(state).values())],
            "inputs": None if inputs is None else [inputs.age, inputs.sex, inputs.bmi],
            "protocol": record.protocol,
            "deletion": self._with_deletion,
        }

    # All of them

    def _end_line(self) -> None:
        """Half a line that a kill left must not swallow the next row."""
        path = self._out / ROWS
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("a") as file:
                file.write("\n")

    def _former(self) -> dict[str, Row]:
        return {str(row.cells["path"]): row for row in read(self._out)}

    def _sheets(self, rows: Sequence[Row]) -> list[Path]:
        """Pages of small pictures in the order of the rows."""
        written = []
        each_page = SHEET_ACROSS * SHEET_DOWN
        for number, first in enumerate(range(0, len(rows), each_page), 1):
            pictures = []
            for row in rows[first : first + each_page]:
                data = np.frombuffer((self._out / row.cells["thumbnail"]).read_bytes(), np.uint8)
                image: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
                width = round(image.shape[1] * _SHEET_HEIGHT / image.shape[0])
                pictures.append(cv2.resize(image, (width, _SHEET_HEIGHT), interpolation=cv2.INTER_AREA))
            path = self._out / f"contact-sheet-{number:03}.jpg"
            _, jpeg = cv2.imencode(".jpg", _tiled(pictures), [cv2.IMWRITE_JPEG_QUALITY, 90])
            files.write(path, jpeg.tobytes())
            written.append(path)
        for old in self._out.glob("contact-sheet-*.jpg"):
            if old not in written:
                old.unlink()
        return written


def read(folder: Path) -> list[Row]:
    """The rows of a folder that was inspected, one for each image, the last that was written; damaged lines
    of a run that was killed are passed over.

    Raises:
        VerteError: when the file can't be read.
    """
    rows: dict[str, Row] = {}
    try:
        with (folder / ROWS).open(encoding="utf-8") as file:
            for line in file:
                try:
                    found = json.loads(line)
                    cells = {name: found["cells"].get(name) for name in COLUMNS}
                    rows[str(cells["path"])] = Row(cells, found["known"])
                except (ValueError, LookupError, TypeError, AttributeError):
                    continue
    except FileNotFoundError:
        return []
    except OSError as error:
        raise VerteError(f"The inspection {folder} can't be read: {error.strerror}.") from error
    return list(rows.values())


def _plain(found: Figures) -> dict[str, Any]:
    row, column = found.peak or (None, None)
    return {
        "peak_row": None if row is None else round(row, 1),
        "peak_column": None if column is None else round(column, 1),
        **{name.replace(" ", "_"): round(share, 4) for name, share in found.quadrants.items()},
        "padding": round(found.padding, 4),
        "outside_body": round(found.air, 4),
        **{
            f"agreement_{name}": None if each.agreement is None else round(each.agreement, 4)
            for name, each in found.maps.items()
            if name != GRAD_CAM
        },
    }


def _line(row: Row) -> str:
    return json.dumps({"cells": row.cells, "known": row.known}) + "\n"


def _texts(row: Row) -> list[str | float]:
    cells = (row.cells[name] for name in COLUMNS)
    return [
        "" if each is None else without_formula(each) if isinstance(each, str) else each for each in cells
    ]


def _tiled(pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    width = max(each.shape[1] for each in pictures) + 4
    height = _SHEET_HEIGHT + 4
    down = -(-len(pictures) // SHEET_ACROSS)
    sheet = np.full((down * height, min(len(pictures), SHEET_ACROSS) * width, 3), 24, np.uint8)
    for place, each in enumerate(pictures):
        top, left = place // SHEET_ACROSS * height, place % SHEET_ACROSS * width
        sheet[top : top + each.shape[0], left : left + each.shape[1]] = each
    return sheet


def _failure(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        f"The inspection in {folder} can't be written: {error.strerror}. What is done is kept."
    )
