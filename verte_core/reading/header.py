"""What a DICOM header says of patient, study and device.

An optional element that is malformed counts as absent, and a value that can't be what it should be (a height
of 168 metres) is not repaired by guessing: it is left out with a note. Elements go by their DICOM keywords.
"""

from __future__ import annotations

import math
import re
from collections.abc import MutableSequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from typing import Protocol as Interface

from verte_core.clinical import Sex, read_sex
from verte_core.errors import ClinicalError
from verte_core.image_types import Protocol

SIMULATED_COMMENT = "Simulated image. Not a person. Made by the VERTE Desktop radiograph simulator."
"""What the simulator writes into ImageComments and DerivationDescription."""

_OWN_MANUFACTURER = "VERTE Desktop"
"""Of the sample images computed from CT volumes, whose comment names the volume."""
_YEARS_PER_UNIT = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_TALLEST_METRES = 3.0
_VFA_WORDS = re.compile(
    r"\b(vfa|iva|lva|i?dxa|dexa|bmd|vertebral fracture assessment|instant vertebral"
    r"|lateral vertebral assessment|densitomet\w*|hologic|lunar|prodigy)\b",
    re.IGNORECASE,
)
"""Vertebral fracture assessment is IVA to Hologic and LVA to GE Lunar; BMD is DICOM's modality for DXA."""
_VFA_KEYWORDS = (
    "Modality",
    "SeriesDescription",
    "StudyDescription",
    "ProtocolName",
    "BodyPartExamined",
    "Manufacturer",
    "ManufacturerModelName",
)
_RADIOGRAPH_MODALITIES = ("CR", "DX", "RG")
_PROJECTION_MODALITIES = (*_RADIOGRAPH_MODALITIES, "BMD", "RF", "OT", None)


class Elements(Interface):
    """A pydicom Dataset, as far as it is needed here."""

    @property
    def original_encoding(self) -> tuple[bool | None, bool | None]:
        """Whether the file has implicit VRs, and whether it is little endian."""

    def get(self, key: str) -> Any:
        """The value of a keyword's element, or ``None``; raises anything when it is malformed."""

    def __contains__(self, key: str) -> bool: ...


@dataclass(frozen=True)
class Header:
    """Facts of one image, each ``None`` when absent, empty or malformed; all ``None`` for a picture.

    Attributes:
        age: years; PatientAge, else the completed years from PatientBirthDate to StudyDate.
        age_source: ``"PatientAge"`` or ``"PatientBirthDate and StudyDate"``.
        sex: PatientSex by ``clinical.read_sex``; O (other) is ``None``.
        height_cm: PatientSize, which DICOM gives in metres, in cm.
        weight_kg: PatientWeight.
        study_date: ISO 8601, ``"2024-01-31"``.
        is_simulated: whether the file says that this program computed the image; false for a picture.
        issuer_of_patient_id: who gave the PatientID, which another may have given to somebody else.
    """

    age: float | None = None
    age_source: str | None = None
    sex: Sex | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    patient_name: str | None = None
    patient_id: str | None = None
    study_date: str | None = None
    modality: str | None = None
    body_part: str | None = None
    view_position: str | None = None
    manufacturer: str | None = None
    series_description: str | None = None
    sop_instance_uid: str | None = None
    is_simulated: bool = False
    study_instance_uid: str | None = None
    issuer_of_patient_id: str | None = None


def read(dataset: Elements, notes: list[str]) -> Header:
    """The header's facts; appends a sentence to ``notes`` for each that had to be left out."""
    age, age_source = _age(dataset, notes)
    size, weight = number(dataset, "PatientSize"), number(dataset, "PatientWeight")
    if size is not None and size > _TALLEST_METRES:
        notes.append(f"PatientSize (0010,1020) is {size:g}, which can't be metres, and was ignored.")
        size = None
    study_date = _date(dataset, "StudyDate")
    return Header(
        age=age,
        age_source=age_source,
        sex=_sex(dataset),
        height_cm=round(size * 100, 3) if size and size > 0 else None,
        weight_kg=weight if weight and weight > 0 else None,
        patient_name=text(dataset, "PatientName"),
        patient_id=text(dataset, "PatientID"),
        study_date=study_date.isoformat() if study_date else None,
        modality=text(dataset, "Modality"),
        body_part=text(dataset, "BodyPartExamined"),
        view_position=text(dataset, "ViewPosition"),
        manufacturer=text(dataset, "Manufacturer"),
        series_description=text(dataset, "SeriesDescription"),
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        is_simulated=_is_simulated(dataset),
        study_instance_uid=text(dataset, "StudyInstanceUID"),
        issuer_of_patient_id=text(dataset, "IssuerOfPatientID"),
    )


def spacing(dataset: Elements, notes: list[str]) -> tuple[float, float] | None:
    """Millimetres between the centres of rows and of columns: PixelSpacing, else ImagerPixelSpacing.

    The latter is measured at the detector, so it ignores magnification (PS3.3 10.7.1.3).
    """
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        values = numbers(dataset, keyword)
        if len(values) == 2 and min(values) > 0:
            if keyword == "ImagerPixelSpacing":
                notes.append("Lengths are those at the detector (ImagerPixelSpacing): the body is magnified.")
            return values[0], values[1]
    return None


def protocol(dataset: Elements) -> Protocol | None:
    """``"vfa"`` when any word names densitometry, else ``"radiograph"`` for CR, DX and RG, else ``None``."""
    words = " ".join(text(dataset, keyword) or "" for keyword in _VFA_KEYWORDS).replace("_", " ")
    if _VFA_WORDS.search(words):
        return "vfa"
    return "radiograph" if text(dataset, "Modality") in _RADIOGRAPH_MODALITIES else None


def note_origin(dataset: Elements, notes: list[str]) -> None:
    """Append what makes the image something else than a finished lateral radiograph."""
    modality, view = text(dataset, "Modality"), text(dataset, "ViewPosition")
    if modality not in _PROJECTION_MODALITIES:
        notes.append(f"The header says modality {modality}, which is neither a radiograph nor a DXA image.")
    if view in ("AP", "PA"):
        notes.append(f"The header says view position {view}, which is not lateral.")
    if text(dataset, "PresentationIntentType") == "FOR PROCESSING":
        notes.append("The image is raw detector data (FOR PROCESSING) and may look unlike a radiograph.")
    if text(dataset, "LossyImageCompression") == "01":
        notes.append("The pixel data has been compressed with loss.")


def value(dataset: Elements, keyword: str) -> Any:
    """An element's value, or ``None`` when it is absent or can't be converted."""
    try:
        return dataset.get(keyword)
    except MemoryError:
        raise
    except Exception:  # pydicom converts on access, and raises whatever the malformed value causes
        return None


def texts(dataset: Elements, keyword: str) -> list[str]:
    """All values of an element as stripped text."""
    found = value(dataset, keyword)
    if found is None:
        return []
    try:
        words = [str(item) for item in (found if isinstance(found, MutableSequence) else [found])]
    except MemoryError:
        raise
    except Exception:  # names are decoded here, and a sequence reads all its items
        return []
    return [word.replace("\0", "").strip() for word in words]


def text(dataset: Elements, keyword: str) -> str | None:
    """An element as one line of text, or ``None`` when it is absent or empty."""
    return ", ".join(filter(None, texts(dataset, keyword))) or None


def numbers(dataset: Elements, keyword: str) -> list[float]:
    """All values of an element; none when one of them is not a finite number."""
    try:
        found = [float(item) for item in texts(dataset, keyword)]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []


def number(dataset: Elements, keyword: str) -> float | None:
    """The first value of an element, when all of them are finite numbers."""
    return next(iter(numbers(dataset, keyword)), None)


def integer(dataset: Elements, keyword: str) -> int | None:
    """The same without its fraction."""
    found = number(dataset, keyword)
    return None if found is None else int(found)


def _is_simulated(dataset: Elements) -> bool:
    comments = [text(dataset, keyword) or "" for keyword in ("ImageComments", "DerivationDescription")]
    stated = any(comment.startswith(SIMULATED_COMMENT) for comment in comments)
    return stated or text(dataset, "Manufacturer") == _OWN_MANUFACTURER


def _age(dataset: Elements, notes: list[str]) -> tuple[float | None, str | None]:
    stated = text(dataset, "PatientAge")
    match = re.fullmatch(r"(\d{1,3})([DWMY])", (stated or "").upper())
    if match:
        return int(match[1]) * _YEARS_PER_UNIT[match[2]], "PatientAge"
    if stated:
        notes.append("PatientAge (0010,1010) is not a number with a unit (D, W, M or Y), and was ignored.")
    birth, study = _date(dataset, "PatientBirthDate"), _date(dataset, "StudyDate")
    if birth is None or study is None or birth > study:
        return None, None
    before_birthday = (study.month, study.day) < (birth.month, birth.day)
    return float(study.year - birth.year - before_birthday), "PatientBirthDate and StudyDate"


def _sex(dataset: Elements) -> Sex | None:
    stated = text(dataset, "PatientSex")
    try:
        return read_sex(stated) if stated else None
    except ClinicalError:  # O, for other, among them
        return None


def _date(dataset: Elements, keyword: str) -> date | None:
    """A DA value, also with the dots of ACR-NEMA (PS3.5 6.2)."""
    match = re.fullmatch(r"(\d{4})\.?(\d\d)\.?(\d\d)", text(dataset, keyword) or "")
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
