"""Whose fault it is: what libraries raise is the file's; a fault of the program is never told as damage."""

from __future__ import annotations

import builtins
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dicom_files import RAMP, compressed, dataset, jpeg, lookup_table, write
from PIL import Image, ImageOps
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from verte_core import lut
from verte_core.errors import ImageError
from verte_core.reading import (
    bits,
    codestream,
    colour,
    dicom,
    elements,
    geometry,
    greylevels,
    header,
    monochrome,
    orientation,
    origin,
    pictures,
    pixel_data,
    vocabulary,
    windows,
)
from verte_core.reading.radiograph import header_rows, load

GREY = (RAMP // 16).astype(np.uint8)


def plain() -> Dataset:
    return dataset(PatientAge="067Y", ModalityLUTSequence=lookup_table(np.arange(4096)), PixelPaddingValue=0)


def in_colour() -> Dataset:
    return dataset(np.dstack([GREY] * 3), 8)


def palette() -> Dataset:
    ds = dataset(GREY, 8, PhotometricInterpretation="PALETTE COLOR")
    for name in ("Red", "Green", "Blue"):
        setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(ds, f"{name}PaletteColorLookupTableData", (np.arange(256) * 257).astype("<u2").tobytes())
    return ds


def deflated() -> Dataset:
    ds = dataset()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    return ds


def with_jpeg() -> Dataset:
    return compressed(jpeg(GREY), JPEGBaseline8Bit, GREY)


def dicom_file(made: Callable[[], Dataset]) -> Callable[[Path], Path]:
    return lambda folder: write(folder / "image", made())


def picture(pixels: np.ndarray, suffix: str) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, suffix)
        (folder / "image").write_bytes(buffer.getvalue())
        return folder / "image"

    return made


PNG, TIFF = picture(np.dstack([GREY] * 3), "PNG"), picture(RAMP, "TIFF")
PLAIN, JPEG = dicom_file(plain), dicom_file(with_jpeg)

OURS = [
    *[(PLAIN, dicom, name) for name in ("parse", "grey_levels", "bring_up_frame_groups", "_check_bounds")],
    *[(PLAIN, pixel_data, name) for name in ("frame", "_depth", "_check_native", "_integer", "_overlays")],
    *[(PLAIN, bits, name) for name in ("layout", "cut", "padding_values")],
    (PLAIN, elements, "more_than"),
    *[(PLAIN, monochrome, name) for name in ("shown", "_padded", "_inverted", "_lookup_table", "_entries")],
    *[(PLAIN, greylevels, name) for name in ("codes", "stored_values", "look_up", "to_grey_levels", "wraps")],
    *[(PLAIN, header, name) for name in ("read", "text", "texts", "numbers", "value")],
    *[(PLAIN, origin, name) for name in ("kind", "unfit")],
    (PLAIN, orientation, "directions"),
    (PLAIN, geometry, "pixel_size"),
    (PLAIN, vocabulary, "regions"),
    *[(PLAIN, lut, name) for name in ("histogram", "remap")],
    *[(PLAIN, windows, name) for name in ("automatic_of", "Window")],
    *[(JPEG, codestream, name) for name in ("is_complete", "frame", "scans", "is_header_long")],
    (JPEG, pixel_data, "_of_stream"),
    (dicom_file(deflated), dicom, "_inflated"),
    (dicom_file(in_colour), colour, "grey"),
    (PNG, geometry, "picture_pixel_size"),
    *[
        (PNG, pictures, name)
        for name in ("is_picture", "decode", "check_size", "_check_parts", "_frames", "_checked", "_levels")
    ],
    (PNG, colour, "grey"),
    (TIFF, pictures, "_wide"),
    (TIFF, windows, "automatic"),
]


@pytest.mark.parametrize("error", [AttributeError, TypeError, KeyError])
@pytest.mark.parametrize(("made", "module", "name"), OURS, ids=lambda each: getattr(each, "__name__", each))
def test_a_fault_of_the_program_is_not_told_as_damage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: Callable[[Path], Path],
    module: ModuleType,
    name: str,
    error: type[Exception],
) -> None:
    path = made(tmp_path)
    load(path)

    def faulty(*args: Any, **options: Any) -> Any:
        raise error("a fault of the program")

    monkeypatch.setattr(module, name, faulty)
    with pytest.raises(error, match="a fault of the program"):
        load(path)


class OddError(Exception):
    """Of a library that shares no type with any other."""


def _raisable() -> list[type[Exception]]:
    found = [OddError]
    for kind in vars(builtins).values():
        if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, MemoryError):
            try:
                raise kind("of a library")
            except kind:
                found.append(kind)
            except TypeError:  # takes other arguments
                continue
    return found


THEIRS = [
    (PLAIN, dicom, "dcmread"),
    (PLAIN, dicom, "read_dataset"),
    (PLAIN, Decoder, "as_array"),
    (JPEG, pixel_data, "encapsulate"),
    (JPEG, Decoder, "as_array"),
    (dicom_file(palette), pixel_data, "apply_color_lut"),
    (PNG, Image, "open"),
    (PNG, ImageOps, "exif_transpose"),
    (PNG, Image.Image, "convert"),
    (TIFF, np, "asarray"),
]


@pytest.mark.parametrize(("made", "owner", "name"), THEIRS, ids=lambda each: getattr(each, "__name__", each))
def test_whatever_a_library_raises_is_the_files_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Callable[[Path], Path], owner: Any, name: str
) -> None:
    path = made(tmp_path)
    load(path)
    for error in _raisable():

        def failing(*args: Any, error: type[Exception] = error, **options: Any) -> Any:
            raise error("of a library")

        with monkeypatch.context() as patch, pytest.raises(ImageError) as caught:
            patch.setattr(owner, name, failing)
            load(path)
        assert caught.value.kind == "damaged", error
        assert str(caught.value).endswith("."), error


@pytest.mark.parametrize("reader", [load, header_rows])
def test_too_little_memory_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: Callable[[Path], Any]
) -> None:
    path = PLAIN(tmp_path)

    def full(*args: Any, **options: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(dicom, "dcmread", full)
    with pytest.raises(ImageError, match="not enough memory"):
        reader(path)


@pytest.mark.parametrize("syntax", pixel_data._PLUGINS, ids=lambda syntax: syntax.keyword)
def test_a_missing_decoder_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, syntax: Any) -> None:
    path = write(tmp_path / "image.dcm", compressed(jpeg(GREY), syntax, GREY))
    monkeypatch.setattr(get_decoder(syntax), "_available", {})
    with pytest.raises(ImageError, match="is missing from this installation") as caught:
        load(path)
    assert caught.value.kind == "decoder is missing"
    assert syntax.name in str(caught.value) and pixel_data._PLUGINS[syntax] in str(caught.value)


# Values that the reader computes with

COMPUTED = [
    "NumberOfFrames",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
    "WindowCenter",
    "WindowWidth",
    "WindowCenterWidthExplanation",
    "ModalityLUTSequence",
    "VOILUTSequence",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
    "PatientOrientation",
    "ImageOrientationPatient",
    "AnatomicalOrientationType",
    "BodyPartExamined",
    "SeriesDescription",
    "AnatomicRegionSequence",
    "ViewCodeSequence",
    "SharedFunctionalGroupsSequence",
    "ImageType",
    "SOPClassUID",
    "PatientAge",
    "PatientBirthDate",
    "StudyDate",
    "PatientSex",
    "PatientSize",
    "PatientWeight",
    "PatientName",
    "SOPInstanceUID",
    "Modality",
    "ViewPosition",
    "LossyImageCompression",
    "ImageComments",
    "TransferSyntaxUID",
    "PixelData",
]
TEXTS = [
    *(
        "",
        " ",
        "\\",
        "\0",
        "abc",
        "0",
        "-1",
        "1",
        "7",
        "1,5",
        "1_0",
        "1\\2",
        "1\\2\\3\\4",
        "65536",
        "-70000",
        "9" * 30,
    ),
    *("1e308", "-1e308", "5e-324", "1e-300", "1e999", "nan", "inf", "00000000", "99991231", "000Y"),
    *("MONOCHROME1", "PALETTE COLOR", "YBR_FULL_422", "RGB", "INVERSE"),
]
VALUES: list[tuple[bytes, bytes]] = [
    *((vr, text.encode()) for vr in (b"DS", b"LO", b"UN") for text in TEXTS),
    *((b"US", struct.pack("<H", value)) for value in (0, 1, 2, 3, 8, 9, 16, 17, 63, 64, 65535)),
    *((b"SS", struct.pack("<h", value)) for value in (-32768, -1, 0, 32767)),
    *((b"FD", struct.pack("<d", value)) for value in (float("nan"), float("inf"), 1e308, 5e-324, -1.0, 0.5)),
    *((b"UN", value) for value in (b"\xff" * 3, b"\0" * 7)),
    (b"SQ", b""),
    (b"SQ", b"\xfe\xff\x00\xe0\x00\x00\x00\x00"),
    (b"SQ", b"\xfe\xff\x00\xe0\xff\xff\xff\xff"),
]
_LONG = (b"SQ", b"UN", b"OB", b"OW")


def element(keyword: str, vr: bytes, value: bytes) -> bytes:
    """An element as it stands in a file of explicit VRs, little endian; of any VR, suitable or not."""
    tag, value = Tag(keyword), value + b" " * (len(value) % 2)
    size = struct.pack("<HI", 0, len(value)) if vr in _LONG else struct.pack("<H", len(value))
    return struct.pack("<HH", tag.group, tag.element) + vr + size + value


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("keyword", COMPUTED)
@pytest.mark.parametrize("made", [plain, palette], ids=lambda made: made.__name__)
def test_no_value_of_an_element_is_a_fault_of_the_program(
    tmp_path: Path, made: Callable[[], Dataset], keyword: str
) -> None:
    ds = made()
    if keyword == "TransferSyntaxUID":
        syntax = str(ds.file_meta.TransferSyntaxUID).encode()
        whole = write(tmp_path / "whole", ds).read_bytes()
        written = syntax + b"\0" * (len(syntax) % 2)
        files = [whole.replace(written, text.encode().ljust(len(written), b"\0"), 1) for text in TEXTS]
    else:
        # Of an element that stands twice, the second is read.
        whole = write(tmp_path / "whole", ds).read_bytes()
        at = whole.index(struct.pack("<HH", 0x7FE0, 0x0010))
        rest = b"" if keyword == "PixelData" else whole[at:]
        files = [whole[:at] + element(keyword, vr, value) + rest for vr, value in VALUES]
    path = tmp_path / "image"
    for data in files:
        path.write_bytes(data)
        for reader in (load, header_rows):
            try:
                read = reader(path)
            except ImageError as error:
                assert str(error).endswith(".")
            else:
                if reader is load:
                    assert all(each.shade(read.display).shape == read.display.shape for each in read.windows)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("keyword", ["LUTDescriptor", "LUTData", "LUTExplanation"])
@pytest.mark.parametrize("sequence", ["ModalityLUTSequence", "VOILUTSequence"])
def test_no_value_of_a_lookup_table_is_a_fault_of_the_program(
    tmp_path: Path, sequence: str, keyword: str
) -> None:
    whole = write(tmp_path / "whole", dataset()).read_bytes()
    at = whole.index(struct.pack("<HH", 0x7FE0, 0x0010))
    sound = {
        "LUTDescriptor": element("LUTDescriptor", b"US", struct.pack("<3H", 4, 0, 16)),
        "LUTData": element("LUTData", b"OW", struct.pack("<4H", 0, 1, 2, 3)),
        "LUTExplanation": b"",
    }
    path = tmp_path / "image"
    for vr, value in [*VALUES, (b"US", b"\0\0\0\0\0\0"), (b"OW", b"\0" * 8), (b"OW", b"\1\2\3")]:
        body = b"".join((sound | {keyword: element(keyword, vr, value)}).values())
        item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(body)) + body
        path.write_bytes(whole[:at] + element(sequence, b"SQ", item) + whole[at:])
        for reader in (load, header_rows):
            try:
                reader(path)
            except ImageError as error:
                assert str(error).endswith(".")


def test_colours_of_signed_numbers_are_refused(tmp_path: Path) -> None:
    ds = dataset(np.dstack([GREY] * 3), 8, PixelRepresentation=1)
    with pytest.raises(ImageError, match="colours are signed"):
        load(write(tmp_path / "image.dcm", ds))


def test_a_stream_of_fewer_bits_than_its_header_allocates(tmp_path: Path) -> None:
    """Decoders make bytes of it where the header promises words."""
    ds = dataset(GREY, 8)
    ds.compress(JPEG2000Lossless)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    np.testing.assert_array_equal(load(write(tmp_path / "image.dcm", ds)).pixels, GREY)


def test_a_picture_that_is_too_large_to_be_opened_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(ImageError, match="far more than") as caught:
        load(PNG(tmp_path))
    assert caught.value.kind == "not supported"
