"""The reader on DICOM files: grey levels, header facts, refusals, and no other error whatever the bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import data_store
import numpy as np
import pydicom.data.data_manager
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.sequence import Sequence
from pydicom.uid import (
    MPEG4HP41,
    UID,
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLSLossless,
    RLELossless,
    RTPlanStorage,
)

from verte_core.errors import ImageError
from verte_core.reading import pictures, radiograph
from verte_core.reading.header import SIMULATED_COMMENT
from verte_core.reading.radiograph import Header, Radiograph, Window, header_rows, load

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR")  # malformed on purpose

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


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Open the image of ``dataset(...)``."""

    def open_it(*args: Any, **elements: Any) -> Radiograph:
        return load(write(tmp_path / "image.dcm", dataset(*args, **elements)))

    return open_it


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        load(path)
    sentence = str(caught.value)
    assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence
    return sentence


# Grey levels


def test_the_plain_case(tmp_path: Path) -> None:
    path = write(tmp_path / "image.dcm", dataset())
    image = load(path)
    assert image.path == path
    assert image.id == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.pixels.dtype == np.uint16
    assert image.display is image.pixels
    assert image.pixels.flags.c_contiguous and not image.pixels.flags.writeable
    assert (image.protocol, image.spacing, image.notes) == ("radiograph", None, ())


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted", "contradiction"),
    [
        ("MONOCHROME2", None, False, False),
        ("MONOCHROME2", "IDENTITY", False, False),
        ("MONOCHROME2", "INVERSE", True, True),
        ("MONOCHROME1", None, True, False),
        ("MONOCHROME1", "INVERSE", True, False),
        ("MONOCHROME1", "IDENTITY", True, True),
    ],
)
def test_inversion_happens_once(
    opened: Any, photometric: str, shape: str | None, inverted: bool, contradiction: bool
) -> None:
    elements = {} if shape is None else {"PresentationLUTShape": shape}
    image = opened(PhotometricInterpretation=photometric, **elements)
    np.testing.assert_array_equal(image.pixels, 4095 - RAMP if inverted else RAMP)
    assert any("contradicts" in note for note in image.notes) == contradiction


@pytest.mark.parametrize("bits", range(8, 17))
@pytest.mark.parametrize("signed", [False, True])
def test_every_bit_depth(opened: Any, bits: int, signed: bool) -> None:
    levels = np.linspace(0, 2**bits - 1, RAMP.size).astype(np.int64).reshape(SHAPE)
    container = np.dtype("u1" if bits == 8 else "u2")
    if signed:
        container = np.dtype(container.str.replace("u", "i"))
    stored = (levels - 2 ** (bits - 1) if signed else levels).astype(container)
    image = opened(stored, bits)
    np.testing.assert_array_equal(image.pixels, levels)
    assert image.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize(("signed", "high_bit"), [(False, 11), (False, 15), (True, 11), (True, 13)])
def test_bits_outside_those_stored_are_masked(opened: Any, signed: bool, high_bit: int) -> None:
    shift = high_bit - 11
    overlay = 0xFFFF & ~(0x0FFF << shift)
    stored = (RAMP << shift) | np.uint16(overlay)
    expected = (RAMP + 2048) % 4096 if signed else RAMP
    image = opened(stored.view(np.int16) if signed else stored, HighBit=high_bit)
    np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize(
    ("slope", "intercept", "expected"),
    [
        (1, 0, RAMP),
        (1, -1024, RAMP),
        (2, 100, RAMP * 2 + 100),
        (-1, 0, 4095 - RAMP),
        (1, 70000, RAMP),
        (0.5, 10, np.rint(RAMP * (65535 / 4095))),
        (100, 0, np.rint(RAMP * (65535 / 4095))),
    ],
)
def test_rescale(opened: Any, slope: float, intercept: float, expected: np.ndarray) -> None:
    image = opened(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US")
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.pixels.dtype == np.uint16


def test_rescale_beyond_uint16_keeps_all_16_bit_values_apart(opened: Any) -> None:
    stored = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    image = opened(stored, 16, RescaleSlope="0.0123", RescaleIntercept="-7")
    np.testing.assert_array_equal(image.pixels, stored)


def test_modality_lut_with_signed_first_value(opened: Any) -> None:
    entries = np.arange(1000)[::-1] * 3
    stored = np.arange(-600, -600 + RAMP.size, dtype=np.int16).reshape(SHAPE) // 2
    image = opened(stored, 16, ModalityLUTSequence=lookup_table(entries, first=-250), RescaleSlope=9)
    np.testing.assert_array_equal(image.pixels, entries[np.clip(stored.astype(int) + 250, 0, 999)])


def test_modality_lut_is_inverted_after_it(opened: Any) -> None:
    entries = np.arange(4096) * 2
    image = opened(PhotometricInterpretation="MONOCHROME1", ModalityLUTSequence=lookup_table(entries))
    np.testing.assert_array_equal(image.pixels, 8190 - RAMP * 2)


@pytest.mark.parametrize("vr", ["OW", "US", "packed bytes"])
def test_lut_data_in_each_form(opened: Any, vr: str) -> None:
    entries = np.arange(256)[::-1]
    table = lookup_table(entries, bits=8)
    if vr == "US":
        table[0].add_new("LUTData", "US", entries.tolist())
    elif vr == "packed bytes":
        table[0].add_new("LUTData", "OW", entries.astype(np.uint8).tobytes())
    stored = (RAMP // 16).astype(np.uint8)
    image = opened(stored, 8, ModalityLUTSequence=table)
    np.testing.assert_array_equal(image.pixels, 255 - stored)
    assert image.pixels.dtype == np.uint8


def test_voi_lut_is_for_the_screen_only(opened: Any) -> None:
    entries = np.minimum(np.arange(4096) // 4, 900)
    image = opened(
        PhotometricInterpretation="MONOCHROME1",
        VOILUTSequence=lookup_table(entries, bits=10, explanation="SPINE"),
        WindowCenter=2000,
        WindowWidth=100,
    )
    np.testing.assert_array_equal(image.pixels, 4095 - RAMP)
    np.testing.assert_array_equal(image.display, 900 - entries[RAMP])
    assert image.windows[0] == Window(450.0, 900.0, "SPINE")
    assert not image.display.flags.writeable
    assert any("VOI LUT" in note for note in image.notes)


def test_windows_follow_shift_and_inversion(opened: Any) -> None:
    image = opened(
        PhotometricInterpretation="MONOCHROME1",
        RescaleSlope=2,
        RescaleIntercept=-1000,
        WindowCenter=[1000, 200, 5],
        WindowWidth=[400, 300, 0],
        WindowCenterWidthExplanation=["BONE", "", "EMPTY"],
    )
    # Values run from -1000 to 7190, so levels are 7190 - value: the range upside down, starting at 0.
    assert image.windows[:2] == (Window(6190.0, 400.0, "BONE"), Window(6990.0, 300.0, "Window 2"))
    assert [window.name for window in image.windows] == ["BONE", "Window 2", "Auto"]
    assert any("window" in note for note in image.notes)


def test_windows_are_scaled_with_fractions(opened: Any) -> None:
    image = opened(RescaleSlope=0.1, RescaleIntercept=0, WindowCenter=204.75, WindowWidth=40.95)
    assert image.windows[0].center == pytest.approx(65535 / 2)
    assert image.windows[0].width == pytest.approx(6553.5)


def test_automatic_window_spans_the_percentiles(opened: Any) -> None:
    pixels = RAMP.copy()
    pixels[0, :3] = 0
    auto = opened(pixels).windows[-1]
    low, high = auto.center - auto.width / 2, auto.center + auto.width / 2
    assert low == pytest.approx(np.percentile(pixels, 0.5), abs=2)
    assert high == pytest.approx(np.percentile(pixels, 99.5), abs=2)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("value", "limit"), [(4095, None), (4000, 4095), (0, 3)])
def test_padding_becomes_the_darkest_level(
    opened: Any, photometric: str, value: int, limit: int | None
) -> None:
    stored = np.clip(RAMP, 500, 3500)
    stored[:20] = value
    elements = {} if limit is None else {"PixelPaddingRangeLimit": limit}
    image = opened(stored, PhotometricInterpretation=photometric, PixelPaddingValue=value, **elements)
    shown = image.pixels[20:]
    assert (image.pixels[:20] == shown.min()).all()
    assert image.windows[-1].width <= 3000


def test_padding_given_unsigned_for_signed_pixels(tmp_path: Path) -> None:
    stored = RAMP.astype(np.int16)
    stored[:20] = 4095
    stored[20:30] = -2000
    ds = dataset(stored, 16)
    ds.add_new("PixelPaddingValue", "US", 65536 - 2000)
    image = load(write(tmp_path / "image.dcm", ds))
    assert (image.pixels[20:30] == image.pixels[30:].min()).all()
    assert (image.pixels[:20] == 32768 + 4095).all()


# Transfer syntaxes


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("signed", [False, True])
def test_lossless_compression(opened: Any, tmp_path: Path, syntax: UID, signed: bool) -> None:
    ds = dataset((RAMP.astype(np.int16) - 2048) if signed else RAMP)
    ds.compress(syntax)
    np.testing.assert_array_equal(load(write(tmp_path / "image.dcm", ds)).pixels, RAMP)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_uncompressed_encodings(tmp_path: Path, syntax: UID) -> None:
    big = syntax == ExplicitVRBigEndian
    ds = dataset(PixelData=RAMP.astype(">u2").tobytes() if big else RAMP.tobytes(), PixelPaddingValue=0)
    ds["PixelData"].VR = "OW"
    ds.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(load(write(tmp_path / "image.dcm", ds)).pixels, np.maximum(RAMP, 1))


@pytest.mark.parametrize("meta", [False, True])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_files_without_preamble(tmp_path: Path, meta: bool, syntax: UID) -> None:
    ds = dataset()
    ds.file_meta.TransferSyntaxUID = syntax
    whole = write(tmp_path / "whole.dcm", ds).read_bytes()
    start = 132 if meta else whole.index(b"\x08\x00\x16\x00")
    (tmp_path / "bare").write_bytes(whole[start:])
    np.testing.assert_array_equal(load(tmp_path / "bare").pixels, RAMP)


def jpeg(levels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(levels).save(buffer, "JPEG", quality=98)
    return buffer.getvalue()


def compressed(stream: bytes, syntax: UID, pixels: np.ndarray, **elements: Any) -> Dataset:
    ds = dataset(pixels, 8, PixelData=encapsulate([stream]), **elements)
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = syntax
    return ds


@pytest.mark.parametrize("channels", [1, 3])
def test_baseline_jpeg(tmp_path: Path, channels: int) -> None:
    grey = (RAMP // 16).astype(np.uint8)
    pixels = grey if channels == 1 else np.dstack([grey] * 3)
    photometric = {} if channels == 1 else {"PhotometricInterpretation": "YBR_FULL_422"}
    ds = compressed(jpeg(pixels), JPEGBaseline8Bit, pixels, LossyImageCompression="01", **photometric)
    image = load(write(tmp_path / "image.dcm", ds))
    np.testing.assert_allclose(image.pixels.astype(int), grey, atol=3)
    assert any("with loss" in note for note in image.notes)


def test_twelve_bit_jpeg_is_refused_by_name(tmp_path: Path) -> None:
    frame_header = b"\xff\xc1\x00\x0b\x0c" + bytes([0, SHAPE[0], 0, SHAPE[1]]) + b"\x01\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    ds = compressed(b"\xff\xd8" + frame_header + scan + b"\xff\xd9", JPEGExtended12Bit, RAMP)
    sentence = refusal(write(tmp_path / "image.dcm", ds))
    assert "JPEG Extended" in sentence and JPEGExtended12Bit in sentence and "12 bits" in sentence


def test_unsupported_transfer_syntax_is_named(tmp_path: Path) -> None:
    sentence = refusal(write(tmp_path / "image.dcm", compressed(b"movie", MPEG4HP41, RAMP)))
    assert MPEG4HP41 in sentence and "MPEG-4" in sentence


def test_code_stream_of_another_size_is_refused_before_decoding(tmp_path: Path) -> None:
    ds = compressed(jpeg(np.zeros((2000, 3000), np.uint8)), JPEGBaseline8Bit, (RAMP // 16).astype(np.uint8))
    sentence = refusal(write(tmp_path / "image.dcm", ds))
    assert "72 rows x 80 columns" in sentence and "2000 x 3000" in sentence


@pytest.mark.parametrize(
    "frame", [b"\x63\x00\x48\x00\x50\x01", b"\x08\x00\x48\x00\x50\x03"], ids=["bits", "samples"]
)
def test_code_stream_that_would_crash_a_decoder_is_refused(tmp_path: Path, frame: bytes) -> None:
    """Found by fuzzing: GDCM ends the process when bits or samples are not those of the header."""
    grey = (RAMP // 16).astype(np.uint8)
    stream = jpeg(grey).replace(b"\x08\x00\x48\x00\x50\x01", frame)
    sentence = refusal(write(tmp_path / "image.dcm", compressed(stream, JPEGLossless, grey)))
    assert "72 x 80" in sentence and "damaged" in sentence


@pytest.mark.parametrize("version", [0, 2, 17, 255])
@pytest.mark.parametrize("segments", [1, 2], ids=["the only segment", "a second one"])
def test_a_version_of_jfif_that_would_crash_a_decoder_is_refused(
    tmp_path: Path, version: int, segments: int
) -> None:
    """Found by fuzzing: GDCM ends the process, and with it the run."""
    grey = (RAMP // 16).astype(np.uint8)
    stream = jpeg(grey)
    jfif = stream[2:20]
    assert jfif[4:10] == b"JFIF\0\x01"
    sound = stream[:2] + jfif * (segments - 1)
    broken = sound + jfif[:9] + bytes([version]) + jfif[10:] + stream[20:]
    sentence = refusal(write(tmp_path / "image.dcm", compressed(broken, JPEGLossless, grey)))
    assert f"version {version} of JFIF" in sentence and "damaged" in sentence


# Colour


def test_equal_channels_are_read_as_grey(opened: Any) -> None:
    grey = (RAMP // 16).astype(np.uint8)
    colours = np.dstack([np.maximum(grey, 2) - 2, grey, grey])
    image = opened(colours, 8)
    np.testing.assert_array_equal(image.pixels, grey)
    assert any("read as grey" in note for note in image.notes)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_real_colour_is_refused(tmp_path: Path, dtype: type[np.unsignedinteger[Any]]) -> None:
    grey = (RAMP // 16).astype(dtype)
    colours = np.dstack([grey, grey, np.maximum(grey, 3) - 3])
    ds = dataset(colours, 8 * np.dtype(dtype).itemsize)
    assert "colour" in refusal(write(tmp_path / "image.dcm", ds))


@pytest.mark.parametrize("grey", [True, False])
def test_palette(tmp_path: Path, grey: bool) -> None:
    ds = dataset((RAMP // 16).astype(np.uint8), 8, PhotometricInterpretation="PALETTE COLOR")
    ramp = (np.arange(256) * 257).astype("<u2")
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        entries = ramp if grey or colour != "Blue" else ramp[::-1]
        setattr(ds, f"{colour}PaletteColorLookupTableData", entries.tobytes())
    path = write(tmp_path / "image.dcm", ds)
    if grey:
        np.testing.assert_array_equal(load(path).pixels, RAMP // 16 * 257)
    else:
        assert "colour" in refusal(path)


# Facts of the header


@pytest.mark.parametrize(
    ("elements", "age", "source"),
    [
        ({"PatientAge": "067Y"}, 67.0, "PatientAge"),
        ({"PatientAge": "018M"}, 1.5, "PatientAge"),
        ({"PatientAge": "052W"}, 52 * 7 / 365.25, "PatientAge"),
        ({"PatientAge": "010D"}, 10 / 365.25, "PatientAge"),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200614"}, 69.0, "PatientBirthDate and StudyDate"),
        ({"PatientBirthDate": "19500615", "StudyDate": "20200615"}, 70.0, "PatientBirthDate and StudyDate"),
        ({"PatientAge": "70Y", "PatientBirthDate": "19000101", "StudyDate": "20200101"}, 70.0, "PatientAge"),
        ({"PatientBirthDate": "20500101", "StudyDate": "20200101"}, None, None),
        ({"PatientBirthDate": "19501399", "StudyDate": "20200101"}, None, None),
        ({"PatientBirthDate": "19500101"}, None, None),
        ({}, None, None),
    ],
)
def test_age(opened: Any, elements: dict[str, str], age: float | None, source: str | None) -> None:
    header = opened(**elements).header
    assert (header.age, header.age_source) == (pytest.approx(age) if age is not None else None, source)


def test_age_without_unit_is_not_guessed(opened: Any) -> None:
    image = opened(PatientAge="67")
    assert image.header.age is None
    assert any("PatientAge" in note for note in image.notes)


@pytest.mark.parametrize(("sex", "read"), [("F", "F"), ("M", "M"), ("O", None), ("", None)])
def test_sex(opened: Any, sex: str, read: str | None) -> None:
    assert opened(PatientSex=sex).header.sex == read


@pytest.mark.parametrize(
    ("size", "weight", "height_cm", "weight_kg"),
    [("1.62", "58.5", 162.0, 58.5), ("0", "0", None, None), ("168", "70", None, 70.0)],
)
def test_height_and_weight(
    opened: Any, size: str, weight: str, height_cm: float | None, weight_kg: float | None
) -> None:
    image = opened(PatientSize=size, PatientWeight=weight)
    assert (image.header.height_cm, image.header.weight_kg) == (height_cm, weight_kg)
    assert any("168" in note for note in image.notes) == (size == "168")


def test_texts(opened: Any) -> None:
    image = opened(
        PatientName="Doe^Jane",
        PatientID=" 42 ",
        StudyDate="20240131",
        BodyPartExamined="LSPINE",
        ViewPosition="LL",
        Manufacturer="Acme",
        SeriesDescription="L-spine lateral",
    )
    assert image.header == Header(
        patient_name="Doe^Jane",
        patient_id="42",
        study_date="2024-01-31",
        modality="CR",
        body_part="LSPINE",
        view_position="LL",
        manufacturer="Acme",
        series_description="L-spine lateral",
        sop_instance_uid="1.2.3",
    )


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({"PixelSpacing": [0.2, 0.1], "ImagerPixelSpacing": [0.3, 0.3]}, (0.2, 0.1)),
        ({"ImagerPixelSpacing": [0.143, 0.143]}, (0.143, 0.143)),
        ({"PixelSpacing": [0, 0]}, None),
        ({}, None),
    ],
)
def test_spacing(opened: Any, elements: dict[str, Any], spacing: tuple[float, float] | None) -> None:
    assert opened(**elements).spacing == spacing


@pytest.mark.parametrize(
    ("elements", "protocol"),
    [
        ({"Modality": "CR"}, "radiograph"),
        ({"Modality": "DX", "ManufacturerModelName": "Discovery XR"}, "radiograph"),
        ({"Modality": "OT"}, None),
        ({"Modality": "OT", "SeriesDescription": "Lateral_VFA"}, "vfa"),
        ({"Modality": "DX", "StudyDescription": "Instant Vertebral Assessment"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "IVA"}, "vfa"),
        ({"Modality": "OT", "Manufacturer": "Hologic"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Lunar iDXA"}, "vfa"),
        ({"Modality": "OT", "ManufacturerModelName": "Prodigy Advance"}, "vfa"),
        ({"Modality": "BMD"}, "vfa"),
        ({"Modality": "CR", "SeriesDescription": "Interval study, private ward"}, "radiograph"),
    ],
)  # fmt: skip
def test_protocol(opened: Any, elements: dict[str, str], protocol: str | None) -> None:
    assert opened(**elements).protocol == protocol


@pytest.mark.parametrize(
    ("elements", "word"),
    [
        ({"Modality": "CT"}, "modality CT"),
        ({"ViewPosition": "AP"}, "not lateral"),
        ({"PresentationIntentType": "FOR PROCESSING"}, "FOR PROCESSING"),
        ({"ImagerPixelSpacing": [0.1, 0.1]}, "magnified"),
    ],
)
def test_notes(opened: Any, elements: dict[str, Any], word: str) -> None:
    (note,) = opened(**elements).notes
    assert word in note and note.endswith(".")


@pytest.mark.parametrize(
    ("elements", "simulated"),
    [
        ({"ImageComments": SIMULATED_COMMENT}, True),
        ({"DerivationDescription": f"{SIMULATED_COMMENT} Resampled."}, True),
        ({"Manufacturer": "VERTE Desktop"}, True),
        ({"ImageComments": "Phantom", "Manufacturer": "SIMULATED"}, False),
        ({}, False),
    ],
)
def test_a_simulated_image_says_so(opened: Any, elements: dict[str, str], simulated: bool) -> None:
    assert opened(**elements).header.is_simulated is simulated


def test_malformed_optional_elements_count_as_absent(tmp_path: Path) -> None:
    ds = dataset(PatientSize="1.62", WindowCenter="12", WindowWidth="34", PatientAge="067Y")
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    damaged = data.replace(b"1.62", b"1,62").replace(b"12", b"1x", 1).replace(b"067Y", b"\xff\xfe\0Y")
    (tmp_path / "image.dcm").write_bytes(damaged)
    header = load(tmp_path / "image.dcm").header
    assert (header.height_cm, header.age) == (None, None)


def test_header_rows(tmp_path: Path) -> None:
    long = "x" * 60 + "\n" + "y" * 60
    ds = dataset(PatientID="42", PatientComments=long, VOILUTSequence=lookup_table(np.arange(4096)))
    ds.ImageType, ds.PatientWeight = ["ORIGINAL", "PRIMARY"], None
    rows = {row[0]: row for row in header_rows(write(tmp_path / "image.dcm", ds))}
    assert rows["(0010,0020)"] == ("(0010,0020)", "LO", "PatientID", "42")
    assert rows["(0002,0010)"][2] == "TransferSyntaxUID"
    assert rows["(0028,3010)"][3] == "1 items"
    assert rows["(0008,0008)"][3] == "ORIGINAL\\PRIMARY"
    assert rows["(0010,1030)"][3] == ""
    assert len(rows["(0010,4000)"][3]) == 80 and "\n" not in rows["(0010,4000)"][3]
    assert "(7FE0,0010)" not in rows
    with pytest.raises(ImageError):
        header_rows(tmp_path / "missing.dcm")


# Refusals


def test_missing_file_folder_and_empty_file(tmp_path: Path) -> None:
    assert "not exist" in refusal(tmp_path / "missing.dcm")
    assert "folder" in refusal(tmp_path)
    (tmp_path / "empty.dcm").touch()
    assert "empty" in refusal(tmp_path / "empty.dcm")
    refusal(tmp_path / "null\0byte.dcm")
    (tmp_path / "notes.dcm").write_text("Not an image at all, but longer than a preamble. " * 9)
    assert "not an image" in refusal(tmp_path / "notes.dcm")


@pytest.mark.skipif(os.name == "nt", reason="permissions work otherwise on Windows")
def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "image.dcm", dataset())

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)  # root may read everything, so chmod proves nothing
    assert "permission" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in refusal(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"NumberOfFrames": 30}, ["30 frames"]),
        ({"Rows": 60000, "Columns": 60000}, ["60000 rows x 60000 columns", "64,000,000"]),
        ({"Rows": 60}, ["60 rows", "64"]),
        ({"Rows": None}, ["Rows (0028,0010)"]),
        ({"BitsStored": None}, ["BitsStored (0028,0101)"]),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, ["BitsAllocated 32"]),
        ({"BitsStored": 12, "HighBit": 5}, ["HighBit 5"]),
        ({"SamplesPerPixel": 2}, ["SamplesPerPixel 2"]),
        ({"PhotometricInterpretation": "HSV"}, ["PhotometricInterpretation", "HSV"]),
        ({"PhotometricInterpretation": None}, ["PhotometricInterpretation"]),
        ({"RescaleSlope": 0, "RescaleIntercept": 0}, ["RescaleSlope"]),
        ({"PixelData": RAMP.tobytes()[:-100]}, ["cut short", "11420 of 11520 bytes"]),
        ({"PixelData": bytes(RAMP.nbytes)}, ["constant"]),
        ({"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4095}, ["padding"]),
        ({"PixelData": None, "FloatPixelData": RAMP.astype("<f4").tobytes()}, ["floating-point"]),
        ({"PixelData": None, "Rows": None, "SOPClassUID": RTPlanStorage, "Modality": "RTPLAN"},
         ["RT Plan Storage", "RTPLAN"]),
        ({"PixelData": None}, ["before its pixel data"]),
        ({"ModalityLUTSequence": lookup_table(np.arange(0))}, ["ModalityLUTSequence"]),
        ({"VOILUTSequence": Sequence([Dataset()])}, ["VOILUTSequence"]),
    ],
)  # fmt: skip
def test_refusals(tmp_path: Path, elements: dict[str, Any], words: list[str]) -> None:
    sentence = refusal(write(tmp_path / "image.dcm", dataset(**elements)))
    assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_every_truncation_is_refused(tmp_path: Path, syntax: UID | None) -> None:
    rng = np.random.default_rng(1)
    ds = dataset(rng.integers(0, 4096, SHAPE, np.uint16))
    if syntax:
        ds.compress(syntax)
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    # An encapsulated value ends in a delimiter of 8 bytes, and may carry a padding byte.
    for length in range(1, len(data) - (10 if syntax else 0), 97):
        (tmp_path / "cut.dcm").write_bytes(data[:length])
        refusal(tmp_path / "cut.dcm")


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_code_stream_cut_before_it_was_wrapped(tmp_path: Path, syntax: UID) -> None:
    ds = dataset()
    ds.compress(syntax)
    ds.PixelData = encapsulate([get_frame(ds.PixelData, 0, number_of_frames=1)[:-40]])
    assert "cut short" in refusal(write(tmp_path / "image.dcm", ds))


def test_deflated_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ds = dataset()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data = write(tmp_path / "image.dcm", ds).read_bytes()
    head = data[: data.index(DeflatedExplicitVRLittleEndian.encode()) + 22]
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    zeros = bytes(2**20)
    monkeypatch.setattr(radiograph, "MAX_FILE_BYTES", 40 * 2**20)
    (tmp_path / "bomb.dcm").write_bytes(
        head + b"".join(bomb.compress(zeros) for _ in range(64)) + bomb.flush()
    )
    assert "deflated" in refusal(tmp_path / "bomb.dcm") and "40 MiB" in refusal(tmp_path / "bomb.dcm")


def test_file_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "image.dcm", dataset())
    monkeypatch.setattr(radiograph, "MAX_FILE_BYTES", 1000)
    assert "larger" in refusal(path)


def test_largest_published_radiograph_is_within_the_limits() -> None:
    pictures.check_size(8383, 3520)


# Any bytes


def _local_files() -> list[Path]:
    roots = (Path(pydicom.data.data_manager.DATA_ROOT), Path(data_store.__file__).parent)
    found = (path for root in roots for path in root.rglob("*"))
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def test_pydicoms_own_files_open_or_are_refused_in_a_sentence() -> None:
    opened = {}
    files = _local_files()
    for path in files:
        try:
            image = load(path)
        except ImageError as error:
            assert str(error).endswith("."), path
        else:
            assert image.pixels.shape == image.display.shape
            assert image.windows[-1].name == "Auto"
            assert all(note.endswith(".") for note in image.notes)
            opened[path.name] = image
    assert len(files) > 200
    for compressed_name, plain in [
        ("RG1_J2KR.dcm", "RG1_UNCR.dcm"),
        ("RG3_J2KR.dcm", "RG3_UNCR.dcm"),
        ("MR_small_RLE.dcm", "MR_small.dcm"),
        ("MR_small_bigendian.dcm", "MR_small.dcm"),
        ("MR_small_jpeg_ls_lossless.dcm", "MR_small.dcm"),
    ]:
        np.testing.assert_array_equal(opened[compressed_name].pixels, opened[plain].pixels)
    assert {"JPEG-LL.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm", "mlut_18.dcm", "vlut_04.dcm"} <= opened.keys()


def _bytes_of(ds: Dataset) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


_FUZZED = dataset(
    PhotometricInterpretation="MONOCHROME1",
    PatientAge="067Y",
    PatientSize="1.62",
    PixelPaddingValue=0,
    WindowCenter=[1, 2],
    WindowWidth=[3, 4],
    ModalityLUTSequence=lookup_table(np.arange(4096)),
)
_PLAIN = _bytes_of(_FUZZED)
_FUZZED.compress(RLELossless)
_COMPRESSED = _bytes_of(_FUZZED)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(data=st.data())
@pytest.mark.parametrize("source", [_PLAIN, _COMPRESSED], ids=["plain", "compressed"])
def test_damaged_bytes_raise_nothing_but_image_error(
    tmp_path: Path, source: bytes, data: st.DataObject
) -> None:
    header = source.index(b"\xe0\x7f\x10\x00")
    mutated = bytearray(source)
    for _ in range(data.draw(st.integers(0, 6))):
        mutated[data.draw(st.integers(0, header + 40))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(mutated))))
    path = tmp_path / "fuzzed.dcm"
    path.write_bytes(mutated[:cut])
    for reader in (load, header_rows):
        try:
            reader(path)
        except ImageError as error:
            assert str(error).endswith(".")


def test_nothing_is_printed(tmp_path: Path) -> None:
    """In a fresh interpreter with logging on: pydicom warns of this file in both ways by default."""
    path = write(tmp_path / "image.dcm", dataset(PixelData=RAMP.tobytes() + b"excess"))
    code = (
        "import logging, sys; from pathlib import Path; from verte_core.reading.radiograph import load;"
        "logging.basicConfig(level=logging.DEBUG); load(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-W", "always::UserWarning", "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")
