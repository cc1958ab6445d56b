"""The present result as the objects that an archive takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from verte_desktop import wording
from verte_desktop.session.shown import Shown

if TYPE_CHECKING:
    from verte_core.batch.pipeline import Scored
    from verte_core.batch.record import ImageRecord
    from verte_core.dicom_results.export import What
    from verte_core.measuring.items import Measurements, Scale
    from verte_core.network.metadata import Metadata
    from verte_desktop.session.session import Session

KINDS: dict[What, str] = {
    "sr": "Structured report: scores, zones and inputs as data",
    "sc": "Secondary capture: the image and both heatmaps, for every viewer",
    "pdf": "The report's page as a PDF",
    "measured": "Measurements: heights, lengths and angles with their points",
}


def scored(shown: Shown) -> tuple[ImageRecord, Scored]:
    """The result that is shown, as a batch has it; there must be one."""
    from verte_core.batch.clinical_table import ClinicalValues
    from verte_core.batch.pipeline import Scored
    from verte_core.batch.record import ImageRecord, Source

    radiograph, scorer, encoded, result = shown.radiograph, shown.scorer, shown.encoded, shown.result
    assert radiograph and scorer and encoded and result
    inputs = result.inputs
    given = ClinicalValues(inputs.age, inputs.sex, inputs.bmi) if inputs else ClinicalValues()
    record = ImageRecord(
        path=str(radiograph.path),
        model_id=scorer.weights_id,
        trained_on=scorer.metadata.trained_on,
        protocol=shown.read_as,
        given=given,
        source=Source(None, radiograph.header.sop_instance_uid, radiograph.protocol),
        notes=wording.of_image(shown),
        image_id=radiograph.id,
        person=radiograph.header.person,
    )
    record = replace(record.scored(result.scores, result.likeness), inputs=inputs)
    return record, Scored(scorer, radiograph, encoded)


def others_of(session: Session) -> list[tuple[ImageRecord, Metadata]]:
    """The person's other scored images of the same study, by the same weights."""
    from verte_core.batch.record import ImageRecord, Source

    shown, current = session.shown, session.entry()
    assert shown.scorer is not None
    found = []
    for each in session.of_person():
        if each is current or each.result is None or each.result.weights_id != shown.scorer.weights_id:
            continue
        header = each.header
        record = ImageRecord(
            path=str(each.path),
            model_id=each.result.weights_id,
            trained_on=each.result.trained_on,
            protocol="auto",
            source=Source(None, header.sop_instance_uid if header else None),
        )
        scored_record = replace(record.scored(each.result.scores), inputs=each.result.inputs)
        found.append((scored_record, shown.scorer.metadata))
    return found


def write(
    record: ImageRecord,
    scored: Scored,
    out: Path,
    what: Sequence[What],
    deidentify: bool,
    measured: tuple[Measurements, Scale] | None = None,
    others: Sequence[tuple[ImageRecord, Metadata]] = (),
) -> list[Path]:
    """Write the objects into a folder; with ``others`` of the person, a report of the person, too.

    Raises:
        VerteError: when the image is no DICOM file, or no longer the one that was opened, or nothing can be
            written.
    """
    from verte_core import files
    from verte_core.errors import VerteError
    from verte_core.extras import PACS, needed

    with needed(PACS):
        from verte_core.dicom_results.export import Exporter
    from verte_desktop.export.page import page

    path = Path(record.path)
    try:
        is_same = files.sha256(path) == scored.radiograph.id
    except OSError as error:
        raise VerteError(f"The image can't be read again: {error.strerror}.") from error
    if not is_same:
        raise VerteError("The file of the image is another one by now; open it again (F5).")
    exporter = Exporter(out, what, "enhanced", deidentify, page)
    written = exporter.write(record, scored, measured)
    return [*written, *exporter.write_persons(others)]
