from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from train.simulator.dicom import write_cr
from verte_core.reading.radiograph import load

PERSON: dict[str, Any] = {
    "spacing_mm": 0.1875,
    "patient_id": "P1-000002",
    "patient_name": "SIMULATED^P1-000002",
    "age_years": 67.8,
    "sex": "F",
    "height_m": 1.57,
    "weight_kg": 61.3,
}


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4096, (40, 30)).astype(np.uint16)


def test_header_says_what_was_given(tmp_path: Path, pixels: np.ndarray) -> None:
    path = write_cr(
        tmp_path / "a.dcm", pixels, **PERSON, window=(2000.0, 3000.0), patient_orientation=("A", "F")
    )
    ds = pydicom.dcmread(path)
    assert ds.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert ds.SOPClassUID == ds.file_meta.MediaStorageSOPClassUID == ComputedRadiographyImageStorage
    assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
    assert (ds.PatientAge, ds.PatientSex) == ("067Y", "F")
    assert (ds.PatientSize, ds.PatientWeight) == (1.57, 61.3)
    assert list(ds.ImagerPixelSpacing) == [0.1875, 0.1875]
    assert (ds.Rows, ds.Columns, ds.BitsStored, ds.HighBit) == (40, 30, 12, 11)
    assert (ds.WindowCenter, ds.WindowWidth) == (2000, 3000)
    assert list(ds.PatientOrientation) == ["A", "F"]
    assert list(ds.ImageType) == ["DERIVED", "PRIMARY"]
    assert np.array_equal(ds.pixel_array, pixels)


def test_header_says_that_it_is_simulated(tmp_path: Path, pixels: np.ndarray) -> None:
    ds = pydicom.dcmread(write_cr(tmp_path / "a.dcm", pixels, **PERSON))
    for text in (ds.Manufacturer, ds.ImageComments, ds.DerivationDescription, str(ds.PatientName)):
        assert "simulated" in text.lower()


def test_the_reader_knows_that_it_is_simulated(tmp_path: Path) -> None:
    pixels = np.arange(80 * 80, dtype=np.uint16).reshape(80, 80) % 4096
    assert load(write_cr(tmp_path / "a.dcm", pixels, **PERSON)).header.is_simulated


def test_monochrome1_is_the_same_picture_inverted(tmp_path: Path, pixels: np.ndarray) -> None:
    ds = pydicom.dcmread(write_cr(tmp_path / "a.dcm", pixels, **PERSON, photometric="MONOCHROME1"))
    assert ds.PhotometricInterpretation == "MONOCHROME1"
    assert np.array_equal(4095 - ds.pixel_array, pixels)


def test_other_modalities_are_secondary_capture(tmp_path: Path, pixels: np.ndarray) -> None:
    ds = pydicom.dcmread(write_cr(tmp_path / "a.dcm", pixels, **PERSON, modality="OT"))
    assert ds.SOPClassUID == SecondaryCaptureImageStorage
    assert "ImagerPixelSpacing" not in ds
    assert list(ds.PixelSpacing) == [0.1875, 0.1875]


def test_same_input_gives_the_same_bytes_and_another_name_another_image(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    (tmp_path / "again").mkdir()
    first = write_cr(tmp_path / "a.dcm", pixels, **PERSON)
    again = write_cr(tmp_path / "again" / "a.dcm", pixels, **PERSON)
    other = write_cr(tmp_path / "b.dcm", pixels, **PERSON)
    assert first.read_bytes() == again.read_bytes()
    a, b = pydicom.dcmread(first), pydicom.dcmread(other)
    assert a.SOPInstanceUID != b.SOPInstanceUID
    assert a.StudyInstanceUID == b.StudyInstanceUID


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda p: p.astype(np.float32), {}),
        (lambda p: p[None], {}),
        (lambda p: p + np.uint16(4096), {}),
        (lambda p: p, {"photometric": "RGB"}),
    ],
)
def test_refuses_what_it_cannot_write(tmp_path: Path, pixels: np.ndarray, change: Any, options: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        write_cr(tmp_path / "a.dcm", change(pixels), **PERSON, **options)
    assert not (tmp_path / "a.dcm").exists()
