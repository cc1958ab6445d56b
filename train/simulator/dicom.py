"""Write simulated radiographs as DICOM. The only module of train/ that knows pydicom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from verte_core.reading.header import SIMULATED_COMMENT


@dataclass(frozen=True)
class Patient:
    """Whose image it is. None and an empty sex leave their elements empty.

    Attributes:
        patient_id: PatientID.
        name: PatientName, ``FAMILY^GIVEN``.
        age_years: 0 up to 1000; PatientAge holds whole years.
        sex: ``F``, ``M``, ``O`` or empty.
        height_m: PatientSize.
        weight_kg: PatientWeight.

    Raises:
        ValueError: for an age or a sex that the header can't hold.
    """

    patient_id: str
    name: str
    age_years: float | None = None
    sex: str = ""
    height_m: float | None = None
    weight_kg: float | None = None

    def __post_init__(self) -> None:
        if self.age_years is not None and not 0 <= self.age_years < 1000:
            raise ValueError(f"age_years must be at least 0 and below 1000, not {self.age_years}")
        if self.sex not in ("F", "M", "O", ""):
            raise ValueError(f"sex must be F, M, O or empty, not {self.sex!r}")


@dataclass(frozen=True)
class Series:
    """How and by what it was taken.

    Attributes:
        modality: ``CR`` makes it CR Image Storage, any other Secondary Capture.
        body_part: BodyPartExamined.
        view_position: ViewPosition.
        manufacturer: of the device.
        manufacturer_model_name: of the device.
        description: SeriesDescription.
        date: YYYYMMDD, of the study, too; empty leaves the elements empty.
    """

    modality: str = "CR"
    body_part: str = "LSPINE"
    view_position: str = "LL"
    manufacturer: str = "SIMULATED"
    manufacturer_model_name: str = "VERTE simulator"
    description: str = "L-SPINE LATERAL"
    date: str = "20200101"


@dataclass(frozen=True, eq=False)
class Pixels:
    """What is in the picture, and how it is to be read.

    Attributes:
        values: uint16 (H, W), bone bright, 0 to 2**bits_stored - 1.
        spacing_mm: at the detector.
        bits_stored: of 16 allocated.
        photometric: ``MONOCHROME2``, or ``MONOCHROME1``, for which the values are inverted on writing, so
            that a reader which honours the header sees the same picture.
        orientation: PatientOrientation, where rows and columns point, such as ``("A", "F")``; or none.
        window: centre and width in stored values, which for MONOCHROME1 are the inverted ones.
        derivation: what the image is and where it comes from, in ImageComments and DerivationDescription.

    Raises:
        ValueError: for values that are not uint16 (H, W) in range, or an unknown photometric.
    """

    values: np.ndarray
    spacing_mm: float
    bits_stored: int = 12
    photometric: str = "MONOCHROME2"
    orientation: tuple[str, str] | None = None
    window: tuple[float, float] | None = None
    derivation: str = SIMULATED_COMMENT

    def __post_init__(self) -> None:
        values = self.values
        if values.ndim != 2 or values.dtype != np.uint16 or int(values.max()) > self.greatest:
            raise ValueError(f"values must be uint16 (H, W) of at most {self.bits_stored} bits")
        if self.photometric not in ("MONOCHROME1", "MONOCHROME2"):
            raise ValueError(f"photometric must be MONOCHROME1 or MONOCHROME2, not {self.photometric!r}")

    @property
    def greatest(self) -> int:
        """The greatest value that the stored bits hold."""
        return (1 << self.bits_stored) - 1

    @property
    def stored(self) -> np.ndarray:
        """The values as they are written, uint16 (H, W)."""
        return np.uint16(self.greatest) - self.values if self.photometric == "MONOCHROME1" else self.values


def write_image(
    path: Path, patient: Patient, pixels: Pixels, series: Series | None = None, *, compress: bool = False
) -> Path:
    """Write one single-frame grey image and return its path.

    UIDs follow from PatientID, date and the file's name, so that the same input gives the same bytes. No
    label has a place here: a header must not tell the answer.

    Args:
        path: of the file.
        patient: whose it is.
        pixels: what is in it.
        series: how it was taken; None is a CR of the simulator.
        compress: JPEG 2000 lossless, else Explicit VR Little Endian.
    """
    series = series or Series()
    storage = ComputedRadiographyImageStorage if series.modality == "CR" else SecondaryCaptureImageStorage
    uid = generate_uid(entropy_srcs=[patient.patient_id, path.name, "instance"])

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = storage
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian

    ds = Dataset()
    ds.file_meta = meta
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.SOPClassUID = storage
    ds.SOPInstanceUID = uid
    _describe_patient(ds, patient)
    _describe_series(ds, series, patient.patient_id)
    ds.DerivationDescription = ds.ImageComments = pixels.derivation
    spacing = [f"{pixels.spacing_mm:.5f}"] * 2
    if series.modality == "CR":
        ds.ImagerPixelSpacing = spacing
    else:
        ds.ConversionType = "SYN"
        ds.PixelSpacing = spacing
    _describe_pixels(ds, pixels)
    if compress:
        ds.compress(JPEG2000Lossless, generate_instance_uid=False)
    ds.save_as(path, enforce_file_format=True)
    return path


def _describe_patient(ds: Dataset, patient: Patient) -> None:
    ds.PatientName = patient.name
    ds.PatientID = patient.patient_id
    ds.PatientBirthDate = ""
    ds.PatientSex = patient.sex
    ds.PatientAge = "" if patient.age_years is None else f"{int(patient.age_years):03d}Y"
    ds.PatientSize = "" if patient.height_m is None else f"{patient.height_m:.2f}"
    ds.PatientWeight = "" if patient.weight_kg is None else f"{patient.weight_kg:.1f}"


def _describe_series(ds: Dataset, series: Series, patient_id: str) -> None:
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = series.date
    ds.StudyTime = ds.ContentTime = "120000" if series.date else ""
    ds.AccessionNumber = ""
    ds.Modality = series.modality
    ds.Manufacturer = series.manufacturer
    ds.ManufacturerModelName = series.manufacturer_model_name
    ds.ReferringPhysicianName = ""
    ds.SeriesDescription = series.description
    ds.BodyPartExamined = series.body_part
    ds.ViewPosition = series.view_position
    ds.StudyInstanceUID = generate_uid(entropy_srcs=[patient_id, series.date, "study"])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[patient_id, series.date, "series"])
    ds.StudyID = "1"
    ds.SeriesNumber = 1
    ds.InstanceNumber = 1


def _describe_pixels(ds: Dataset, pixels: Pixels) -> None:
    ds.PatientOrientation = list(pixels.orientation or [])
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = pixels.photometric
    ds.Rows, ds.Columns = pixels.values.shape
    ds.BitsAllocated = 16
    ds.BitsStored = pixels.bits_stored
    ds.HighBit = pixels.bits_stored - 1
    ds.PixelRepresentation = 0
    if pixels.window is not None:
        ds.WindowCenter, ds.WindowWidth = (f"{value:.1f}" for value in pixels.window)
    ds.PixelData = np.ascontiguousarray(pixels.stored, "<u2").tobytes()
