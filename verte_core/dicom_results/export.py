"""Results as files for an archive, a few of each scored image."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from pydicom import Dataset

from verte_core import files
from verte_core.batch.pipeline import Scored
from verte_core.batch.record import ImageRecord
from verte_core.dicom_results.capture import capture
from verte_core.dicom_results.encapsulated_pdf import encapsulated_pdf
from verte_core.dicom_results.measured_report import measured_report
from verte_core.dicom_results.picture import picture
from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.structured_report import Form, person_report, structured_report
from verte_core.dicom_results.whose import deidentified, whose
from verte_core.errors import OutputError, VerteError
from verte_core.measuring.items import Measurements, Scale
from verte_core.network.metadata import Metadata
from verte_core.results import mean_score

What = Literal["sr", "sc", "pdf", "measured"]
WHAT: tuple[What, ...] = ("sr", "sc", "pdf")
"""Structured report, secondary capture and the report's page; what a reader measured only the window has."""
Page = Callable[[ImageRecord, Scored, bool], bytes]
"""Makes a PDF file of a scored image; the last argument leaves the person out."""


class Exporter:
    """Writes the objects that are wanted into one folder.

    Args:
        out: the folder; it is made.
        what: which objects of each image.
        form: of the structured report.
        deidentify: without the person (``whose.deidentified``), and without the name of the file.
        page: makes the page; None where only the other objects can be had.

    Raises:
        VerteError: when a page is wanted that can't be had.
        OutputError: when the folder can't be made.
    """

    def __init__(
        self, out: Path, what: Sequence[What], form: Form, deidentify: bool, page: Page | None
    ) -> None:
        if "pdf" in what and page is None:
            raise VerteError(
                "The report's page is made by the command verte alone; --sr and --sc need no page."
            )
        self._out, self._what, self._form, self._page = out, what, form, page
        self._persons: dict[tuple[str, str], list[tuple[ImageRecord, Metadata]]] = {}
        self._key = secrets.token_hex(16) if deidentify else None
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {out} can't be made: {error.strerror}.") from error

    def write(
        self, record: ImageRecord, scored: Scored, measured: tuple[Measurements, Scale] | None = None
    ) -> list[Path]:
        """Write the objects of a scored image; the same result has the same file names.

        ``measured`` is what a reader measured on it.

        Raises:
            ImageError: when no result can refer to the image.
            OutputError: when a file can't be written.
        """
        reported = self._reported(record, scored.scorer.metadata)
        written = []
        for what in self._what:
            made = self._made(what, reported, scored, measured)
            if made is not None:
                written.append(self._save(made, record, what))
        if record.person is not None and "sr" in self._what:
            place = record.person, record.model_id
            self._persons.setdefault(place, []).append((record, scored.scorer.metadata))
        return written

    def write_persons(self, others: Sequence[tuple[ImageRecord, Metadata]] = ()) -> list[Path]:
        """Write a structured report of each person of whom several images of a study were written.

        ``others`` are scored images of the only person, whose own objects are not written.

        Raises:
            ImageError, OutputError: as ``write``.
        """
        written = []
        for own in self._persons.values():
            of_person = [*own, *others]
            if len(of_person) < 2:
                continue
            reported = [self._reported(*each) for each in of_person]
            record, metadata = of_person[0]
            scores = {
                task: mean_score([each.scores[task] for each, _ in of_person], points)
                for task, points in metadata.operating_points.items()
                if all(task in each.scores for each, _ in of_person)
            }
            written.append(self._save(person_report(reported, scores, self._form), record, "person"))
        return written

    def _reported(self, record: ImageRecord, metadata: Metadata) -> Reported:
        of = whose(Path(record.path))
        return Reported(record, metadata, of if self._key is None else deidentified(of, self._key))

    def _save(self, made: Dataset, record: ImageRecord, what: str) -> Path:
        ending = f"_{str(made.SOPInstanceUID)[-10:]}_{what}.dcm"
        stem = "result" if self._key is not None else Path(record.path).stem
        path = self._out / files.short_name(stem, ending, record.path)
        _save(made, path)
        return path

    def _made(
        self, what: What, reported: Reported, scored: Scored, measured: tuple[Measurements, Scale] | None
    ) -> Dataset | None:
        if what == "measured":
            if measured is None or not measured[0].items:
                return None
            return measured_report(reported, *measured, scored.radiograph.to_file, self._form)
        if what == "sr":
            return structured_report(reported, self._form)
        if what == "pdf":
            assert self._page is not None
            return encapsulated_pdf(reported, self._page(reported.record, scored, self._key is not None))
        return capture(reported, picture(reported, scored))


def _save(made: Dataset, path: Path) -> None:
    try:
        with files.replacing(path) as file:
            made.save_as(file, enforce_file_format=True)
    except OSError as error:
        raise OutputError(f"The result {path} can't be written: {error.strerror}.") from error
