"""What an archive is asked for and what it is given, whichever way it speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from verte_core.errors import VerteError, printable

IMAGE_MODALITIES = ("CR", "DX", "OT", "BMD")
"""Radiographs; and DXA, which most densitometers send as OT."""


class Elements(Protocol):
    """What is read of a pydicom Dataset."""

    def get(self, key: str) -> Any:
        """Its value by keyword; None without one."""


@dataclass(frozen=True)
class Query:
    """Which studies are looked for; empty means any.

    Attributes:
        patient_id: PatientID; * and ? stand for any characters.
        patient_name: PatientName, likewise.
        dates: StudyDate, YYYYMMDD or a range YYYYMMDD-YYYYMMDD.
        modality: that a study has among ModalitiesInStudy.
        study_uid: StudyInstanceUID.
    """

    patient_id: str = ""
    patient_name: str = ""
    dates: str = ""
    modality: str = ""
    study_uid: str = ""


@dataclass(frozen=True)
class Study:
    """What an archive says of a study; text as it is shown, empty where it says nothing."""

    uid: str
    patient_id: str = ""
    patient_name: str = ""
    date: str = ""
    description: str = ""
    modalities: tuple[str, ...] = ()
    images: int | None = None


@dataclass(frozen=True)
class Instance:
    """An object of an archive, with what tells whether it is worth reading."""

    study_uid: str
    series_uid: str
    uid: str
    modality: str = ""
    body_part: str = ""
    description: str = ""
    sop_class_uid: str = ""


class Archive(Protocol):
    """One node, whichever way it speaks. Calls may come from several threads; each can take its time.

    All raise NodeError, whose sentence names the node and the cause.
    """

    def echo(self) -> str:
        """Ask whether the node answers; a sentence on how it did."""

    def studies(self, query: Query, most: int = 200) -> list[Study]:
        """Those that fit, ``most`` at most."""

    def instances(self, study_uid: str, modalities: Sequence[str] = IMAGE_MODALITIES) -> list[Instance]:
        """Objects of a study whose series have one of the modalities."""

    def fetch(self, instance: Instance, path: Path) -> None:
        """Write the object to a file, as the archive has it."""

    def send(self, paths: Sequence[Path]) -> list[VerteError | None]:
        """Store files; for each, why it was not taken.

        Raises:
            NodeError: when none of them could be offered.
        """


def dated(text: str) -> str:
    """A date or range of dates as DICOM has it (PS3.4 C.2.2.2.5.1).

    Args:
        text: 2026-11-27 or 20261127, or two with ``..`` or ``-`` between, of which one may be left out.

    Raises:
        VerteError: for anything else.
    """
    day = r"\d{4}-\d\d-\d\d|\d{8}"
    match = re.fullmatch(rf"\s*({day})?\s*(\.\.|-)?\s*({day})?\s*", text)
    if not text.strip():
        return ""
    if not match or not (match[1] or match[3]) or (match[1] and match[3] and not match[2]):
        raise VerteError(
            f"{text!r:.40} is no date; write 2026-11-27, or a range: 2026-11-01..2026-11-27, 2026-11-01.. ."
        )
    first, last = ((each or "").replace("-", "") for each in (match[1], match[3]))
    return f"{first}-{last}" if match[2] else first


def study_of(found: Elements) -> Study:
    """From the attributes of an answer to a query for studies."""
    count, modalities = _text(found, "NumberOfStudyRelatedInstances"), found.get("ModalitiesInStudy") or ()
    several = (modalities,) if isinstance(modalities, str) else modalities
    return Study(
        uid=_text(found, "StudyInstanceUID"),
        patient_id=_text(found, "PatientID"),
        patient_name=_text(found, "PatientName"),
        date=_text(found, "StudyDate"),
        description=_text(found, "StudyDescription"),
        modalities=tuple(str(each) for each in several if str(each)),
        images=int(count) if count.isdigit() else None,
    )


def instance_of(study_uid: str, series: Elements, one: Elements) -> Instance:
    """From the attributes of a series and of an object in it."""
    return Instance(
        study_uid=study_uid,
        series_uid=_text(series, "SeriesInstanceUID"),
        uid=_text(one, "SOPInstanceUID"),
        modality=_text(series, "Modality"),
        body_part=_text(series, "BodyPartExamined"),
        description=_text(series, "SeriesDescription"),
        sop_class_uid=_text(one, "SOPClassUID"),
    )


def _text(found: Elements, keyword: str) -> str:
    try:
        value = found.get(keyword)
    except (ValueError, LookupError):
        return ""
    return "" if value is None else printable(str(value))
