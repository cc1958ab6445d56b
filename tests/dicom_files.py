"""Small DICOM images, built in code, and what the reader says of them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from verte_core.errors import ImageError
from verte_core.reading.radiograph import load

SHAPE = (72, 80)
RAMP = np.linspace(0, 4095, SHAPE[0] * SHAPE[1]).astype(np.uint16).reshape(SHAPE)
"""Every 12-bit radiograph below: dark in the first row, bright in the last."""


def dataset(pixels: np.ndarray = RAMP, bits: int = 12, **elements: Any) -> Dataset:
    """A small CR image; ``elements`` are set by keyword, and ``None`` removes one."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.SOPInstanceUID = "1.2.3"
    ds.Modality = "CR"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    ds.BitsAllocated = pixels.dtype.itemsize * 8
    ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.PixelData = pixels.tobytes()
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def lookup_table(entries: np.ndarray, first: int = 0, bits: int = 16, explanation: str = "") -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries) % 65536, first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    item.LUTExplanation = explanation
    return Sequence([item])


def write(path: Path, ds: Dataset) -> Path:
    dcmwrite(path, ds, enforce_file_format=True)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        load(path)
    sentence = str(caught.value)
    assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence
    return sentence


def jpeg(levels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=98)
    return buffer.getvalue()


def compressed(stream: bytes, syntax: UID, pixels: np.ndarray, **elements: Any) -> Dataset:
    ds = dataset(pixels, 8, PixelData=encapsulate([stream]), **elements)
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = syntax
    return ds
