"""Write simulated radiographs as DICOM. The only module of train/ that knows pydicom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from verte_core.reading.header import SIMULATED_COMMENT


def write_cr(
    path: Path,
    pixels: np.ndarray,
    *,
    spacing_mm: float,
    patient_id: str,
    patient_name: str,
    age_years: float | None,
    sex: str,
    height_m: float | None,
    weight_kg: float | None,
    bits_stored: int = 12,
    photometric: str = "MONOCHROME2",
    modality: str = "CR",
    body_part: str = "LSPINE",
    view_position: str = "LL",
    manufacturer: str = "SIMULATED",
    manufacturer_model_name: str = "VERTE simulator",
    series_description: str = "L-SPINE LATERAL",
    patient_orientation: tuple[str, str] | None = None,
    window: tuple[float, float] | None = None,
    sop_instance_uid: str | None = None,
    study_date: str = "20200101",
    comment: str = SIMULATED_COMMENT,
    compress: bool = False,
) -> Path:
    """Write one single-frame grey image and return its path.

    pixels: uint16 (H, W), bone bright, 0 to 2**bits_stored - 1. For MONOCHROME1 they are inverted here, so
    that a reader which honours the header sees the same picture. spacing_mm: at the detector. age_years: the
    header holds whole years. None, or an empty sex or study_date, leaves the element empty. modality: "CR"
    writes CR Image Storage, any other Secondary Capture.
    patient_orientation: where rows and columns point, such as ("A", "F"). window: centre and width in stored
    values, which for MONOCHROME1 are the inverted ones. comment: what the image is and where it comes from,
    in ImageComments and DerivationDescription. compress: JPEG 2000 lossless, else Explicit VR Little Endian.
    UIDs follow from patient_id and the file's name, so the same input gives the same bytes. No
    label has a place here: a header must not tell the answer.

    Raises ValueError for pixels that are not uint16 (H, W) in range or an unknown photometric.
    """
    limit = (1 << bits_stored) - 1
    if pixels.ndim != 2 or pixels.dtype != np.uint16 or int(pixels.max()) > limit:
        raise ValueError(f"pixels must be uint16 (H, W) of at most {bits_stored} bits")
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise ValueError(f"photometric must be MONOCHROME1 or MONOCHROME2, not {photometric!r}")
    if photometric == "MONOCHROME1":
        pixels = np.uint16(limit) - pixels
    entropy = [patient_id, Path(path).name]
    storage = ComputedRadiographyImageStorage if modality == "CR" else SecondaryCaptureImageStorage
    uid = UID(sop_instance_uid) if sop_instance_uid else generate_uid(entropy_srcs=[*entropy, "instance"])

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
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = study_date
    ds.StudyTime = ds.ContentTime = "120000" if study_date else ""
    ds.AccessionNumber = ""
    ds.Modality = modality
    ds.Manufacturer = manufacturer
    ds.ManufacturerModelName = manufacturer_model_name
    ds.ReferringPhysicianName = ""
    ds.SeriesDescription = series_description
    ds.DerivationDescription = comment
    ds.PatientName = patient_name
    ds.PatientID = patient_id
    ds.PatientBirthDate = ""
    ds.PatientSex = sex
    ds.PatientAge = "" if age_years is None else f"{int(age_years):03d}Y"
    ds.PatientSize = "" if height_m is None else f"{height_m:.2f}"
    ds.PatientWeight = "" if weight_kg is None else f"{weight_kg:.1f}"
    ds.ImageComments = comment
    ds.BodyPartExamined = body_part
    ds.ViewPosition = view_position
    if modality == "CR":
        ds.ImagerPixelSpacing = [f"{spacing_mm:.5f}"] * 2
    else:
        ds.ConversionType = "SYN"
        ds.PixelSpacing = [f"{spacing_mm:.5f}"] * 2
    ds.StudyInstanceUID = generate_uid(entropy_srcs=[patient_id, study_date, "study"])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[patient_id, study_date, "series"])
    ds.StudyID = "1"
    ds.SeriesNumber = 1
    ds.InstanceNumber = 1
    ds.PatientOrientation = list(patient_orientation or [])
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = photometric
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated = 16
    ds.BitsStored = bits_stored
    ds.HighBit = bits_stored - 1
    ds.PixelRepresentation = 0
    if window is not None:
        ds.WindowCenter, ds.WindowWidth = (f"{value:.1f}" for value in window)
    ds.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()
    if compress:
        ds.compress(JPEG2000Lossless, generate_instance_uid=False)
    path = Path(path)
    ds.save_as(path, enforce_file_format=True)
    return path
