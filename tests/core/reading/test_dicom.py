"""Pixel data in each encoding, and what is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import RAMP, SHAPE, compressed, dataset, jpeg, lookup_table, refusal, write
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    MPEG4HP41,
    UID,
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

from verte_core.reading.radiograph import load

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR")  # malformed on purpose


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
    colours = np.dstack([grey, grey.T.reshape(grey.shape), grey[::-1]])
    ds = dataset(colours, 8 * np.dtype(dtype).itemsize)
    assert "in colour:" in refusal(write(tmp_path / "image.dcm", ds))


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


# Refusals


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
