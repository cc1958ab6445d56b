"""Sound files of every kind that the program reads, small, and built in code."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from io import BytesIO
from pathlib import Path

import gdcm
import numpy as np
import openpyxl
from PIL import Image
from pydicom import Dataset, Sequence, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from verte_core.batch.journal import Journal
from verte_core.batch.record import ImageRecord, Source
from verte_core.files import FileState
from verte_core.results import Provenance, Score

SHAPE = (72, 80)
RAMP = np.linspace(0, 4095, SHAPE[0] * SHAPE[1]).astype(np.uint16).reshape(SHAPE)
GREY = (RAMP // 16).astype(np.uint8)


@cache
def of(kind: str) -> tuple[bytes, ...]:
    """The sound files of a kind: ``image``, ``weights``, ``table``, ``journal`` or ``configuration``."""
    return tuple(_MAKERS[kind]())


def _dataset(pixels: np.ndarray = RAMP, bits: int = 12) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = ComputedRadiographyImageStorage, "1.2.3.4"
    ds.SpecificCharacterSet = ["", "ISO 2022 IR 149"]
    ds.Modality, ds.BodyPartExamined, ds.ViewPosition = "DX", "LSPINE", "LL"
    ds.SeriesDescription, ds.PatientOrientation = "L-SPINE LAT", ["A", "F"]
    ds.PatientName, ds.PatientID = "Hong^Gildong", "4711"
    ds.PatientAge, ds.PatientSex, ds.PatientSize, ds.PatientWeight = "067Y", "F", "1.62", "60"
    ds.PatientBirthDate, ds.StudyDate = "19570102", "20240131"
    ds.PixelSpacing, ds.WindowCenter, ds.WindowWidth = [0.2, 0.2], [2000, 1000], [3000, 2000]
    ds.RescaleSlope, ds.RescaleIntercept = "1", "0"
    ds.SamplesPerPixel = 1 if pixels.ndim == 2 else 3
    ds.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = pixels.dtype.itemsize * 8, bits, bits - 1
    ds.PixelRepresentation, ds.PixelPaddingValue = int(pixels.dtype.kind == "i"), 0
    ds.PixelData = pixels.tobytes()
    return ds


def _table(entries: np.ndarray) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, 0, 16])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return Sequence([item])


def _bytes(ds: Dataset, syntax: UID | None = None) -> bytes:
    if syntax is not None:
        ds.file_meta.TransferSyntaxUID = syntax
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def _compressed(syntax: UID) -> bytes:
    ds = _dataset()
    ds.compress(syntax, generate_instance_uid=False)
    return _bytes(ds)


def _in_jpeg() -> bytes:
    ds = _dataset(GREY, 8)
    ds.PixelData = encapsulate([_picture(GREY, "JPEG")])
    ds["PixelData"].is_undefined_length = True
    return _bytes(ds, JPEGBaseline8Bit)


def in_jpeg_lossless(file: bytes) -> bytes:
    """A DICOM file compressed again, by GDCM, since no other library here can."""
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "plain", Path(folder) / "packed"
        plain.write_bytes(file)
        reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
        reader.SetFileName(str(plain))
        reader.Read()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        change.SetInput(reader.GetImage())
        change.Change()
        writer.SetFileName(str(packed))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.Write()
        return packed.read_bytes()


def _enhanced() -> bytes:
    ds, group = _dataset(), Dataset()
    values, measures, shared = Dataset(), Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = "2", "-100", "US"
    measures.PixelSpacing = [0.4, 0.2]
    group.PixelValueTransformationSequence = Sequence([values])
    shared.PixelMeasuresSequence = Sequence([measures])
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = (
        Sequence([shared]),
        Sequence([group]),
    )
    ds.NumberOfFrames = "1"
    return _bytes(ds)


def _images() -> list[bytes]:
    luts, mono1, colours = _dataset(), _dataset(), _dataset(np.dstack([GREY] * 3), 8)
    luts.ModalityLUTSequence = _table(np.arange(4096)[::-1])
    luts.VOILUTSequence = _table(np.arange(4096) // 2)
    mono1.PhotometricInterpretation, mono1.PresentationLUTShape = "MONOCHROME1", "INVERSE"
    palette = _dataset(GREY, 8)
    palette.PhotometricInterpretation = "PALETTE COLOR"
    for colour in ("Red", "Green", "Blue"):
        setattr(palette, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(
            palette, f"{colour}PaletteColorLookupTableData", (np.arange(256) * 257).astype("<u2").tobytes()
        )
    return [
        _bytes(_dataset()),
        _bytes(_dataset(), ImplicitVRLittleEndian),
        _bytes(_dataset(), DeflatedExplicitVRLittleEndian),
        _big_endian(),
        _bytes(_dataset((RAMP.astype(np.int32) - 2048).astype(np.int16))),
        *(_bytes(each) for each in (luts, mono1, colours, palette)),
        _enhanced(),
        *(_compressed(each) for each in (RLELossless, JPEG2000Lossless, JPEGLSLossless)),
        _in_jpeg(),
        in_jpeg_lossless(_bytes(_dataset())),
        _picture(GREY, "PNG"),
        _picture(RAMP, "PNG"),
        _picture(np.dstack([GREY] * 3), "PNG"),
        _picture(GREY, "JPEG"),
        _picture(GREY, "JPEG", progressive=True),
        _picture(np.dstack([GREY] * 3), "JPEG"),
        _picture(GREY, "TIFF"),
        _picture(RAMP, "TIFF"),
        *(_picture(GREY, "TIFF", compression=each) for each in ("tiff_lzw", "jpeg", "packbits")),
    ]


def _big_endian() -> bytes:
    ds = _dataset()
    ds.PixelData = RAMP.astype(">u2").tobytes()
    return _bytes(ds, ExplicitVRBigEndian)


def _picture(levels: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(levels).save(buffer, kind, dpi=(200, 100), **options)
    return buffer.getvalue()


def _weights() -> list[bytes]:
    # torch takes seconds; only the children that mutate weights import it.
    import torch

    from verte_core.network import saving
    from verte_core.network.architecture import Architecture
    from verte_core.network.fusion_net import FusionNet
    from verte_core.network.metadata import Calibration, ClinicalStatistics, Metadata
    from verte_core.preprocess import DEFAULT
    from verte_core.results import OperatingPoints

    torch.manual_seed(0)
    architecture = Architecture(("pvf", "osteo"), "test_efficientnet", 8, (4, 4), 8)
    metadata = Metadata(
        name="small",
        architecture=architecture,
        protocol="radiograph",
        trained_on=Provenance.SIMULATED,
        preprocessing=DEFAULT["radiograph"],
        clinical_statistics=ClinicalStatistics(65.0, 11.0, 24.0, 3.5, 19.0, 31.0),
        operating_points={task: OperatingPoints(0.4, 0.6, 0.9, 0.9) for task in ("pvf", "osteo")},
        calibration={task: Calibration() for task in ("pvf", "osteo")},
        card={"Summary": "Small random weights."},
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.safetensors"
        saving.save(path, FusionNet(architecture).state_dict(), metadata)
        return [path.read_bytes()]


_ROWS = [
    ["path", "sop_instance_uid", "age", "sex", "bmi", "height_cm", "weight_kg", "person_id", "pvf", "osteo"],
    ["a.dcm", "1.2.3", "71", "F", "23,4", "", "", "p1", "1", "0"],
    ["b.dcm", "", "66", "남", "", "171", "80", "p2", "0", ""],
    ["A/IM0001", "", "58.5", "male", "31.0", "", "", "p3", "", "1"],
]


def _tables() -> list[bytes]:
    def joined(separator: str) -> str:
        return "".join(separator.join(row) + "\r\n" for row in _ROWS)

    book, buffer = openpyxl.Workbook(), BytesIO()
    for row in _ROWS:
        book.active.append(row)
    book.save(buffer)
    return [
        joined(";").encode("utf-8-sig"),
        joined("\t").encode("utf-16"),
        joined(";").encode("cp949"),
        buffer.getvalue(),
    ]


def _journals() -> list[bytes]:
    record = ImageRecord(
        "/in/a.dcm",
        "0123456789ab",
        Provenance.SIMULATED,
        "auto",
        "scored",
        scores={"pvf": Score(0.4, 0.3, 0.5, None, 0.1)},
        source=Source(FileState(1000, 1), "1.2.3", "radiograph"),
        notes=("A note.",),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.csv.rows-0.jsonl"
        with Journal(path) as journal, journal.reading(path):
            journal.add(record)
        return [path.read_bytes()]


def _configurations() -> list[bytes]:
    # Only training needs it; the installed program is tried with files of this module where it is not.
    import yaml

    folder = Path(__file__).parents[1] / "train" / "configs"
    texts = [path.read_bytes() for path in sorted(folder.glob("*.yaml"))]
    return [*texts, *(json.dumps(yaml.safe_load(text)).encode() for text in texts[:1])]


_MAKERS = {
    "image": _images,
    "weights": _weights,
    "table": _tables,
    "journal": _journals,
    "configuration": _configurations,
}
