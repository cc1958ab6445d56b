from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset

from verte_core.dicom_results.whose import deidentified, whose, without_person
from verte_core.errors import ImageError
from verte_core.results import UNLIKE


def write(path: Path, **elements: object) -> Path:
    """A header alone, with whatever an archive may hold."""
    stored = Dataset()
    stored.SOPClassUID, stored.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.4"
    stored.StudyInstanceUID, stored.SeriesInstanceUID = "1.2.3", "1.2.3.3"
    stored.Modality = "DX"
    raw = {keyword: value for keyword, value in elements.items() if isinstance(value, bytes)}
    for keyword, value in elements.items():
        if keyword not in raw and value is not None:
            setattr(stored, keyword, value)
        if value is None:
            delattr(stored, keyword)
    stored.preamble = bytes(128)
    stored.file_meta = pydicom.dataset.FileMetaDataset()
    stored.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stored.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    stored.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    for keyword, value in raw.items():
        tag = pydicom.tag.Tag(keyword)
        stored[tag] = pydicom.dataelem.RawDataElement(
            tag, pydicom.datadict.dictionary_VR(tag), len(value), value, 0, False, True
        )
    pydicom.dcmwrite(path, stored, enforce_file_format=False)
    return path


@pytest.mark.parametrize(
    ("charset", "stored", "read"),
    [
        ("ISO_IR 192", "홍^길동".encode(), "홍^길동"),
        (
            ["", "ISO 2022 IR 149"],
            b"Hong^Gildong=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
            "Hong^Gildong=홍^길동",
        ),
        ("ISO_IR 149", "홍^길동".encode("euc_kr"), "홍^길동"),
        ("ISO_IR 100", "Müller^Jörg".encode("latin-1"), "Müller^Jörg"),
        (None, b"Plain^Name", "Plain^Name"),
    ],
)
def test_names_of_five_character_sets_become_utf_8(
    tmp_path: Path, charset: object, stored: bytes, read: str
) -> None:
    elements = {"PatientName": stored} | ({"SpecificCharacterSet": charset} if charset else {})
    found = whose(write(tmp_path / "a.dcm", **elements))
    assert found.dataset.SpecificCharacterSet == "ISO_IR 192"
    assert str(found.dataset.PatientName) == read and found.notes == ()


@pytest.mark.parametrize(
    ("keyword", "stored", "written"),
    [
        ("PatientBirthDate", b"1950.01.31", "19500131"),
        ("PatientBirthDate", b"unknown ", ""),
        ("StudyTime", b"10:20:30", "102030"),
        ("StudyTime", b"late", ""),
        ("PatientSex", b"W ", ""),
        ("PatientID", b"9" * 100, ""),
        ("AccessionNumber", b"A" * 40, ""),
        ("StudyDate", b"20240131", "20240131"),
    ],
)
def test_what_is_malformed_is_empty_and_said(
    tmp_path: Path, keyword: str, stored: bytes, written: str
) -> None:
    found = whose(write(tmp_path / "a.dcm", **{keyword: stored}))
    assert str(found.dataset[keyword].value or "") == written
    assert found.notes == (
        () if written else (f"{keyword} of the image is malformed, and is empty in the results.",)
    )


@pytest.mark.parametrize(
    "keyword", ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
)
def test_without_uids_nothing_can_refer_to_an_image(tmp_path: Path, keyword: str) -> None:
    with pytest.raises(ImageError, match=f"has no {keyword}"):
        whose(write(tmp_path / "a.dcm", **{keyword: None}))
    with pytest.raises(ImageError, match=f"has a malformed {keyword}"):
        whose(write(tmp_path / "b.dcm", **{keyword: b"1.2.x.4 "}))


def test_nothing_of_a_person_is_left(tmp_path: Path) -> None:
    person = {"PatientName": b"Hong^Gildong", "PatientID": b"4711", "PatientBirthDate": b"19310131"}
    known = whose(write(tmp_path / "a.dcm", **person, PatientAge=b"093Y", StudyDate=b"20240131"))
    new = deidentified(known, "key")
    text = str(new.dataset)
    assert not any(word in text for word in ("Hong", "4711", "1931", "093Y", "2024", "1.2.3"))
    assert new.dataset.StudyInstanceUID == deidentified(known, "key").dataset.StudyInstanceUID
    assert new.dataset.StudyInstanceUID != deidentified(known, "other").dataset.StudyInstanceUID


def test_notes_that_may_name_a_person_are_left_out() -> None:
    notes = (
        f"{UNLIKE} It looks blurred.",
        "The header says series Kim (SeriesDescription).",
        "It was turned.",
    )
    kept = without_person(notes)
    assert kept == (notes[0], notes[2], "Notes that quote the header or a table are left out.")
    assert without_person(notes[::2]) == notes[::2]
