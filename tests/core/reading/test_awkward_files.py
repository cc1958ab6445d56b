"""Awkward files of the kinds that archives and offices hold, each by its right levels, notes or refusal.

What is right: pixels as the device meant them, since the scores come from these; a note where the header was
not believed; a refusal where the picture would be cut or its levels are not known. The header's facts have
tests of their own (test_header, test_origin, test_orientation, test_geometry).
"""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicom_files import RAMP, compressed, dataset, jpeg, lookup_table, refusal, write
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fuzz import seeds
from verte_core.errors import ImageError
from verte_core.reading.radiograph import Radiograph, load

INVERSE = (4095 - RAMP).astype(np.uint16)
GREY = (RAMP // 16).astype(np.uint8)
SIGNED = (RAMP.astype(np.int32) - 2048).astype(np.int16)
SATURATED = np.clip(RAMP.astype(np.int32) * 3 // 2, 0, 4095).astype(np.uint16)
FRAMED = RAMP.copy()
FRAMED[:, :12] = 4095
FRAMED[:20] = 4095
HOLDS_NONE = "which these pixels can't hold; nothing was taken for padding"


@pytest.fixture(autouse=True)
def _any_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """As devices write it, and pydicom would not."""
    monkeypatch.setattr(pydicom.config.settings, "writing_validation_mode", pydicom.config.IGNORE)


def packed(pixels: np.ndarray, syntax: UID, bits: int = 12, **after: Any) -> Dataset:
    """Compressed, and then with other elements than the code stream was made with."""
    ds = dataset(pixels, bits)
    ds.compress(syntax, generate_instance_uid=False)
    for keyword, value in after.items():
        setattr(ds, keyword, value)
    return ds


def in_jpeg_lossless(ds: Dataset, **after: Any) -> Dataset:
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    found = dcmread(BytesIO(seeds.in_jpeg_lossless(buffer.getvalue())))
    assert found.file_meta.TransferSyntaxUID == JPEGLosslessSV1
    for keyword, value in after.items():
        setattr(found, keyword, value)
    return found


def with_raw(keyword: str, vr: str, value: Any, pixels: np.ndarray = RAMP, **elements: Any) -> Dataset:
    ds = dataset(pixels, **elements)
    ds.add_new(pydicom.tag.Tag(keyword), vr, value)
    return ds


def enhanced() -> Dataset:
    """One frame whose rescale stands in the functional groups, and inverts."""
    values, shared = Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = "-1", "4095", "US"
    shared.PixelValueTransformationSequence = Sequence([values])
    return dataset(INVERSE, NumberOfFrames="1", SharedFunctionalGroupsSequence=Sequence([shared]))


def overlay() -> Dataset:
    ds = dataset(RAMP | np.where(np.indices(RAMP.shape).sum(0) // 8 % 2, 0x8000, 0).astype(np.uint16))
    for element, vr, value in (
        (0x0010, "US", RAMP.shape[0]), (0x0011, "US", RAMP.shape[1]), (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]), (0x0100, "US", 16), (0x0102, "US", 15),
    ):  # fmt: skip
        ds.add_new((0x6000, element), vr, value)
    return ds


def fragments(stream: bytes, offsets: bytes) -> bytes:
    half = len(stream) // 4 * 2
    items = (offsets, stream[:half], stream[half:] + b"\0" * (len(stream) % 2))
    return b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(each)) + each for each in items)


def cut_apart(offsets: bytes) -> Dataset:
    ds = packed(RAMP, JPEG2000Lossless)
    stream = pydicom.encaps.get_frame(ds.PixelData, 0, number_of_frames=1)
    ds.PixelData, ds.NumberOfFrames = fragments(stream, offsets), 1
    ds["PixelData"].is_undefined_length = True
    return ds


def colours(pixels: np.ndarray, **elements: Any) -> Dataset:
    return dataset(np.ascontiguousarray(pixels), 8, **elements)


RGB = np.dstack([GREY] * 3)
PLANES = np.ascontiguousarray(np.moveaxis(RGB, 2, 0)).tobytes()
NOTED = RGB.copy()
NOTED[4:7, 4:24] = (255, 255, 0)
LUMINANCE = GREY.copy()
LUMINANCE[4:7, 4:24] = 226
YBR = RGB.copy()
YBR[..., 1:] = 128

Made = tuple[str, Any, np.ndarray, str]
READ: list[Made] = [
    # polarity
    ("MONOCHROME1", lambda: dataset(INVERSE, PhotometricInterpretation="MONOCHROME1"), RAMP, ""),
    ("MONOCHROME1 and INVERSE",
     lambda: dataset(INVERSE, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"), RAMP,
     ""),
    ("MONOCHROME1 and IDENTITY",
     lambda: dataset(INVERSE, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="IDENTITY"), RAMP,
     "contradicts itself"),
    ("MONOCHROME2 and INVERSE", lambda: dataset(INVERSE, PresentationLUTShape="INVERSE"), RAMP, "inverted"),
    ("a slope below 0", lambda: dataset(INVERSE, RescaleSlope="-1", RescaleIntercept="4095"), RAMP, ""),
    ("MONOCHROME1 with a slope below 0",
     lambda: dataset(PhotometricInterpretation="MONOCHROME1", RescaleSlope="-1", RescaleIntercept="4095"),
     RAMP, ""),
    # bits
    ("unused bits set", lambda: dataset(RAMP | 0xC000, BitsStored=14, HighBit=13), RAMP, ""),
    ("left-justified", lambda: dataset(RAMP << 4, HighBit=15), RAMP, ""),
    ("said to be left-justified", lambda: dataset(RAMP, HighBit=15), RAMP, "HighBit (0028,0102) is 15"),
    ("12 bits in 16", lambda: dataset(RAMP, 16), RAMP, ""),
    ("signed", lambda: dataset(SIGNED), RAMP, ""),
    ("signed, high bits 0", lambda: dataset(SIGNED.view(np.uint16) & 0xFFF, PixelRepresentation=1), RAMP, ""),
    ("signed, said to be unsigned", lambda: dataset(SIGNED, 16, PixelRepresentation=0),
     (SIGNED.astype(np.int32) + 32768).astype(np.uint16), "they were read as signed"),
    ("12 allocated", lambda: dataset(RAMP, BitsAllocated=12), RAMP, "BitsAllocated (0028,0100) is 12"),
    ("8 bits in 16", lambda: dataset(GREY.astype(np.uint16), 8), GREY, ""),
    ("an overlay in a high bit", overlay, RAMP, ""),
    # padding that pixels can't hold
    ("saturated, padding 65535", lambda: with_raw("PixelPaddingValue", "US", 65535, SATURATED), SATURATED,
     HOLDS_NONE),
    ("saturated, padding -1", lambda: with_raw("PixelPaddingValue", "SS", -1, SATURATED), SATURATED,
     HOLDS_NONE),
    ("10 bits, padding 65535", lambda: with_raw("PixelPaddingValue", "US", 65535, RAMP // 4, bits=10),
     RAMP // 4, HOLDS_NONE),
    ("padding beyond, with its range", lambda: with_raw("PixelPaddingValue", "US", 60000, SATURATED,
     PixelPaddingRangeLimit=65535), SATURATED, HOLDS_NONE),
    ("malformed padding", lambda: with_raw("PixelPaddingValue", "US", [], RAMP), RAMP, ""),
    # lookup tables are for the screen
    ("VOI LUT cut short", lambda: dataset(VOILUTSequence=short_table()), RAMP, "shows the image without it"),
    ("VOI LUT of zeros", lambda: dataset(VOILUTSequence=lookup_table(np.zeros(4096))), RAMP, "entries are 0"),
    ("VOI LUT without data", lambda: dataset(VOILUTSequence=Sequence([Dataset()])), RAMP, "no LUTDescriptor"),
    ("VOI LUT beside all values", lambda: dataset(VOILUTSequence=lookup_table(np.arange(1, 17), 60000)), RAMP,
     "shows nothing of this image"),
    ("a window beside all values", lambda: dataset(WindowCenter="60000", WindowWidth="400"), RAMP, "window"),
    ("a window of width 0", lambda: dataset(WindowCenter="0", WindowWidth="0"), RAMP, "malformed"),
    ("an inverting modality LUT", lambda: dataset(INVERSE, ModalityLUTSequence=lookup_table(INVERSE_TABLE)),
     RAMP, ""),
    ("rescale in functional groups", enhanced, RAMP, ""),
    # transfer syntaxes and code streams
    ("implicit", lambda: ImplicitVRLittleEndian, RAMP, ""),
    ("big endian", lambda: ExplicitVRBigEndian, RAMP, ""),
    ("deflated", lambda: DeflatedExplicitVRLittleEndian, RAMP, ""),
    *((syntax.name, lambda syntax=syntax: packed(RAMP, syntax), RAMP, "")
      for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless)),
    ("JPEG 2000, signed", lambda: packed(SIGNED, JPEG2000Lossless), RAMP, ""),
    ("JPEG-LS, signed", lambda: packed(SIGNED, JPEGLSLossless), RAMP, ""),
    ("JPEG 2000, codes of signed numbers",
     lambda: packed(SIGNED.view(np.uint16) & 0xFFF, JPEG2000Lossless, PixelRepresentation=1), RAMP, ""),
    ("JPEG 2000, 16 bits said to be 12",
     lambda: packed(RAMP, JPEG2000Lossless, 16, BitsStored=12, HighBit=11), RAMP, ""),
    ("JPEG 2000, 12 bits said to be 16", lambda: packed(RAMP, JPEG2000Lossless, BitsStored=16, HighBit=15),
     RAMP, ""),
    ("JPEG 2000, values beyond BitsStored",
     lambda: packed(RAMP * 16, JPEG2000Lossless, 16, BitsStored=12, HighBit=11), RAMP * 16,
     "the compressed pixels use 16 bits"),
    ("JPEG-LS, values beyond BitsStored",
     lambda: packed(RAMP * 4, JPEGLSLossless, 14, BitsStored=12, HighBit=11), RAMP * 4, "use 14 bits"),
    ("JPEG-LS, 8 bits in 16", lambda: packed(GREY.astype(np.uint16), JPEGLSLossless, 8), GREY, ""),
    ("JPEG Lossless", lambda: in_jpeg_lossless(dataset()), RAMP, "the body is magnified"),
    ("JPEG Lossless, 12 bits said to be 16", lambda: in_jpeg_lossless(dataset(), BitsStored=16, HighBit=15),
     RAMP, "the body is magnified"),
    ("a wrong offset table", lambda: cut_apart(struct.pack("<I", 999)), RAMP, ""),
    ("two offsets for one frame", lambda: cut_apart(struct.pack("<II", 0, 400)), RAMP, ""),
    *((f"NumberOfFrames {number!r}", lambda number=number: dataset(NumberOfFrames=number), RAMP, "")
      for number in ("0", "1.0", "")),
    # grey in colour
    ("RGB", lambda: colours(RGB), GREY, "channels are equal"),
    ("an annotation in yellow", lambda: colours(NOTED), LUMINANCE, "part of the image is in colour (1.04%"),
    ("YBR_FULL", lambda: colours(YBR, PhotometricInterpretation="YBR_FULL"), GREY, "channels are equal"),
    ("RGB called YBR", lambda: colours(RGB, PhotometricInterpretation="YBR_FULL"), GREY, "is wrong"),
    ("planes", lambda: colours(RGB, PlanarConfiguration=1, PixelData=PLANES), GREY, "channels are equal"),
    ("pixels called planes", lambda: colours(NOTED, PlanarConfiguration=1), LUMINANCE, "is wrong"),
]  # fmt: skip
INVERSE_TABLE = np.arange(4096)[::-1]


def short_table() -> Sequence:
    sequence = lookup_table(np.arange(1, 2001))
    sequence[0].LUTDescriptor = [4096, 0, 16]
    return sequence


def opened(path: Path, made: Any) -> Radiograph:
    made = made()
    if isinstance(made, UID):
        ds = dataset()
        ds.file_meta.TransferSyntaxUID = made
        if made == ExplicitVRBigEndian:
            ds.PixelData = RAMP.astype(">u2").tobytes()
        made = ds
    return load(write(path, made))


@pytest.mark.parametrize(("made", "levels", "said"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_levels_are_those_of_the_device(tmp_path: Path, made: Any, levels: np.ndarray, said: str) -> None:
    image = opened(tmp_path / "image.dcm", made)
    np.testing.assert_array_equal(image.pixels, levels)
    assert image.pixels.dtype == levels.dtype
    notes = [note for note in image.notes if said and said in note]
    assert len(notes) == bool(said), image.notes
    assert said or not image.notes, image.notes
    # Nothing comes up black or white.
    shade = image.windows[0].shade(image.display)
    assert shade.min() < 40 and shade.max() > 215


@pytest.mark.parametrize("inverted", [False, True])
def test_padding_becomes_the_darkest_level_of_the_image(tmp_path: Path, inverted: bool) -> None:
    photometric = "MONOCHROME1" if inverted else "MONOCHROME2"
    stored, value = ((4095 - FRAMED).astype(np.uint16), 0) if inverted else (FRAMED, 4095)
    ds = dataset(stored, PhotometricInterpretation=photometric, PixelPaddingValue=value)
    inside = FRAMED[20:, 12:]
    expected = FRAMED.copy()
    expected[FRAMED == 4095] = inside[inside < 4095].min()
    np.testing.assert_array_equal(load(write(tmp_path / "a.dcm", ds)).pixels, expected)


def test_a_reversed_range_of_padding(tmp_path: Path) -> None:
    stored = RAMP.copy()
    stored[:20] = 0
    ds = dataset(stored, PixelPaddingValue=10, PixelPaddingRangeLimit=0)
    expected = stored.copy()
    expected[stored <= 10] = stored[stored > 10].min()
    np.testing.assert_array_equal(load(write(tmp_path / "a.dcm", ds)).pixels, expected)


def test_a_first_value_that_means_a_negative_one(tmp_path: Path) -> None:
    entries = np.arange(4096) // 2 + 1
    table = lookup_table(entries)
    table[0].LUTDescriptor = [4096, 63488, 16]
    image = load(write(tmp_path / "a.dcm", dataset(RescaleIntercept="-2048", VOILUTSequence=table)))
    np.testing.assert_array_equal(image.pixels, RAMP)
    shown = image.display.astype(float)
    assert np.corrcoef(shown.ravel(), entries[RAMP].ravel())[0, 1] == pytest.approx(1, abs=1e-6)
    assert not image.notes


REFUSED: list[tuple[str, Any, str, str]] = [
    ("values beyond BitsStored", lambda: dataset(RAMP * 4), "bits beyond those stored", "up to 14 bits"),
    ("one bit beyond", lambda: dataset(RAMP | np.where(RAMP > 4000, 0x1000, 0).astype(np.uint16)),
     "bits beyond those stored", "the picture would be cut"),
    ("RLE, values beyond BitsStored", lambda: packed(RAMP * 4, RLELossless, 14, BitsStored=12, HighBit=11),
     "bits beyond those stored", "up to 14 bits"),
    ("32 bits", lambda: dataset(RAMP.astype(np.uint32), 32), "not supported", "BitsAllocated 32"),
    ("no BitsStored", lambda: dataset(BitsStored=None, HighBit=None), "damaged", "BitsStored (0028,0101)"),
    ("slope 0", lambda: dataset(RescaleSlope="0"), "grey levels not known", "RescaleSlope (0028,1053) is 0"),
    ("two frames", lambda: dataset(np.vstack([RAMP, RAMP]), Rows=RAMP.shape[0], NumberOfFrames="2"),
     "not supported", "2 frames"),
    ("JPEG Extended of 12 bits", lambda: compressed(jpeg(GREY), JPEGExtended12Bit, GREY, Rows=80), "damaged",
     "its header says 80 rows"),
    ("three channels said to be one", lambda: compressed(jpeg(RGB), JPEGBaseline8Bit, GREY), "damaged",
     "x 3 of 8 bits"),
    ("a photograph", lambda: colours(np.dstack([GREY, GREY.T.reshape(GREY.shape), GREY[::-1]])), "in colour",
     "rows 1 to 72 and columns 1 to 80"),
    ("false colours", lambda: colours(np.dstack([GREY, GREY, 255 - GREY])), "in colour", "% of its pixels"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "kind", "said"), [row[1:] for row in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_would_be_wrong_is_refused(tmp_path: Path, made: Any, kind: str, said: str) -> None:
    path = write(tmp_path / "image.dcm", made())
    assert said in refusal(path)
    with pytest.raises(ImageError) as caught:
        load(path)
    assert caught.value.kind == kind


def picture(levels: np.ndarray, kind: str, mode: str | None = None, **options: Any) -> bytes:
    image, buffer = Image.fromarray(levels), BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(levels: np.ndarray, photometric: int, sample_format: int = 1, order: str = "<") -> bytes:
    """By hand: byte orders, signs and polarities that no library writes."""
    data = levels.astype(levels.dtype.newbyteorder(order)).tobytes()
    rows, columns = levels.shape
    tags = [
        (256, 4, columns), (257, 4, rows), (258, 3, levels.itemsize * 8), (259, 3, 1), (262, 3, photometric),
        (273, 4, 8), (277, 3, 1), (278, 4, rows), (279, 4, len(data)), (339, 3, sample_format),
    ]  # fmt: skip
    body = b"".join(
        struct.pack(f"{order}HHI", tag, kind, 1)
        + (struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value))
        for tag, kind, value in tags
    )
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(data))
    return start + data + struct.pack(f"{order}H", len(tags)) + body + bytes(4)


WIDE = RAMP * 16
PICTURES: list[tuple[str, bytes, np.ndarray]] = [
    ("PNG of 8 bits", picture(GREY, "PNG"), GREY),
    ("PNG of 16 bits", picture(WIDE, "PNG"), WIDE),
    ("PNG with a palette", picture(GREY, "PNG", "P"), GREY),
    ("opaque PNG with alpha", picture(np.dstack([GREY, np.full_like(GREY, 255)]), "PNG"), GREY),
    ("RGB", picture(RGB, "PNG"), GREY),
    ("BigTIFF", picture(WIDE, "TIFF", big_tiff=True), WIDE),
    ("LZW", picture(WIDE, "TIFF", compression="tiff_lzw"), WIDE),
    ("TIFF of 32 bits", picture(RAMP.astype(np.int32), "TIFF"), RAMP),
    ("big-endian TIFF", tiff(WIDE, 1, order=">"), WIDE),
    ("white is zero, 8 bits", tiff(255 - GREY, 0), GREY),
    ("white is zero, 16 bits", tiff(65535 - WIDE, 0), WIDE),
    ("signed TIFF", tiff(SIGNED, 1, 2), RAMP),
    ("signed big-endian TIFF", tiff(SIGNED, 1, 2, ">"), RAMP),
    ("unsigned TIFF of 32 bits", tiff(RAMP.astype(np.uint32), 1), RAMP),
]


@pytest.mark.parametrize(("data", "levels"), [row[1:] for row in PICTURES], ids=[row[0] for row in PICTURES])
def test_pictures(tmp_path: Path, data: bytes, levels: np.ndarray) -> None:
    path = tmp_path / "picture"
    path.write_bytes(data)
    np.testing.assert_array_equal(load(path).pixels, levels)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_a_grey_jpeg_in_colour_is_grey(tmp_path: Path, quality: int) -> None:
    """The noise of JPEG in colour, as phones and converters write it, is no colour."""
    noise = np.random.default_rng(1).integers(-3, 4, RGB.shape)
    path = tmp_path / "a.jpg"
    path.write_bytes(picture(np.clip(RGB + noise, 0, 255).astype(np.uint8), "JPEG", quality=quality))
    image = load(path)
    assert np.abs(image.pixels.astype(int) - GREY).mean() < 4
    assert any("read as grey" in note for note in image.notes)


def test_a_tinted_picture_is_grey_by_its_luminance(tmp_path: Path) -> None:
    sepia = np.dstack([np.clip(GREY * factor, 0, 255) for factor in (1.0, 0.9, 0.75)]).astype(np.uint8)
    path = tmp_path / "a.png"
    path.write_bytes(picture(sepia, "PNG"))
    image = load(path)
    np.testing.assert_array_equal(
        image.pixels, np.rint(sepia @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    )
    assert "tinted as a whole" in image.notes[0]


def test_no_picture_without_header_is_turned_over(tmp_path: Path) -> None:
    """What only the picture could tell, such as dark bone, is claimed by nobody here."""
    path = tmp_path / "a.png"
    path.write_bytes(picture(255 - GREY, "PNG"))
    image = load(path)
    np.testing.assert_array_equal(image.pixels, 255 - GREY)
    assert image.notes == () and image.protocol is None and image.unfit is None


@pytest.mark.parametrize(
    ("cut", "kind"),
    [(lambda data: data[132:], None), (lambda data: data + bytes(1000), None),
     (lambda data: data[: len(data) // 2], "damaged"), (lambda data: bytes(128) + data, "not an image")],
    ids=["no preamble", "more behind", "half", "more before"],
)  # fmt: skip
def test_whole_files(tmp_path: Path, cut: Any, kind: str | None) -> None:
    path = write(tmp_path / "a.dcm", dataset())
    path.write_bytes(cut(path.read_bytes()))
    if kind is None:
        np.testing.assert_array_equal(load(path).pixels, RAMP)
    else:
        with pytest.raises(ImageError) as caught:
            load(path)
        assert caught.value.kind == kind


def test_a_jpeg_in_dicom(tmp_path: Path) -> None:
    """Its own bits count: those of the header may be 12 of 16."""
    for elements in ({}, {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11}):
        ds = compressed(jpeg(GREY), JPEGBaseline8Bit, GREY, **elements)
        image = load(write(tmp_path / "a.dcm", ds))
        assert image.pixels.dtype == np.uint8
        assert np.abs(image.pixels.astype(int) - GREY).max() <= 3
