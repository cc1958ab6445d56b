"""A report's page as an Encapsulated PDF (PS3.3 A.45.1)."""

from __future__ import annotations

from datetime import datetime

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from verte_core.dicom_results.reported import Reported
from verte_core.dicom_results.simulated import series_description
from verte_core.reading.header import OWN_MANUFACTURER

SERIES = 9003


def encapsulated_pdf(reported: Reported, page: bytes) -> Dataset:
    """The page in the study of the image; page: a PDF file."""
    image = reported.whose.dataset
    made = Dataset()
    for element in image:
        if element.keyword not in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
            made.add(element)
    now = datetime.now()
    made.SOPClassUID = EncapsulatedPDFStorage
    made.SOPInstanceUID = reported.uid("page")
    made.SeriesInstanceUID = reported.uid("series of pages")
    made.SeriesNumber, made.InstanceNumber = SERIES, 1
    made.Modality, made.ConversionType = "DOC", "WSD"
    made.Manufacturer = made.ManufacturerModelName = OWN_MANUFACTURER
    made.SoftwareVersions = reported.record.version
    made.SeriesDescription = series_description("report", reported.metadata.trained_on)
    made.InstanceCreationDate = made.ContentDate = f"{now:%Y%m%d}"
    made.InstanceCreationTime = made.ContentTime = f"{now:%H%M%S}"
    made.AcquisitionDateTime = ""
    made.BurnedInAnnotation = "NO" if reported.whose.deidentified else "YES"
    made.DocumentTitle = "VERTE report: research, unverified"
    made.VerificationFlag = "UNVERIFIED"
    made.ConceptNameCodeSequence = []
    source = Dataset()
    source.ReferencedSOPClassUID = image.SOPClassUID
    source.ReferencedSOPInstanceUID = image.SOPInstanceUID
    made.SourceInstanceSequence = [source]
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(page)
    made.EncapsulatedDocument = page + b"\0" * (len(page) % 2)
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made
