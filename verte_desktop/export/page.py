"""The report of a result of a batch, made without a window."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from verte_core.dicom_results.whose import OLDEST_AGE, without_person
from verte_core.results import Result
from verte_desktop import wording
from verte_desktop.export.report import Report, pdf
from verte_desktop.session import settings
from verte_desktop.session.clinical_draft import Draft
from verte_desktop.session.shown import Shown

if TYPE_CHECKING:
    from verte_core.batch.pipeline import Scored
    from verte_core.batch.record import ImageRecord


def page(record: ImageRecord, scored: Scored, deidentify: bool) -> bytes:
    """The report of a scored image as a PDF file; deidentify leaves the person out."""
    _application()
    image, scorer = scored.radiograph, scored.scorer
    ids = scored.encoded.image_id, scored.encoded.weights_id
    result = Result(*ids, record.inputs, scorer.metadata.trained_on, record.scores, record.likeness)
    draft = Draft.from_sources(image.header, record.given)
    if deidentify and record.inputs is not None and record.inputs.age > OLDEST_AGE:
        draft = replace(draft, age=f"over {OLDEST_AGE}", file=draft.file | {"age": f"over {OLDEST_AGE}"})
    shown = Shown(radiograph=image, read_as=record.protocol, scorer=scorer)
    patient = None if deidentify else tuple(wording.patient(image.header))
    report = Report(
        scorer,
        image,
        scored.encoded,
        result,
        draft,
        patient,
        wording.read_as(shown),
        without_person(record.notes) if deidentify else record.notes,
        settings.HEATMAP_OPACITY.default,
        datetime.now(),
    )
    return pdf(report)


@functools.cache
def _application() -> QGuiApplication:
    """Fonts need one; a terminal has no display for it."""
    known = QGuiApplication.instance()
    return (
        known if isinstance(known, QGuiApplication) else QGuiApplication(["verte", "-platform", "offscreen"])
    )
