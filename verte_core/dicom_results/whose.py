"""Of an image's header, whose it is and of which study, in a form that can be written again.

Headers of archives are read tolerantly and written strictly: text becomes UTF-8, elements of type 2 are
there, and a value that the standard does not allow is left empty, with a note. Nothing is repaired by
guessing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR
from pydicom.tag import Tag
from pydicom.valuerep import validate_value

from verte_core.dicom_results.identifiers import uid_of
from verte_core.errors import ImageError
from verte_core.reading import dicom
from verte_core.reading.names import REPLACED, legible
from verte_core.results import UNLIKE

_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_OPTIONAL = ("IssuerOfPatientID", "StudyDescription", "PatientAge", "PatientSize", "PatientWeight")
_UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_FORMS = {
    "PatientBirthDate": r"\d{8}",
    "StudyDate": r"\d{8}",
    "StudyTime": r"\d{2}|\d{4}|\d{6}(\.\d{1,6})?",
    "PatientSex": "[MFO]",
    "PatientAge": r"\d{3}[DWMY]",
}
_SEPARATORS = {"PatientBirthDate": "[.-]", "StudyDate": "[.-]", "StudyTime": ":"}
"""Of ACR-NEMA, which the standard asks readers to know (PS3.5 6.2)."""
UTF_8 = "ISO_IR 192"
OLDEST_AGE = 89
"""Years; a greater age names a person (US 45 CFR 164.514)."""


@dataclass(frozen=True, eq=False)
class Whose:
    """What results say of the image that they were made from.

    Attributes:
        dataset: patient, study and UIDs of the image, in UTF-8, every element valid.
        notes: a sentence for each element that had to be left empty.
        deidentified: whether it names no person.
    """

    dataset: Dataset
    notes: tuple[str, ...]
    deidentified: bool = False


def whose(path: Path) -> Whose:
    """Read it from a DICOM file.

    Raises:
        ImageError: when the file is no DICOM, or lacks the UIDs that a result refers to.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file can't be read again: {error.strerror}.", kind="can't be read") from error
    try:
        return _writable(dicom.parse(data, header_only=True))
    except ImageError as error:
        if error.kind != "not an image":
            raise
        raise ImageError(
            "The image is no DICOM file: it names no study in an archive that results could belong to.",
            kind="no DICOM file",
        ) from None


def _writable(stored: Dataset) -> Whose:
    notes: list[str] = []
    written = Dataset()
    written.SpecificCharacterSet = UTF_8
    for keyword in _UIDS:
        uid = _text(stored, keyword)
        if not uid or not _is_valid(keyword, uid):
            what = "has no" if not uid else "has a malformed"
            raise ImageError(
                f"The image {what} {keyword}, so no result can refer to it in an archive.",
                kind="no valid UIDs",
            )
        setattr(written, keyword, uid)
    for keyword in (*_TYPE_2, *_OPTIONAL):
        found = _text(stored, keyword)
        value = re.sub(_SEPARATORS[keyword], "", found) if keyword in _SEPARATORS else found
        if value and not _is_valid(keyword, value):
            notes.append(f"{keyword} of the image is malformed, and is empty in the results.")
            value = ""
        if value or keyword in _TYPE_2:
            setattr(written, keyword, value)
    return Whose(written, tuple(notes))


def _text(stored: Dataset, keyword: str) -> str:
    """The value in words; empty when there is none, ``REPLACED`` when no text can be made of it."""
    try:
        value = stored.get(keyword)
        return "" if value is None else legible(str(value)).strip(" \0")
    except Exception:
        # pydicom raises errors of many kinds for malformed elements; what follows empties them, with a note.
        return REPLACED


def _is_valid(keyword: str, value: str) -> bool:
    form = _FORMS.get(keyword)
    if form is not None and not re.fullmatch(form, value):
        return False
    if REPLACED in value or ("\\" in value and keyword != "StudyDescription"):
        return False
    tag = Tag(keyword)
    try:
        validate_value(dictionary_VR(tag), value, config.RAISE)
    except ValueError:
        return False
    return True


_QUOTES = re.compile(r"header|age\b|patient|birth|\.csv", re.IGNORECASE)
_LEFT_OUT = "Notes that quote the header or a table are left out."


def without_person(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Notes that quote nothing which may name a person; a last one says that others are left out."""
    kept = tuple(note for note in notes if note.startswith(UNLIKE) or not _QUOTES.search(note))
    return kept if len(kept) == len(notes) else (*kept, _LEFT_OUT)


def deidentified(of: Whose, key: str) -> Whose:
    """The same image without a person: no name, number or date, new UIDs, no age over ``OLDEST_AGE``.

    Args:
        of: the image.
        key: a secret of this export; with the same key, one image stays one, and without it nobody can tell
            which it was.
    """
    known = of.dataset
    new = Dataset()
    new.SpecificCharacterSet = UTF_8
    new.SOPClassUID = known.SOPClassUID
    for keyword in _UIDS[1:]:
        setattr(new, keyword, uid_of("deidentified", key, str(known[keyword].value)))
    for keyword in _TYPE_2:
        setattr(new, keyword, "")
    new.PatientSex = known.PatientSex
    new.PatientID = uid_of("person", key, str(known.PatientID), str(known.get("IssuerOfPatientID", "")))[-16:]
    new.PatientName = f"DEIDENTIFIED^{new.PatientID}"
    new.PatientIdentityRemoved = "YES"
    new.DeidentificationMethod = "VERTE Desktop: results made anew from pixels, age, sex and BMI"
    return Whose(new, (), deidentified=True)
