"""Scores and heatmaps as a Secondary Capture: what every viewer of an archive shows."""

from __future__ import annotations

import cv2
import highdicom
import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.sr.coding import Code
from pydicom.uid import JPEGLSLossless

from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.simulated import series_description
from verte_core.dicom_results.whose import UTF_8
from verte_core.reading.header import OWN_MANUFACTURER

SERIES = 9002
MOST_BYTES = 2 * 1024**2
"""Of the compressed picture."""
_SOURCE_IMAGE = Code("121322", "DCM", "Source image for image processing operation")
_STEP = 0.95
"""Smaller than the bytes ask for: what is smaller has more of the fine grain."""


def capture(reported: Reported, picture: npt.NDArray[np.uint8]) -> Dataset:
    """The picture in the study of the image, JPEG-LS lossless.

    It is made smaller until it takes no more than ``MOST_BYTES``.

    Args:
        reported: the result.
        picture: RGB (H, W, 3).
    """
    made = _encoded(reported, picture)
    while len(made.PixelData) > MOST_BYTES:
        step = _STEP * (MOST_BYTES / len(made.PixelData)) ** 0.5
        size = [round(side * step) for side in (picture.shape[1], picture.shape[0])]
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        made = _encoded(reported, picture)
    return made


def _encoded(reported: Reported, picture: npt.NDArray[np.uint8]) -> Dataset:
    image = reported.whose.dataset
    made: Dataset = highdicom.sc.SCImage.from_ref_dataset(
        image,
        np.ascontiguousarray(picture),
        "RGB",
        8,
        "PATIENT",
        series_instance_uid=reported.uid("series of captures"),
        series_number=SERIES,
        sop_instance_uid=reported.uid("capture"),
        instance_number=1,
        manufacturer=OWN_MANUFACTURER,
        patient_orientation=("A", "F"),
        transfer_syntax_uid=JPEGLSLossless,
        specific_character_set=UTF_8,
        series_description=series_description("heatmaps", reported.metadata.trained_on),
        manufacturer_model_name=OWN_MANUFACTURER,
        software_versions=reported.record.version,
    )
    # Three pictures and words stand in it: it has no direction of its own.
    made.PatientOrientation = ""
    made.Laterality = ""
    made.ImageType = ["DERIVED", "SECONDARY"]
    made.ConversionType = "WSD"
    made.BurnedInAnnotation = "YES" if not reported.whose.deidentified else "NO"
    made.DerivationDescription = f"Grad-CAM over the image; weights {reported.weights}"
    made.ImageComments = " ".join(reported.cautions)
    made.SourceImageSequence = [_reference(image)]
    return made


def _reference(image: Dataset) -> Dataset:
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = _SOURCE_IMAGE[:3]
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    reference.PurposeOfReferenceCodeSequence = [purpose]
    return reference
