"""What a DICOM header says of patient, study and device.

An optional element that is malformed counts as absent, and a value that can't be what it should be (a height
of 168 metres) is not repaired by guessing: it is left out with a note. Elements go by their DICOM keywords.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import MutableSequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from typing import Protocol as Interface

from verte_core.clinical import Sex, doubt, read_number, read_sex
from verte_core.errors import ClinicalError
from verte_core.reading import names

SIMULATED_COMMENT = "Simulated image. Not a person. Made by the VERTE Desktop radiograph simulator."
"""What the simulator writes into ImageComments and DerivationDescription."""

OWN_MANUFACTURER = "VERTE Desktop"
"""Of the sample images computed from CT volumes, whose comment names the volume."""
_YEARS_PER_UNIT = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_TALLEST_METRES = 3.0
_OTHER_UNITS = {"inches": (48, 84), "centimetres": (100, 230), "millimetres": (1000, 2300)}
"""Of heights of adults that are no metres."""
_GREATEST_AGE = 120
"""Years; what is beyond, like 999Y, says that the age is not known."""
_STAND_IN = date(1900, 1, 1)
"""Anonymised files have it, or an earlier one, for a date; the first radiograph is hardly older."""
_STUDY_DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")


class Elements(Interface):
    """A pydicom Dataset, as far as it is needed here."""

    @property
    def original_encoding(self) -> tuple[bool | None, bool | None]:
        """Whether the file has implicit VRs, and whether it is little endian."""

    def get(self, key: str) -> Any:
        """The value of a keyword's element, or ``None``; raises anything when it is malformed."""

    def get_item(self, key: str) -> Any:
        """The element, with its value as read while no ``get`` has converted it."""

    def __contains__(self, key: str) -> bool: ...


@dataclass(frozen=True)
class Header:
    """Facts of one image, each ``None`` when absent, empty or malformed; all ``None`` for a picture.

    Attributes:
        age: years; PatientAge, else the completed years from PatientBirthDate to StudyDate, or to another
            date of the image where that is empty. Where they contradict each other, the dates are believed.
        age_source: ``"PatientAge"``, ``"PatientBirthDate and StudyDate"`` or the like.
        sex: PatientSex by ``clinical.read_sex``; O (other) is ``None``.
        height_cm: PatientSize, which DICOM gives in metres, in cm.
        weight_kg: PatientWeight.
        patient_name: as it is read aloud, ``"Hong Gildong (洪 吉洞, 홍 길동)"``, by ``names.shown``.
        study_date: StudyDate in ISO 8601, ``"2024-01-31"``.
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
    accession_number: str | None = None
    modality: str | None = None
    body_part: str | None = None
    view_position: str | None = None
    manufacturer: str | None = None
    series_description: str | None = None
    sop_instance_uid: str | None = None
    is_simulated: bool = False
    study_instance_uid: str | None = None
    issuer_of_patient_id: str | None = None

    @cached_property
    def person(self) -> str | None:
        """Stands for a person in a study and names neither: 12 hex digits; None where one is not named."""
        if not self.patient_id or not self.study_instance_uid:
            return None
        whose = "\n".join((self.issuer_of_patient_id or "", self.patient_id, self.study_instance_uid))
        return hashlib.sha256(whose.encode(errors="surrogatepass")).hexdigest()[:12]


def read(dataset: Elements, notes: list[str]) -> Header:
    """The header's facts; appends a sentence to ``notes`` for each that had to be left out."""
    age, age_source = _age(dataset, notes)
    size, weight = number(dataset, "PatientSize"), number(dataset, "PatientWeight")
    if size is not None and size > _TALLEST_METRES:
        unit = next((unit for unit, (low, high) in _OTHER_UNITS.items() if low <= size <= high), None)
        perhaps = f" (perhaps {unit})" if unit else ""
        notes.append(f"PatientSize (0010,1020) is {size:g}, which can't be metres{perhaps}, and was ignored.")
        size = None
    height_cm = round(size * 100, 3) if size and size > 0 else None
    weight_kg = weight if weight and weight > 0 else None
    question = doubt(height_cm, weight_kg)
    if question is not None:
        notes.append(question)
    study_date = _date(dataset, "StudyDate")
    return Header(
        age=age,
        age_source=age_source,
        sex=_sex(dataset),
        height_cm=height_cm,
        weight_kg=weight_kg,
        patient_name=_name(dataset),
        patient_id=text(dataset, "PatientID"),
        study_date=study_date.isoformat() if study_date else None,
        accession_number=text(dataset, "AccessionNumber"),
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


def value(dataset: Elements, keyword: str) -> Any:
    """An element's value, or ``None`` when it is absent or can't be converted."""
    try:
        return dataset.get(keyword)
    except MemoryError:
        raise
    except Exception:  # pydicom converts on access, and raises whatever the malformed value causes
        return None


def is_stated(dataset: Elements, keyword: str) -> bool:
    """Whether an element is there and not empty, however malformed."""
    try:
        found = dataset.get(keyword)
    except MemoryError:
        raise
    except Exception:  # as above
        return True
    return found is not None and found != ""


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
    return [names.legible(word.replace("\0", "").strip()) for word in words]


def text(dataset: Elements, keyword: str) -> str | None:
    """An element as one line of text, or ``None`` when it is absent or empty."""
    return ", ".join(filter(None, texts(dataset, keyword))) or None


def items(dataset: Elements, keyword: str) -> list[Any]:
    """The items of a sequence; none when it is malformed."""
    found = value(dataset, keyword)
    return [item for item in found if hasattr(item, "get_item")] if isinstance(found, MutableSequence) else []


def numbers(dataset: Elements, keyword: str) -> list[float]:
    """All values of an element, also with a decimal comma; none when one of them is not a finite number."""
    # A decimal comma is no DS, so pydicom does not convert it.
    stated = texts(dataset, keyword) or _stored(dataset, keyword).decode("ascii", "replace").split("\\")
    found = [read_number(item.strip("\0 ")) for item in stated]
    kept = [item for item in found if item is not None]
    return kept if len(kept) == len(found) else []


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
    return stated or text(dataset, "Manufacturer") == OWN_MANUFACTURER


def _stored(dataset: Elements, keyword: str) -> bytes:
    """The bytes of an element that was not yet converted, or can't be; empty for another."""
    try:
        found = dataset.get_item(keyword).value if keyword in dataset else b""
    except MemoryError:
        raise
    except Exception:  # an unknown VR makes pydicom raise here, too
        return b""
    return found if isinstance(found, bytes) else b""


def _name(dataset: Elements) -> str | None:
    stored = _stored(dataset, "PatientName")
    stated = text(dataset, "PatientName") or ""
    # A letter that the stated character set lacks is lost in the conversion.
    return names.shown(names.decoded(stored.strip(b"\0 ")) if stored and names.REPLACED in stated else stated)


def _age(dataset: Elements, notes: list[str]) -> tuple[float | None, str | None]:
    """By the rule of ``Header``, and what it comes from."""
    stated = _stated_age(dataset, notes)
    birth = _date(dataset, "PatientBirthDate")
    source = next((each for each in _STUDY_DATES if _real(_date(dataset, each))), None)
    study = _date(dataset, source) if source else None
    computed = None
    if birth is not None and study is not None and birth > study:
        notes.append(f"PatientBirthDate (0010,0030) is after {source}, and was ignored.")
    elif birth is not None and study is not None and _real(birth):
        before_birthday = (study.month, study.day) < (birth.month, birth.day)
        computed = float(study.year - birth.year - before_birthday)
    if computed is None or computed > _GREATEST_AGE:
        if stated is None and birth is not None and not _real(birth):
            notes.append("PatientBirthDate (0010,0030) stands in for one that is not told, and was ignored.")
        return (None, None) if stated is None else (stated, "PatientAge")
    # PatientAge may be of the day of the request, and rounded.
    if stated is not None and abs(int(stated) - computed) <= 1:
        return stated, "PatientAge"
    if stated is not None:
        notes.append(
            f"The header contradicts itself: by PatientAge the age is {stated:.3g}, by PatientBirthDate and"
            f" {source} {computed:g} years; {computed:g} was taken."
        )
    return computed, f"PatientBirthDate and {source}"


def _stated_age(dataset: Elements, notes: list[str]) -> float | None:
    """PatientAge in years; also in small letters, with blanks or too many zeros, but not without its unit."""
    stated = text(dataset, "PatientAge")
    if not stated:
        return None
    match = re.fullmatch(r"0*(\d{1,3}) *([DWMY])(?:AYS?|EEKS?|ONTHS?|EARS?)?", stated.upper())
    if match is None:
        notes.append("PatientAge (0010,1010) is not a number with a unit (D, W, M or Y), and was ignored.")
        return None
    age = int(match[1]) * _YEARS_PER_UNIT[match[2]]
    if age > _GREATEST_AGE or match.group(1, 2) == ("0", "Y"):
        notes.append(f"PatientAge (0010,1010) is {stated}, which stands for an unknown age, and was ignored.")
        return None
    return age


def _real(found: date | None) -> bool:
    return found is not None and found > _STAND_IN


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
