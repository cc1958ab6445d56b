from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    SecondaryCaptureImageStorage,
)

from train.simulator.dicom import Patient, Pixels, Series, write_image
from verte_core.reading.radiograph import load

PERSON = Patient("P1-000002", "SIMULATED^P1-000002", 67.8, "F", 1.57, 61.3)
SPACING = 0.1875


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4096, (40, 30)).astype(np.uint16)


def test_header_says_what_was_given(tmp_path: Path, pixels: np.ndarray) -> None:
    picture = Pixels(pixels, SPACING, orientation=("A", "F"), window=(2000.0, 3000.0))
    ds = pydicom.dcmread(write_image(tmp_path / "a.dcm", PERSON, picture))
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


def test_what_is_not_known_stays_empty(tmp_path: Path, pixels: np.ndarray) -> None:
    unknown, undated = Patient("X", "SAMPLE^X"), Series(date="")
    ds = pydicom.dcmread(write_image(tmp_path / "a.dcm", unknown, Pixels(pixels, SPACING), undated))
    for name in ("PatientAge", "PatientSex", "PatientSize", "PatientWeight", "StudyDate", "StudyTime"):
        assert name in ds and not ds.get(name), name


def test_header_says_that_it_is_simulated(tmp_path: Path, pixels: np.ndarray) -> None:
    ds = pydicom.dcmread(write_image(tmp_path / "a.dcm", PERSON, Pixels(pixels, SPACING)))
    for text in (ds.Manufacturer, ds.ImageComments, ds.DerivationDescription, str(ds.PatientName)):
        assert "simulated" in text.lower()


def test_the_reader_knows_that_it_is_simulated(tmp_path: Path) -> None:
    pixels = np.arange(80 * 80, dtype=np.uint16).reshape(80, 80) % 4096
    assert load(write_image(tmp_path / "a.dcm", PERSON, Pixels(pixels, SPACING))).header.is_simulated


def test_monochrome1_is_the_same_picture_inverted(tmp_path: Path, pixels: np.ndarray) -> None:
    picture = Pixels(pixels, SPACING, photometric="MONOCHROME1")
    ds = pydicom.dcmread(write_image(tmp_path / "a.dcm", PERSON, picture))
    assert ds.PhotometricInterpretation == "MONOCHROME1"
    assert np.array_equal(4095 - ds.pixel_array, pixels)


def test_other_modalities_are_secondary_capture(tmp_path: Path, pixels: np.ndarray) -> None:
    path = write_image(tmp_path / "a.dcm", PERSON, Pixels(pixels, SPACING), Series(modality="OT"))
    ds = pydicom.dcmread(path)
    assert ds.SOPClassUID == SecondaryCaptureImageStorage
    assert "ImagerPixelSpacing" not in ds
    assert list(ds.PixelSpacing) == [0.1875, 0.1875]


def test_compression_loses_nothing(tmp_path: Path, pixels: np.ndarray) -> None:
    pixels = np.tile(pixels, (2, 3))
    ds = pydicom.dcmread(write_image(tmp_path / "a.dcm", PERSON, Pixels(pixels, SPACING), compress=True))
    assert ds.file_meta.TransferSyntaxUID == JPEG2000Lossless
    assert np.array_equal(ds.pixel_array, pixels)


def test_same_input_gives_the_same_bytes_and_another_name_another_image(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    (tmp_path / "again").mkdir()
    picture = Pixels(pixels, SPACING)
    first = write_image(tmp_path / "a.dcm", PERSON, picture)
    again = write_image(tmp_path / "again" / "a.dcm", PERSON, picture)
    other = write_image(tmp_path / "b.dcm", PERSON, picture)
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
def test_pixels_that_can_not_be_written_are_refused(
    pixels: np.ndarray, change: Callable[[np.ndarray], np.ndarray], options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        Pixels(change(pixels), SPACING, **options)


@pytest.mark.parametrize("values", [{"age_years": -1}, {"age_years": 1000}, {"sex": "female"}])
def test_a_patient_whom_the_header_can_not_hold_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Patient("X", "A^B", **values)
