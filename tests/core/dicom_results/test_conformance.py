"""Every object of ten headers in five character sets passes a validator, and reads back."""

from __future__ import annotations

import copy
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from builders import metadata
from pydicom import Dataset

from verte_core.batch.record import ImageRecord, Source
from verte_core.clinical import ClinicalInputs
from verte_core.dicom_results.capture import capture
from verte_core.dicom_results.encapsulated_pdf import encapsulated_pdf
from verte_core.dicom_results.measured_report import measured_report
from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.structured_report import person_report, structured_report
from verte_core.dicom_results.whose import deidentified, whose
from verte_core.measuring.items import Line, Measurements, Scale
from verte_core.measuring.vertebra import Vertebra
from verte_core.reading.orientation import UNCHANGED
from verte_core.results import Likeness, Provenance, Score

pytestmark = pytest.mark.skipif(not shutil.which("dciodvfy"), reason="needs dicom3tools")

CHARSETS: dict[str, tuple[list[str] | str | None, bytes, str]] = {
    "none": (None, b"Hong^Gildong", "Hong^Gildong"),
    "latin": ("ISO_IR 100", "Müller^Jörg".encode("latin-1"), "Müller^Jörg"),
    "korean": (
        ["", "ISO 2022 IR 149"],
        b"Hong^Gildong=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        "Hong^Gildong=홍^길동",
    ),
    "japanese": (
        ["", "ISO 2022 IR 87"],
        b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
        "Yamada^Tarou=山田^太郎",
    ),
    "utf-8": ("ISO_IR 192", "홍^길동".encode(), "홍^길동"),
}
HEADERS: dict[str, dict[str, Any]] = {
    "plain": {"PatientID": "4711", "PatientSex": "F", "StudyDate": "20260101", "StudyTime": "101500"},
    "bare": {},
    "no patient id": {"PatientSex": "M", "PatientBirthDate": "19500131"},
    "old dates": {"PatientBirthDate": b"1950.01.31", "StudyDate": b"2026.01.01", "StudyTime": b"10:15:00"},
    "words for values": {"PatientBirthDate": b"unknown ", "PatientSex": b"W ", "StudyTime": b"noon"},
    "too long": {"PatientID": b"9" * 100, "AccessionNumber": b"A" * 40, "StudyID": b"S" * 30},
    "several of one": {"PatientID": b"1\\2 ", "AccessionNumber": b"1\\2 "},
    "with size": {"PatientSize": "1.62", "PatientWeight": "61.5", "PatientAge": "082Y"},
    "secondary capture": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "StudyDescription": "DXA \\ VFA"},
    "with an issuer": {"PatientID": "4711", "IssuerOfPatientID": "HOSPITAL", "AccessionNumber": "A-1"},
}


def header(path: Path, charset: str, elements: dict[str, Any]) -> Path:
    stated, name, _ = CHARSETS[charset]
    uids = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1",
        "SOPInstanceUID": "1.2.826.0.1.3680043.8.498.1",
        "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.2",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.3",
    }
    stored = Dataset()
    stored.preamble = bytes(128)
    stored.file_meta = pydicom.dataset.FileMetaDataset()
    stored.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    if stated is not None:
        stored.SpecificCharacterSet = stated
    for keyword, value in (uids | {"Modality": "CR", "PatientName": name} | elements).items():
        if isinstance(value, bytes):
            tag = pydicom.tag.Tag(keyword)
            stored[tag] = pydicom.dataelem.RawDataElement(
                tag, pydicom.datadict.dictionary_VR(tag), len(value), value, 0, False, True
            )
        else:
            setattr(stored, keyword, value)
    stored.file_meta.MediaStorageSOPClassUID = str(stored.SOPClassUID)
    stored.file_meta.MediaStorageSOPInstanceUID = str(stored.SOPInstanceUID)
    pydicom.dcmwrite(path, stored, enforce_file_format=False)
    return path


def reported(path: Path) -> Reported:
    record = ImageRecord(
        path=str(path),
        model_id="0123456789ab",
        trained_on=Provenance.SIMULATED,
        protocol="auto",
        source=Source(None, "1.2.826.0.1.3680043.8.498.1", "radiograph"),
        notes=("The pixel data has been compressed with loss.",),
    )
    scores = {"pvf": Score(0.12, 0.1, 0.14, "low"), "osteo": Score(0.7, 0.7, 0.7, "high", spread=0.01)}
    record = record.scored(scores, Likeness(0.9, True, "blurred"))
    return Reported(replace(record, inputs=ClinicalInputs(93.0, "F", None)), metadata(), whose(path))


SIX = tuple((10.0 + row, 20.0 + column) for row, column in ((0, 9), (0, 5), (0, 0), (8, 0), (7, 5), (6, 9)))
MEASURED = Measurements(
    "x",
    (
        Vertebra("L1", SIX),
        Vertebra("", SIX),
        Line("length", SIX[:2]),
        Line("angle", SIX[:3]),
        Line("cobb", SIX[:4]),
        Line("calibration", SIX[:2], 10.0),
    ),
)


def second(of: Reported) -> Reported:
    """Of another image of the same study."""
    dataset = copy.deepcopy(of.whose.dataset)
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.9"
    return replace(of, whose=replace(of.whose, dataset=dataset))


def errors(path: Path) -> list[str]:
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
    return [line for line in (done.stderr + done.stdout).splitlines() if line.startswith("Error")]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("name", HEADERS)
def test_objects_of_any_header_conform(tmp_path: Path, name: str, charset: str) -> None:
    of = reported(header(tmp_path / "image.dcm", charset, HEADERS[name]))
    of_nobody = replace(of, whose=deidentified(of.whose, "key"))
    picture = np.random.default_rng(0).integers(0, 255, (60, 90, 3)).astype(np.uint8)
    page = b"%PDF-1.4\n%%EOF\n"
    for each, of_whom in (("", of), ("nobody", of_nobody)):
        made = {
            "sr": structured_report(of_whom),
            "sr3d": structured_report(of_whom, "comprehensive 3d"),
            "sc": capture(of_whom, picture),
            "measured": measured_report(of_whom, MEASURED, Scale(0.2, "Magnified."), UNCHANGED),
            "measured3d": measured_report(of_whom, MEASURED, Scale(), UNCHANGED, "comprehensive 3d"),
            "person": person_report([of_whom, second(of_whom)], of_whom.record.scores),
            "pdf": encapsulated_pdf(of_whom, page),
        }
        for kind, written in made.items():
            path = tmp_path / f"{each}{kind}.dcm"
            written.save_as(path, enforce_file_format=True)
            assert errors(path) == [], kind
            back = pydicom.dcmread(path)
            assert str(back.PatientName) == (
                CHARSETS[charset][2] if not each else str(of_nobody.whose.dataset.PatientName)
            )
            assert back.StudyInstanceUID == of_whom.whose.dataset.StudyInstanceUID
